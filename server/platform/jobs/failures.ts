import { inspect } from 'node:util'
import { problem } from '#kernel/errors.ts'

export const DeadLetterNotFound = problem('jobs/dead-letter-not-found', 404, 'There is no such dead letter')

/**
 * Thrown by a handler: the job cannot succeed, do not try again. It becomes a dead letter with this code.
 * `code` is a closed word such as `source-gone`; `detail` is for operators.
 */
export class GiveUp extends Error {
  readonly code: string

  constructor(code: string, detail: string, options?: { cause?: unknown }) {
    super(detail, options)
    this.name = 'GiveUp'
    this.code = code
  }
}

/** Thrown by a handler: not now (a quota, a lease), run the job again after `delayMs`. It counts as no attempt. */
export class Postpone extends Error {
  readonly delayMs: number

  constructor(delayMs: number, reason: string) {
    super(reason)
    this.name = 'Postpone'
    this.delayMs = delayMs
  }
}

/** The reason of an aborted signal: why a handler is asked to stop. */
export class JobStopped extends Error {
  /** `lost`: another worker may run the job by now. `returned`: this process ends, the job is given back. */
  readonly why: 'cancelled' | 'timed-out' | 'lost' | 'returned'

  constructor(why: JobStopped['why'], message: string) {
    super(message)
    this.name = 'JobStopped'
    this.why = why
  }
}

/** What is kept of an error in the history of attempts: no more than 4 kB. */
export interface ErrorRecord {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Cuts an error (or whatever was thrown) down to what is kept. */
export function recordOf(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: typeof error, message: printable(error, 1000), stack: '' }
  return {
    name: printable(error.name, 100),
    message: printable(error.message, 1000),
    stack: printable(error.stack, 3000),
  }
}

// PostgreSQL's jsonb refuses U+0000, which a message of a decoder may carry. Anything can be thrown, also what has no
// string, and anything may stand where an Error should have one.
function printable(value: unknown, length: number): string {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 1 })
  return text.replaceAll('\0', '\u{fffd}').slice(0, length).toWellFormed()
}
