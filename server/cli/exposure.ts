import type { Config } from '#platform/config/config.ts'
import { isLoopback } from '#platform/http/same-origin.ts'

/** What `doctor` says of how the world reaches the server. */
export interface Exposure {
  readonly part: 'public URL' | 'proxies'
  readonly state: 'good' | 'note'
  readonly detail: string
}

/** Looks at the public URL and at who is believed to forward for others. Pure. */
export function exposureOf({
  publicUrl,
  host,
  port,
  trustedProxies,
}: Pick<Config, 'publicUrl' | 'host' | 'port' | 'trustedProxies'>): Exposure[] {
  const url = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const isHttps = url.startsWith('https:')
  const unguarded = 'passwords and sessions can be read on the way, and passkeys do not work'
  const address: Exposure =
    isHttps || isLoopback(url)
      ? { part: 'public URL', state: 'good', detail: url }
      : { part: 'public URL', state: 'note', detail: `${url} is not https: ${unguarded}` }
  if (trustedProxies.length > 0)
    return [address, { part: 'proxies', state: 'good', detail: `believed: ${trustedProxies.join(', ')}` }]
  // The server itself speaks no TLS: somebody in front of it does.
  if (!isHttps) return [address]
  const detail = 'AIRDATE_TRUSTED_PROXIES is not set: all who come through the proxy that ends TLS are counted as one'
  return [address, { part: 'proxies', state: 'note', detail }]
}
