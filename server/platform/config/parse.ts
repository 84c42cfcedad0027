import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The value, or what is wrong with the text: `must be …`, fit to follow the variable's name. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string }

/** A whole number written in decimal digits, from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => Parsed<number> {
  return (written) => {
    const value = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN
    return value >= min && value <= max ? { value } : { wrong: `must be a whole number from ${min} to ${max}` }
  }
}

/** A number in decimals, from `min` to `max`. */
export function decimal(min: number, max: number): (text: string) => Parsed<number> {
  return (written) => {
    const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(written) ? Number(written) : Number.NaN
    return value >= min && value <= max ? { value } : { wrong: `must be a number from ${min} to ${max}` }
  }
}

/** One of a closed set of words. */
export function oneOf<const T extends string>(words: readonly T[]): (text: string) => Parsed<T> {
  return (written) => {
    const value = words.find((word) => word === written)
    return value === undefined ? { wrong: `must be one of ${words.join(', ')}` } : { value }
  }
}

/** A URL of one of these schemes (`https:`), with a host; `origin` allows no path, query, fragment or user. */
export function url(schemes: readonly string[], kind: 'origin' | 'any'): (text: string) => Parsed<string> {
  const expected = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`
  return (written) => {
    const parsed = URL.canParse(written) ? new URL(written) : null
    if (parsed === null || !schemes.includes(parsed.protocol)) return { wrong: expected }
    if (kind === 'any') return { value: written }
    if (parsed.hostname === '') return { wrong: expected }
    if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '' || parsed.username !== '') {
      return { wrong: 'must be an origin: scheme, host and port, nothing behind them' }
    }
    return { value: parsed.origin }
  }
}

/** At most `max` values with commas between, each read by `parse`. */
export function listOf<T>(parse: (text: string) => Parsed<T>, max: number): (text: string) => Parsed<readonly T[]> {
  return (written) => {
    const values: T[] = []
    for (const part of written.split(',')) {
      const parsed = parse(part.trim())
      if ('wrong' in parsed) return { wrong: `${parsed.wrong}, or several with commas between` }
      values.push(parsed.value)
    }
    return values.length <= max ? { value: values } : { wrong: `must be at most ${max} values` }
  }
}

/** A key of exactly 32 bytes in base64 (RFC 4648 §4 or §5), with or without padding. */
export function key256(written: string): Parsed<Buffer> {
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(written) ? Buffer.from(written, 'base64') : Buffer.alloc(0)
  return bytes.length === 32
    ? { value: bytes }
    : { wrong: 'must be 32 bytes in base64, as `openssl rand -base64 32` makes them' }
}

/** `max,min` workers, each 0 to 256; max is at least 1 and not below min. */
export function autoscale(written: string): Parsed<{ readonly maxWorkers: number; readonly minWorkers: number }> {
  const match = /^\s*(\d{1,3})\s*,\s*(\d{1,3})\s*$/.exec(written)
  const [maxWorkers, minWorkers] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || maxWorkers > 256 || minWorkers > 256)
    return { wrong: 'must be max,min, each from 0 to 256, as in 10,3' }
  if (maxWorkers < 1) return { wrong: 'must have a max of at least 1' }
  if (maxWorkers < minWorkers)
    return { wrong: `must have max before min: max ${maxWorkers} is less than min ${minWorkers}` }
  return { value: { maxWorkers, minWorkers } }
}

/** An address of the form `local@domain`, at most 254 characters (RFC 5321 §4.5.3.1.3), in lower case. */
export function emailAddress(written: string): Parsed<string> {
  const fits = written.length <= 254 && /^[^\s@"<>(),;:\\]+@[^\s@"<>(),;:\\]+$/.test(written)
  return fits ? { value: written.toLowerCase() } : { wrong: 'must be an e-mail address' }
}

/** Text of `min` to `max` characters without control characters. */
export function text(min: number, max: number): (value: string) => Parsed<string> {
  return (value) => {
    if (value.length < min || value.length > max) return { wrong: `must have ${min} to ${max} characters` }
    return /\p{Cc}/u.test(value) ? { wrong: 'must not hold control characters' } : { value }
  }
}

/** The name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens. */
export function bucketName(value: string): Parsed<string> {
  const fits = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)
  return fits ? { value } : { wrong: 'must be 3 to 63 lower-case letters, digits, dots and hyphens' }
}

/**
 * A network as `address/bits`, or one address; given back as the first address in its one spelling and the bits. IPv4
 * mapped into IPv6 becomes IPv4. A network of everybody is refused.
 */
export function network(written: string): Parsed<string> {
  const wrong = { wrong: 'must be a network such as 10.0.0.0/8 or 2001:db8::/32, or one address' }
  const [, first = '', bits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(written) ?? []
  if (isIP(first) === 0) return wrong
  const address = ipaddr.parse(first)
  const length = address.toByteArray().length * 8
  const given = Number(bits ?? length)
  if (given > length) return wrong
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
  const prefix = isMapped ? given - MAPPED_BITS : given
  if (prefix <= 0) return { wrong: 'must not be a network that everybody belongs to' }
  const one = isMapped ? address.toIPv4Address() : address
  const base =
    one instanceof ipaddr.IPv6
      ? ipaddr.IPv6.networkAddressFromCIDR(`${one.toString()}/${prefix}`)
      : ipaddr.IPv4.networkAddressFromCIDR(`${one.toString()}/${prefix}`)
  return { value: `${base.toString()}/${prefix}` }
}

/** A network as `network` has it, or the name of a host, in lower case. */
export function hostOrNetwork(written: string): Parsed<string> {
  const [first = ''] = written.split('/', 1)
  if (isIP(first) !== 0) return network(written)
  const name = written.toLowerCase()
  const fits = name.length <= 253 && /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(name)
  return fits ? { value: name } : { wrong: 'must be the name of a host, a network such as 10.0.0.0/8, or one address' }
}

/** Bits before an IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = 96
