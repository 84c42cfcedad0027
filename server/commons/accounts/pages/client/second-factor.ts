import { call } from './api.ts'
import { bad, byId, good, make, proofOf, say, show, typed, whenSent } from './dom.ts'

/** The forms that set up an authenticator app, renew its backup codes and take it off again. */
export function furnishSecondFactor(): void {
  whenSent('twofactor-begin', async (form) => {
    const answer = await call<{ totpUri: string; backupCodes: string[] }>('POST', '/auth/2fa', proofOf(form))
    if (!answer.ok) return bad(answer.says)
    form.reset()
    const { totpUri, backupCodes } = answer.body
    const link = byId('twofactor-uri') as HTMLAnchorElement
    link.textContent = totpUri
    if (totpUri.startsWith('otpauth://')) link.href = totpUri
    const secret = new URL(totpUri).searchParams.get('secret') ?? ''
    byId('twofactor-secret').textContent = (secret.match(/.{1,4}/g) ?? []).join(' ')
    showCodes('twofactor-codes', backupCodes)
    show('twofactor-off', false)
    show('twofactor-new', true)
    byId('twofactor-new-title').focus()
    return null
  })
  whenSent('twofactor-confirm', async (form) => {
    const answer = await call('POST', '/auth/2fa/confirm', { code: typed(form, 'code').replaceAll(/\s/g, '') })
    if (!answer.ok) return bad(answer.says)
    form.reset()
    showSecondFactor(true)
    say(byId('twofactor-change'), good('From now on every sign-in asks for a code of your app.'))
    return null
  })
  whenSent('twofactor-change', async (form, act) => {
    if (act === 'remove') {
      const answer = await call('POST', '/auth/2fa/remove', proofOf(form))
      if (!answer.ok) return bad(answer.says)
      form.reset()
      showSecondFactor(false)
      say(byId('twofactor-begin'), good('Signing in asks for no code any more.'))
      return null
    }
    const answer = await call<{ backupCodes: string[] }>('POST', '/auth/2fa/backup-codes', proofOf(form))
    if (!answer.ok) return bad(answer.says)
    form.reset()
    showCodes('twofactor-fresh', answer.body.backupCodes)
    return good('These are your new backup codes. The old ones do not work any more.')
  })
}

/** Shows what somebody with or without a second factor may do; what was told to set one up is not kept. */
export function showSecondFactor(isOn: boolean): void {
  show('twofactor-new', false)
  show('twofactor-off', !isOn)
  show('twofactor-on', isOn)
  byId('twofactor-uri').removeAttribute('href')
  for (const id of ['twofactor-uri', 'twofactor-secret', 'twofactor-codes', 'twofactor-fresh'])
    byId(id).replaceChildren()
}

function showCodes(id: string, codes: readonly string[]): void {
  byId(id).replaceChildren(...codes.map((code) => make('li', code)))
}
