import { call } from './api.ts'
import { type Said, bad, byId, good, item, make, whenPressed } from './dom.ts'
import { deviceOf } from './words.ts'

interface Session {
  readonly id: string
  readonly isCurrent: boolean
  readonly address: string | null
  readonly userAgent: string | null
  readonly lastSeenAt: string
}

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** The button that ends every session but this one. */
export function furnishSessions(): void {
  whenPressed(byId('logout-others'), byId('sessions'), async (): Promise<Said> => {
    const ended = await call('DELETE', '/auth/sessions?except=current')
    await listSessions()
    return ended.ok ? good('You are signed out everywhere but here.') : bad(ended.says)
  })
}

/** Shows where somebody is signed in. */
export async function listSessions(): Promise<void> {
  const answer = await call<{ items: readonly Session[] }>('GET', '/auth/sessions')
  // Whoever has left meanwhile left nothing here.
  if (byId('home').hidden) return
  const list = byId('session-list')
  if (!answer.ok) {
    list.replaceChildren(make('li', answer.says))
    return
  }
  const { items } = answer.body
  list.replaceChildren(...items.map(sessionItem))
  byId('logout-others').hidden = items.every(({ isCurrent }) => isCurrent)
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
