import { type Told, wordsFor } from './words.ts'

const TIMEOUT_MS = 20_000

/** What the server answered: a body, or a problem in plain words with its kind (`identity/wrong-code`). */
export type Answer<T> =
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly status: number; readonly kind: string; readonly says: string }

/** Calls the API as whom the cookie says. `T` is what the API describes for the answer; null where it has no body. */
export async function call<T = null>(method: string, path: string, body?: object): Promise<Answer<T>> {
  try {
    const reply = await fetch(`/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await reply.text()
    const given: unknown = text === '' ? null : JSON.parse(text)
    if (reply.ok) return { ok: true, body: given as T }
    const told = (given ?? {}) as Told
    const says = wordsFor(reply.status, told, reply.headers.get('Retry-After'))
    return { ok: false, status: reply.status, kind: (told.type ?? '').replace('/problems/', ''), says }
  } catch {
    // No network, a timeout, or an answer that is not ours: all the same to whoever waits.
    const says = 'The server cannot be reached. See whether you are online, and try again.'
    return { ok: false, status: 0, kind: 'away', says }
  }
}
