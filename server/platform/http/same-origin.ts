import { problem } from '#kernel/errors.ts'

export const CrossSiteRefused = problem(
  'cross-site-refused',
  403,
  'A call that is authenticated by a cookie must come from a page of this server',
)

/** What of a request says where the page stands that sent it. */
export interface Sender {
  readonly method: string
  readonly headers: {
    readonly origin?: string | string[] | undefined
    readonly 'sec-fetch-site'?: string | string[] | undefined
  }
}

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** Whether a call of this method changes nothing (RFC 9110 §9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE_METHODS.includes(method)
}

/**
 * Whether a call that is authenticated by a cookie may go on: it changes nothing, or comes from a page of one of
 * `origins`. Browsers say so in `Origin` (Fetch §3.2), which no page can forge; only where that is absent,
 * `Sec-Fetch-Site: same-origin` says it too. Whatever says neither is refused: cookies go along by themselves.
 */
export function isSameOrigin({ method, headers }: Sender, origins: readonly string[]): boolean {
  if (isSafe(method)) return true
  const { origin } = headers
  if (origin !== undefined) return typeof origin === 'string' && origins.includes(origin)
  return headers['sec-fetch-site'] === 'same-origin'
}

/** Call it for each request that a cookie authenticates, before anything happens. @throws CrossSiteRefused */
export function refuseCrossSite(sender: Sender, origins: readonly string[]): void {
  if (!isSameOrigin(sender, origins)) throw CrossSiteRefused()
}

const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** True for a URL whose host is this machine, as only this machine sees it. */
export function isLoopback(url: string): boolean {
  return LOOPBACK_HOSTS.includes(new URL(url).hostname)
}

/**
 * The origins whose pages are ours: the public URL's and the configured `others`. On loopback the other names of the same
 * port are ours too, since nobody else can serve a page there.
 */
export function ownOrigins(publicUrl: string, others: readonly string[]): string[] {
  const { origin, protocol, port } = new URL(publicUrl)
  if (!isLoopback(publicUrl)) return [origin, ...others]
  const aliases = LOOPBACK_HOSTS.map((host) => new URL(`${protocol}//${host}${port === '' ? '' : `:${port}`}`).origin)
  return [...new Set([origin, ...aliases, ...others])]
}
