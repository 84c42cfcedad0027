import { call } from './api.ts'
import { type Said, bad, byId, good, goTo, make, proofOf, show, typed, whenPressed, whenSent } from './dom.ts'
import { passkeyFor, passkeysWork } from './passkey.ts'
import { furnishSecondFactor, showSecondFactor } from './second-factor.ts'
import { deviceOf } from './words.ts'

interface Me {
  readonly email: string
  readonly displayName: string
  readonly twoFactorEnabled: boolean
  readonly workspaceId: string
  readonly role: string
}
interface Session {
  readonly id: string
  readonly isCurrent: boolean
  readonly address: string | null
  readonly userAgent: string | null
  readonly lastSeenAt: string
}
interface Passkey {
  readonly id: string
  readonly name: string | null
  readonly isSynced: boolean
  readonly createdAt: string
}
interface List<T> {
  readonly items: readonly T[]
}

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

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
  showSecondFactor(twoFactorEnabled)
  goTo('home')
  byId('home-name').focus()
  const [workspace] = await Promise.all([
    call<{ name: string }>('GET', `/workspaces/${workspaceId}`),
    listSessions(),
    listPasskeys(),
  ])
  byId('home-workspace').textContent = workspace.ok ? `${workspace.body.name}, as ${role}` : role
  return null
}

/** The buttons and forms of who is signed in. `leave` shows the door. */
export function furnishHome(leave: (said: Said) => void): void {
  const sessions = byId('sessions')
  const out = (path: string, method: string, words: string) => async (): Promise<Said> => {
    const answer = await call(method, path)
    if (!answer.ok && answer.status !== 401) return bad(answer.says)
    leave(good(words))
    return null
  }
  whenPressed(byId('logout'), byId('you'), out('/auth/logout', 'POST', 'You are signed out.'))
  whenPressed(byId('logout-all'), sessions, out('/auth/sessions', 'DELETE', 'You are signed out everywhere.'))
  furnishSecondFactor()
  furnishPasskeys()
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

async function listSessions(): Promise<void> {
  const answer = await call<List<Session>>('GET', '/auth/sessions')
  const list = byId('session-list')
  if (!answer.ok) {
    list.replaceChildren(make('li', answer.says))
    return
  }
  list.replaceChildren(...answer.body.items.map(sessionItem))
}

function sessionItem({ id, isCurrent, address, userAgent, lastSeenAt }: Session): HTMLElement {
  const device = deviceOf(userAgent)
  const seen = `${address ?? 'from nowhere known'} · last seen ${TIME.format(new Date(lastSeenAt))}`
  if (isCurrent) return item(device, seen, make('span', 'This one', 'badge'))
  const end = make('button', 'End', 'quiet')
  end.ariaLabel = `End ${device}, ${seen}`
  whenPressed(end, byId('sessions'), async () => {
    const ended = await call('DELETE', `/auth/sessions/${id}`)
    await listSessions()
    return ended.ok ? good(`${device} is signed out.`) : bad(ended.says)
  })
  return item(device, seen, end)
}

function item(title: string, below: string, aside: HTMLElement): HTMLElement {
  const words = make('div')
  words.append(make('strong', title), make('span', below))
  const line = make('li')
  line.append(words, aside)
  return line
}

async function listPasskeys(): Promise<void> {
  const answer = await call<List<Passkey>>('GET', '/auth/passkeys')
  const list = byId('passkey-list')
  const lines = answer.ok ? answer.body.items.map(passkeyItem) : [make('li', answer.says)]
  list.replaceChildren(...lines)
  list.hidden = lines.length === 0
}

function passkeyItem({ id, name, isSynced, createdAt }: Passkey): HTMLElement {
  const remove = make('button', 'Remove', 'quiet')
  const title = name ?? 'A passkey'
  remove.ariaLabel = `Remove ${title}`
  whenPressed(remove, byId('passkeys'), async () => {
    const removed = await call('DELETE', `/auth/passkeys/${id}`)
    await listPasskeys()
    return removed.ok ? good(`${title} is removed.`) : bad(removed.says)
  })
  return item(
    title,
    `${isSynced ? 'On your devices' : 'On one device'} · since ${DAY.format(new Date(createdAt))}`,
    remove,
  )
}

function furnishPasskeys(): void {
  show('passkey-form', passkeysWork())
  whenSent('passkey-form', async (form) => {
    const begun = await call<{ ceremony: string; options: object }>('POST', '/auth/passkeys/options', proofOf(form))
    if (!begun.ok) return bad(begun.says)
    const given = await passkeyFor('create', begun.body.options)
    if (typeof given === 'string') return bad(given)
    const { ceremony } = begun.body
    const added = await call('POST', '/auth/passkeys', { ceremony, name: typed(form, 'name'), response: given })
    if (!added.ok) return bad(added.says)
    form.reset()
    await listPasskeys()
    return good('The passkey is added. It lets you in without a password.')
  })
}
