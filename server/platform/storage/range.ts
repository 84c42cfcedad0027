import type { ByteRange } from './storage.ts'

/** What a `Range` header asks for: everything (200), one range (206), or what cannot be had (416). */
export type RequestedRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'range'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' }

const SINGLE = /^(\d{0,15})-(\d{0,15})$/

/**
 * Reads `Range` (RFC 9110 §14.1.2) for an object of `sizeBytes`. Another unit than bytes is ignored, as §14.2 asks.
 * Several ranges are refused with 416 (§15.5.17), so that no answer is ever multipart; so is nonsense such as `5-2`.
 * An end beyond the object is cut; `-n` is the last n bytes.
 */
export function parseRange(header: string | undefined, sizeBytes: number): RequestedRange {
  if (header === undefined || !/^bytes\s*=/i.test(header)) return { kind: 'whole' }
  const match = SINGLE.exec(header.slice(header.indexOf('=') + 1).trim())
  if (match === null) return { kind: 'unsatisfiable' }
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  if (first === '' && last === '') return { kind: 'unsatisfiable' }
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  return start <= end ? { kind: 'range', range: { start, end } } : { kind: 'unsatisfiable' }
}

/** `bytes 0-99/1000`, the `Content-Range` of a 206. */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end}/${sizeBytes}`
}
