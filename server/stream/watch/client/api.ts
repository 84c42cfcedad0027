import { type WatchedVideo, isWatchedVideo } from './video.ts'

const TIMEOUT_MS = 10_000
const TOKEN_KEY = 'airdate.token'

/** What asking for a video gave: the video; `gone` when it is not there for us; `away` when the server is not reached. */
export type Answer =
  | { readonly kind: 'video'; readonly video: WatchedVideo }
  | { readonly kind: 'refused' | 'gone' | 'away' }

/** Asks for a video. A private one is never taken from the cache: its address may have changed while the tag has not. */
export async function fetchVideo(id: string, token: string | null, isPrivate: boolean): Promise<Answer> {
  try {
    const response = await fetch(`/api/v1/stream/videos/${encodeURIComponent(id)}`, {
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      cache: isPrivate ? 'no-store' : 'no-cache',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (response.status === 401 || response.status === 403) return { kind: 'refused' }
    if (response.status === 404 || response.status === 400) return { kind: 'gone' }
    const body: unknown = response.ok ? await response.json() : null
    return isWatchedVideo(body) ? { kind: 'video', video: body } : { kind: 'away' }
  } catch {
    // No network, a timeout, or an answer that is not ours: all the same to whoever waits, who asks again.
    return { kind: 'away' }
  }
}

/** The token of this tab: kept until the tab is closed, never longer. Null without one, or where storage is forbidden. */
export function keptToken(): string | null {
  return stored(() => sessionStorage.getItem(TOKEN_KEY))
}

export function keepToken(token: string | null): void {
  stored(() => {
    if (token === null) sessionStorage.removeItem(TOKEN_KEY)
    else sessionStorage.setItem(TOKEN_KEY, token)
    return null
  })
}

/** Touches the browser's storage, which throws where the person has forbidden it (or it is full): then null. */
export function stored<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}

/** The element with this id. @throws TypeError when our own markup lacks it */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new TypeError(`The page has no #${id}`)
  return element
}
