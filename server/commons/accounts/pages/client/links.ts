import { call } from './api.ts'
import { bad, byId, good, goTo, show, typed, whenSent } from './dom.ts'
import { pageAmong } from './words.ts'

/** What the link that led here says: its token, and the page of ours to go to in the end, if it names one. */
interface Link {
  readonly token: string
  readonly next: string | null
}

/**
 * What the link says that led here. It is taken out of the address at once, so that neither the history nor a look at the
 * screen keeps it.
 */
export function takeLink(): Link {
  const said = new URLSearchParams(location.search)
  if (location.search !== '' || location.hash !== '') history.replaceState(null, '', location.pathname)
  return { token: said.get('token') ?? '', next: pageAmong(location.origin, said.get('redirectTo') ?? '') }
}

/** The invitation that the link of a mail brings behind its `#`, where no server sees it. Comes before `takeLink`. */
export function takeInvitation(): string {
  return /^#invitation=([\w-]{43})$/.exec(location.hash)?.[1] ?? ''
}

/** `/account/verify-email`: only the button confirms; programs that look through mails follow links too. */
export function openVerify(token: string): void {
  goTo(token === '' ? 'resend' : 'verify')
  whenSent('verify-form', async () => {
    const answer = await call('POST', '/auth/verify-email', { token })
    if (answer.ok) {
      show('verify-ask', false)
      show('verify-done', true)
      return good('Your address is confirmed.')
    }
    if (answer.kind === 'identity/link-expired') show('verify-again', true)
    return bad(answer.says)
  })
  byId('verify-again').addEventListener('click', () => {
    goTo('resend')
    byId('resend-email').focus()
  })
  whenSent('resend-form', async (form) => {
    const answer = await call('POST', '/auth/verify-email/send', { email: typed(form, 'email') })
    if (!answer.ok) return bad(answer.says)
    return good('If an account with this address waits to be confirmed, a mail is on its way.')
  })
}

/** `/account/register`: says the same whether the address has an account or not. */
export function openRegister(): void {
  goTo('register')
  whenSent('register-form', async (form) => {
    const given = {
      email: typed(form, 'email'),
      password: typed(form, 'password'),
      displayName: typed(form, 'displayName'),
    }
    const answer = await call('POST', '/auth/register', given)
    if (!answer.ok) return bad(answer.says)
    form.reset()
    show('register-ask', false)
    return good('A mail is on its way. Its link confirms your address, and then you can sign in.')
  })
}

/** `/account/forgot-password`: says the same whether there is such an account or not. */
export function openForgot(): void {
  goTo('forgot')
  whenSent('forgot-form', async (form) => {
    const answer = await call('POST', '/auth/password/forgot', { email: typed(form, 'email') })
    if (!answer.ok) return bad(answer.says)
    return good('If there is an account with this address, a mail with a link is on its way.')
  })
}

/** `/account/reset-password`. Leads on to `next` where the link named a page of ours. */
export function openReset({ token, next }: Link): void {
  goTo(token === '' ? 'unwhole' : 'reset')
  show('reset-next', next !== null)
  if (next !== null) (byId('reset-next') as HTMLAnchorElement).href = next
  whenSent('reset-form', async (form) => {
    const newPassword = typed(form, 'newPassword')
    const answer = await call('POST', '/auth/password/reset', { token, newPassword })
    if (answer.ok) {
      form.reset()
      show('reset-ask', false)
      show('reset-done', true)
      return good('Your new password is set. Whoever was signed in as you is signed out.')
    }
    if (answer.kind === 'identity/link-expired') show('reset-again', true)
    return bad(answer.says)
  })
}
