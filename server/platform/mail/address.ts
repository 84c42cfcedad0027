const ATOM = /^[^\s\p{C}@"<>()[\],;:\\]+$/u

/**
 * True for `local@domain` of at most 254 characters (RFC 5321 §4.5.3.1) without quotes, comments, spaces and control
 * characters: nothing in it can end a header line or name a second recipient.
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || text.length > 254 || local.length > 64) return false
  return ATOM.test(local) && ATOM.test(domain) && !/^[.-]|[.-]$|\.\./.test(domain)
}

/** The mailbox behind an address, by which limits count: in lower case, without `+anything`. */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const plus = local.indexOf('+', 1)
  return `${plus < 0 ? local : local.slice(0, plus)}${address.slice(at)}`.toLowerCase()
}

// Besides control characters: line and paragraph separators, marks that turn the direction of what follows, and the
// byte order mark.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/**
 * Text on one line: control characters and marks of direction become a space, spaces are joined, and what is longer than
 * `max` characters is cut. Well-formed whatever comes in.
 */
export function oneLine(text: string, max: number): string {
  // Four UTF-16 units for each character that is kept are more than enough to find them.
  const bounded = text.slice(0, max * 4).toWellFormed()
  const line = bounded.replace(UNPRINTABLE, ' ').replaceAll(/\s+/gu, ' ').trim()
  const characters = [...line]
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`
}

/**
 * A name that somebody chose, fit to stand in a mail to somebody else: one line of at most 60 characters in which no mail
 * program finds an address to make a link of. Empty when nothing is left.
 */
export function nameInMail(name: string): string {
  return oneLine(name.replaceAll(/[./:@\\<>]+/gu, ' '), 60)
}
