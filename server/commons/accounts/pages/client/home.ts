import { call } from './api.ts'
import { furnishCredentials } from './credentials.ts'
import { type Said, bad, byId, good, goTo, show, whenPressed } from './dom.ts'
import { furnishPasskeys, listPasskeys } from './passkeys.ts'
import { listProviders } from './providers.ts'
import { furnishSecondFactor, showSecondFactor } from './second-factor.ts'
import { furnishSessions, listSessions } from './sessions.ts'

interface Me {
  readonly email: string
  readonly displayName: string
  readonly twoFactorEnabled: boolean
  readonly workspaceId: string
  readonly role: string
}

/** Shows who is signed in, or the door. Returns what kept it from doing either. */
export async function openHome(): Promise<Said> {
  const answer = await call<Me>('GET', '/me')
  if (!answer.ok) {
    goTo('door')
    return answer.status === 401 ? null : bad(answer.says)
  }
  const { displayName, email, twoFactorEnabled, workspaceId, role } = answer.body
  byId('home-name').textContent = displayName
  byId('home-email').textContent = email
  tellKeepers(email)
  showSecondFactor(twoFactorEnabled)
  goTo('home')
  byId('home-name').focus()
  const [workspace] = await Promise.all([
    call<{ name: string }>('GET', `/workspaces/${workspaceId}`),
    listSessions(),
    listPasskeys(),
    listProviders(),
  ])
  if (byId('home').hidden) return null
  byId('home-workspace').textContent = workspace.ok ? `${workspace.body.name}, as ${role}` : role
  return null
}

/** The buttons and forms of who is signed in. `leave` shows the door. */
export function furnishHome(leave: (said: Said) => void): void {
  const sessions = byId('sessions')
  const out = (path: string, method: string, words: string) => async (): Promise<Said> => {
    const answer = await call(method, path)
    if (!answer.ok && answer.status !== 401 && answer.kind !== 'away') return bad(answer.says)
    empty()
    leave(answer.ok || answer.status === 401 ? good(words) : bad(UNTOLD))
    return null
  }
  whenPressed(byId('logout'), byId('you'), out('/auth/logout', 'POST', 'You are signed out.'))
  whenPressed(byId('logout-all'), sessions, out('/auth/sessions', 'DELETE', 'You are signed out everywhere.'))
  furnishSessions()
  furnishCredentials()
  furnishSecondFactor()
  furnishPasskeys()
}

const UNTOLD = 'The server cannot be reached, so this browser is still signed in. Log out again once it can.'

/** Leaves nothing of somebody in the page when they go: whoever looks into it next is somebody else. */
function empty(): void {
  for (const id of ['home-name', 'home-email', 'home-workspace', 'session-list', 'passkey-list', 'provider-list'])
    byId(id).replaceChildren()
  for (const form of byId('home').querySelectorAll('form')) form.reset()
  for (const line of byId('home').querySelectorAll('.says')) line.textContent = ''
  tellKeepers('')
  showSecondFactor(false)
}

/** Keepers of passwords look in a form for whose password it is about. */
function tellKeepers(email: string): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('input[name="username"]')) input.defaultValue = email
}

/** Asks who comes by the link of an invitation whether they want to join, once they are signed in. */
export function furnishInvitation(invitation: string): void {
  show('invitation', invitation !== '')
  whenPressed(byId('invitation-join'), byId('invitation'), async () => {
    const joined = await call<{ role: string }>('POST', '/invitations/accept', { token: invitation })
    if (!joined.ok) return bad(joined.says)
    show('invitation-ask', false)
    return good(`You are in the workspace now, as ${joined.body.role}.`)
  })
}
