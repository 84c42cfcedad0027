/** Crockford's base 32: no letter that is read as another. https://www.crockford.com/base32.html */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const WORD_LENGTH_MAX = 12
const FALLBACK_WORD = 'TEMPLATE'

/**
 * How many letters are drawn by chance: 40 bits. Of a million live codes whose word an attacker knows, one guess in a
 * million hits; the limit `share-code` allows thirty wrong ones in an hour.
 */
const RANDOM_LETTERS = 8
export const RANDOM_BYTES = RANDOM_LETTERS

/**
 * The code under which something with this name is shared: its first word, and letters made of `random` (`RANDOM_BYTES`
 * bytes, five bits of each), such as HOMEWORK-A7B2-K9QX.
 */
export function codeFor(name: string, random: Uint8Array): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toUpperCase()
  const word = (/[A-Z0-9]{2,}/.exec(plain)?.[0] ?? FALLBACK_WORD).slice(0, WORD_LENGTH_MAX)
  const letters = Array.from(random.subarray(0, RANDOM_LETTERS), (byte) => LETTERS[byte & 31]).join('')
  return `${word}-${letters.slice(0, 4)}-${letters.slice(4)}`
}

/**
 * A code as somebody typed it, in the one spelling: capitals, hyphens for whatever stands between, and in its random part
 * O for 0, I and L for 1. Null for what can be none.
 */
export function codeAsTyped(typed: string): string | null {
  const found = /^([A-Z0-9]{1,12})([0-9A-Z]{4})([0-9A-Z]{4})$/.exec(
    typed
      .toUpperCase()
      .split(/[ -]+/)
      .filter((part) => part !== '')
      .join(''),
  )
  if (found === null) return null
  const [, word = '', ...parts] = found
  const read = parts.map((part) => part.replaceAll('O', '0').replaceAll(/[IL]/g, '1'))
  return read.some((part) => part.includes('U')) ? null : [word, ...read].join('-')
}
