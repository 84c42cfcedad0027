const PART = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}'
const KEY = new RegExp(`^${PART}(?:/${PART})*$`)
const MAX_KEY_LENGTH = 512

/** True for `/`-separated parts of `[A-Za-z0-9._-]` (1 to 200 each, none starting with a dot), 512 characters in all. */
export function isKey(key: string): boolean {
  return key.length <= MAX_KEY_LENGTH && KEY.test(key)
}

/** @throws RangeError when `key` is no storage key: keys are made by our code, so that is a bug and not an answer */
export function assertKey(key: string): void {
  if (!isKey(key)) throw new RangeError(`Not a storage key: ${JSON.stringify(key.slice(0, 100))}`)
}

/** @throws RangeError when `prefix` is neither empty nor a key followed by `/` */
export function assertPrefix(prefix: string): void {
  if (prefix !== '' && !(prefix.endsWith('/') && isKey(prefix.slice(0, -1)))) {
    throw new RangeError(`Not a storage prefix: ${JSON.stringify(prefix.slice(0, 100))}`)
  }
}
