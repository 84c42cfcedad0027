import type { FastifyError } from 'fastify'
import { type Fault, type Problem, type ProblemKind, problem } from '#kernel/errors.ts'

export const InvalidInput = problem('invalid-input', 400, 'The input has faults')
export const MalformedRequest = problem('malformed-request', 400, 'The request cannot be read')
export const MalformedBody = problem('malformed-body', 400, 'The body cannot be read')
export const Unauthenticated = problem('unauthenticated', 401, 'A valid access token is needed')
export const Forbidden = problem('forbidden', 403, 'This is not allowed')
export const NotFound = problem('not-found', 404, 'There is nothing here')
export const RequestTimeout = problem('request-timeout', 408, 'The request took too long to arrive')
export const PreconditionFailed = problem('precondition-failed', 412, 'It was changed in the meantime')
export const BodyTooLarge = problem('body-too-large', 413, 'The body is too large')
export const UnsupportedMediaType = problem('unsupported-media-type', 415, 'This content type is not understood here')
export const Unavailable = problem('unavailable', 503, 'The server cannot answer at the moment')

/** Problems that any route may answer with; routes list only their own. */
export const commonProblems: readonly ProblemKind[] = [InvalidInput, Unauthenticated, Forbidden, Unavailable]

/** The body of a problem, RFC 9457. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly instance: string
  readonly requestId: string
  readonly errors?: readonly Fault[]
  readonly [member: string]: unknown
}

/** The path without its query, which may hold a secret, and without the host of an absolute-form target. */
function instanceOf(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('?', 1)[0] ?? ''
}

/** Writes the document; `path` is the request's target. */
export function problemDocument(error: Problem, path: string, requestId: string): ProblemDocument {
  const { headers: _, ...extra } = error.extra
  return {
    ...extra,
    type: `/problems/${error.kind.type}`,
    title: error.kind.title,
    status: error.status,
    instance: instanceOf(path),
    requestId,
  }
}

/** What a bug looks like from outside: nothing of the inside. */
export function opaqueDocument(path: string, requestId: string): ProblemDocument {
  return {
    type: '/problems/internal-error',
    title: 'Something went wrong on our side',
    status: 500,
    instance: instanceOf(path),
    requestId,
  }
}

const FASTIFY_PROBLEMS: Readonly<Record<string, ProblemKind>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: BodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: UnsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: MalformedBody,
  FST_ERR_CTP_EMPTY_JSON_BODY: MalformedBody,
  FST_ERR_CTP_INVALID_JSON_BODY: MalformedBody,
  FST_ERR_BAD_URL: NotFound,
  FST_ERR_MAX_PARAM_LENGTH: NotFound,
  FST_ERR_ASYNC_CONSTRAINT: NotFound,
}

/** Translates what Fastify throws by itself; undefined when the error is none of the kinds a client can cause. */
export function problemOfFastify(error: FastifyError): Problem | undefined {
  const kind = FASTIFY_PROBLEMS[error.code ?? '']
  if (kind !== undefined) return kind({}, { cause: error })
  // secure-json-parse and the JSON parser carry a status, not a code.
  if (error.statusCode === 400)
    return MalformedBody({ detail: 'The body is not the JSON that is expected.' }, { cause: error })
  if (error.statusCode === 404) return NotFound({}, { cause: error })
  return undefined
}
