const known = new Map<string, boolean>()
const KNOWN_MAX = 1000

/**
 * Whether a text is the IANA name of a time zone that this machine knows. Offsets such as `+02:00` are none: they say
 * nothing about summer time, and databases read their sign the other way round.
 */
export function isTimeZone(name: string): boolean {
  let is = known.get(name)
  if (is === undefined) {
    is = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name) && isKnown(name)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(name, is)
  }
  return is
}

function isKnown(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
