import { BadUploadMetadata } from './problems.ts'

const MAX_HEADER_LENGTH = 8192
const MAX_KEYS = 32
const MAX_VALUE_BYTES = 1024
// Printable ASCII but space and comma (tus 1.0.0, Upload-Metadata).
const KEY = /^[!-+\--~]{1,100}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const CONTROL = /\p{Cc}/u

/** What a client said of its file. Labels only: no value ever becomes a path, an argument or a type that is believed. */
export type UploadMetadata = ReadonlyMap<string, string>

/**
 * Reads `Upload-Metadata` (tus 1.0.0, creation): `key base64,key base64,key`, values UTF-8. Keys keep their order; unknown
 * ones are kept, bounded like the others: 32 keys, 1,024 bytes a value, 8,192 characters in all. Text comes back byte by
 * byte as it was sent, bidirectional overrides and `../` included; absent or empty is no metadata.
 * @throws BadUploadMetadata naming every fault: bad key, twice the same, not base64, not UTF-8, control characters (NUL and
 * line ends among them, which have no place in a name and NUL none in the database)
 */
export function parseMetadata(header: string | undefined): UploadMetadata {
  if (header === undefined || header === '') return new Map()
  if (header.length > MAX_HEADER_LENGTH)
    throw BadUploadMetadata({ detail: `More than ${MAX_HEADER_LENGTH} characters` })
  const pairs = header.split(',')
  if (pairs.length > MAX_KEYS) throw BadUploadMetadata({ detail: `More than ${MAX_KEYS} keys` })
  const values = new Map<string, string>()
  const faults: string[] = []
  for (const pair of pairs) {
    const [key = '', encoded = '', ...rest] = pair.trim().split(' ')
    const value = decodeValue(encoded)
    if (!KEY.test(key)) faults.push('a key is empty, too long or not printable ASCII')
    else if (values.has(key)) faults.push(`${key} is given twice`)
    else if (rest.length > 0) faults.push(`${key} has more than one value`)
    else if (typeof value === 'string') values.set(key, value)
    else faults.push(`${key} ${value.fault}`)
  }
  if (faults.length > 0) throw BadUploadMetadata({ detail: faults.join('; ') })
  return values
}

function decodeValue(encoded: string): string | { readonly fault: string } {
  if (!BASE64.test(encoded)) return { fault: 'is not base64' }
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length > MAX_VALUE_BYTES) return { fault: `is longer than ${MAX_VALUE_BYTES} bytes` }
  try {
    // ignoreBOM keeps a leading U+FEFF: the text is the client's.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return CONTROL.test(text) ? { fault: 'contains control characters' } : text
  } catch (error) {
    if (error instanceof TypeError) return { fault: 'is not UTF-8' }
    throw error
  }
}
