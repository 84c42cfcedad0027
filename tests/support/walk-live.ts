import { newId } from '#kernel/ids.ts'
import type { CallOptions, Reply, TestApp } from './app.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

/** Calls the routes of live connections; a stream is left once it has begun. */
export async function walkLive(app: TestApp, visit: Visit, call: Caller, videoId: string): Promise<void> {
  const events = (topic: string): string => `/api/v1/events?topics=${topic}`
  const issued = await visit('issueTicket', 'by a token', call('POST', '/api/v1/realtime/tickets'))
  await visit('issueTicket', 'by nobody', call('POST', '/api/v1/realtime/tickets', { token: null }))
  await visit('openRealtime', 'without asking for a WebSocket', call('GET', '/api/v1/realtime'))
  await visit('streamEvents', 'of a video', () => beginningOf(app, events(`video:${videoId}`), app.token))
  const { ticket } = issued.json<{ ticket: string }>()
  const byTicket = `${events(`video:${videoId}`)}&ticket=${ticket}`
  await visit('streamEvents', 'by a ticket', () => beginningOf(app, byTicket, null))
  await visit('streamEvents', 'by a used ticket', call('GET', byTicket, { token: null }))
  await visit('streamEvents', 'of none', call('GET', events(`video:${newId()}`)))
  await visit('streamEvents', 'of what is no topic', call('GET', events('x')))
}

/** The first bytes of an answer that does not end by itself. */
async function beginningOf(app: TestApp, path: string, token: string | null): Promise<Reply> {
  const leaving = new AbortController()
  const reply = await fetch(new URL(path, app.url), {
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    signal: leaving.signal,
  })
  const { value = new Uint8Array() } = (await reply.body?.getReader().read()) ?? {}
  leaving.abort()
  const bytes = Buffer.from(value)
  return { status: reply.status, headers: reply.headers, bytes, json: () => JSON.parse(bytes.toString('utf8')) }
}
