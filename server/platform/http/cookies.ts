import { SECOND_MS } from '#kernel/clock.ts'

/** Browsers keep at most 4,096 bytes of one cookie and some hundreds of them; a header beyond that is none of theirs. */
const HEADER_MAX = 8192

// RFC 6265 §4.1.1, cookie-octet: no spaces, quotes, commas, semicolons, backslashes, nothing outside of ASCII.
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/** A cookie of ours, as this server's public URL asks for it. */
export interface CookiePolicy {
  readonly name: string
  readonly attributes: string
}

/** The cookie of the console's session. */
export function sessionCookie(publicUrl: string): CookiePolicy {
  return hostCookie('airdate_session', publicUrl)
}

/**
 * A cookie that is sent to this host alone, unseen by scripts, and with no request that another site makes but a followed
 * link. Under https its name begins with `__Host-`: no other host and no page without TLS can then set it (RFC 6265bis
 * §4.1.3.2). Without https browsers refuse that name, so it is a plain one.
 */
export function hostCookie(name: string, publicUrl: string): CookiePolicy {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax'
  return publicUrl.startsWith('https:')
    ? { name: `__Host-${name}`, attributes: `${attributes}; Secure` }
    : { name, attributes }
}

/** A `Set-Cookie` that keeps `value` for so long, in whole seconds. `value` is made of letters, digits and `-_.~`. */
export function setCookie({ name, attributes }: CookiePolicy, value: string, maxAgeMs: number): string {
  if (!/^[\w.~-]+$/.test(value)) throw new TypeError('not the value of a cookie of ours')
  return `${name}=${value}; Max-Age=${Math.max(0, Math.floor(maxAgeMs / SECOND_MS))}; ${attributes}`
}

/** A `Set-Cookie` that removes it. */
export function clearCookie({ name, attributes }: CookiePolicy): string {
  return `${name}=; Max-Age=0; ${attributes}`
}

/**
 * The value of the cookie with exactly this name in a `Cookie` header; null when it is not there, empty, no value that a
 * cookie can have, or there twice with different values: whoever may set cookies for a neighbouring host could have added
 * one, and which of them is ours cannot be told.
 */
export function cookieOf(header: string | undefined, { name }: Pick<CookiePolicy, 'name'>): string | null {
  if (header === undefined || header.length > HEADER_MAX) return null
  let found: string | null = null
  for (let at = 0; at < header.length;) {
    const semicolon = header.indexOf(';', at)
    const end = semicolon < 0 ? header.length : semicolon
    const pair = header.slice(at, end).trim()
    at = end + 1
    if (!pair.startsWith(`${name}=`)) continue
    const value = pair.slice(name.length + 1)
    if (found !== null && found !== value) return null
    found = value
  }
  return found === null || found === '' || !VALUE.test(found) ? null : found
}
