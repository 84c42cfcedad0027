/** One fault of an input. `pointer` is an RFC 6901 JSON pointer into the body, or `?name` for a query parameter. */
export interface Fault {
  readonly pointer: string
  readonly detail: string
}

/** What a problem may say beside its kind. Members other than the named ones travel as extension members (RFC 9457 §3.2). */
export interface ProblemExtra {
  readonly detail?: string
  readonly errors?: readonly Fault[]
  /** Response headers that belong to this problem, such as `Retry-After`. They are not part of the body. */
  readonly headers?: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

/**
 * A kind of expected failure, declared where it is thrown. Call it to make the error to throw.
 * `type` is a stable path without the `/problems/` prefix: `stream/video-not-found`.
 */
export interface ProblemKind {
  (extra?: ProblemExtra, options?: { cause?: unknown }): Problem
  readonly type: string
  readonly status: number
  readonly title: string
}

/** An expected failure that a client is told about as `application/problem+json` (RFC 9457). Anything else thrown is a bug. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly extra: ProblemExtra

  constructor(kind: ProblemKind, extra: ProblemExtra, options?: { cause?: unknown }) {
    super(extra.detail ?? kind.title, options)
    this.name = 'Problem'
    this.kind = kind
    this.extra = extra
  }

  get status(): number {
    return this.kind.status
  }
}

/** Declares a kind of problem. `status` is an HTTP status from 400 to 499, or 503 or 507. */
export function problem(type: string, status: number, title: string): ProblemKind {
  const kind: ProblemKind = Object.assign(
    (extra: ProblemExtra = {}, options?: { cause?: unknown }): Problem => new Problem(kind, extra, options),
    { type, status, title },
  )
  return kind
}

/** True when `error` is a problem of this kind. */
export function isProblem(error: unknown, kind?: ProblemKind): error is Problem {
  return error instanceof Problem && (kind === undefined || error.kind === kind)
}
