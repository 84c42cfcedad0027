import { AddressRefused, AnswerTooLarge } from '#platform/outside/outside.ts'

/** Why an asking came to nothing, in our own words: what a provider says of it may hold anything, keys included. */
export interface Failure {
  /**
   * `again`: it may go better in a moment. `never`: not with this connection. `form`: the provider does not take the
   * schema, and can be told of it in words. `room`: it does not give that much room for an answer.
   */
  readonly kind: 'again' | 'never' | 'form' | 'room'
  /** The status of the answer; null when none came. */
  readonly status: number | null
  /** What the provider asked to wait; null when it said nothing. */
  readonly waitMs: number | null
  /** Whether it may have cost something: an answer that is an error costs nothing, and neither does what never arrived. */
  readonly mayHaveCost: boolean
  readonly says: string
}

/** The provider never heard of it. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])

/** What went wrong, by what the SDKs throw: an error with a status and headers, or one whose causes tell. */
export function failureOf(error: unknown, now: Date): Failure {
  const { status, headers } = error as { readonly status?: unknown; readonly headers?: unknown }
  if (typeof status === 'number')
    return refusedBy(status, headers instanceof Headers ? headers : new Headers(), error, now)
  const causes = causesOf(error)
  const failed = { status: null, waitMs: null } as const
  if (causes.some((cause) => cause instanceof AddressRefused))
    return { ...failed, kind: 'never', mayHaveCost: false, says: 'its address is not one that this server goes to' }
  if (causes.some((cause) => cause instanceof AnswerTooLarge))
    return { ...failed, kind: 'never', mayHaveCost: true, says: 'its answer does not end' }
  if (causes.some(({ code }) => typeof code === 'string' && isNotSent(code)))
    return { ...failed, kind: 'again', mayHaveCost: false, says: 'it cannot be reached' }
  return { ...failed, kind: 'again', mayHaveCost: true, says: 'its answer is broken or late' }
}

function isNotSent(code: string): boolean {
  return NOT_SENT.has(code) || code.startsWith('ERR_TLS_') || /CERT|LEAF_SIGNATURE/.test(code)
}

function refusedBy(status: number, headers: Headers, error: unknown, now: Date): Failure {
  const failure = { status, waitMs: waitOf(headers, now), mayHaveCost: false, says: `it answered ${status}` }
  if (status === 400 || status === 422) return { ...failure, kind: complaintOf(String(error)) }
  return { ...failure, kind: status === 408 || status === 409 || status === 429 || status >= 500 ? 'again' : 'never' }
}

/** About what of the call a provider complains; its words are looked at and go no further. */
function complaintOf(words: string): 'form' | 'room' | 'never' {
  if (/response_format|json_schema|output_config|output_format|structured|schema|grammar/i.test(words)) return 'form'
  return isAboutRoom(words) ? 'room' : 'never'
}

/** Whether a provider complains about the limit of its answer. */
export function isAboutRoom(words: string): boolean {
  return /max_(?:completion_)?tokens/i.test(words)
}

interface Cause extends Error {
  readonly code?: unknown
}

function causesOf(error: unknown): Cause[] {
  const found: Cause[] = []
  for (let one = error; one instanceof Error && found.length < 8; one = one.cause) found.push(one)
  return found
}

/** The longest wait that is believed. */
const MOST_MS = 24 * 60 * 60 * 1000

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), or in milliseconds as some providers have it. */
function waitOf(headers: Headers, now: Date): number | null {
  const inMs = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (inMs >= 0) return Math.min(inMs, MOST_MS)
  const written = headers.get('retry-after')
  if (written === null) return null
  const seconds = Number(written)
  const waitMs = Number.isNaN(seconds) ? Date.parse(written) - now.getTime() : seconds * 1000
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(0, waitMs), MOST_MS)
}
