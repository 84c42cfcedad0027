import { isProblem } from '#kernel/errors.ts'
import { codeOf } from '../failures.ts'
import { ObjectNotFound, StorageFull, StorageUnavailable, StorageUnwritable } from '../storage.ts'

const NOT_FOUND = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload'])
const FULL = new Set(['QuotaExceeded', 'InsufficientCapacity', 'InsufficientStorage', 'XMinioStorageFull'])
const RETRY_AFTER = { headers: { 'Retry-After': '5' } }

/** The code of S3's error (`NoSuchUpload`), or the name of any other; '' for what is no error. */
export function s3CodeOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number }
  return httpStatusCode
}

/** True when the service said no, was not reached or did not answer in time; false for our own mistakes. */
function isOutage(error: unknown): boolean {
  const status = statusOf(error)
  if (status !== undefined) {
    return status >= 500 || status === 429 || status === 403 || status === 408 || s3CodeOf(error) === 'NoSuchBucket'
  }
  return s3CodeOf(error) === 'TimeoutError' || NETWORK.has(codeOf(error))
}

const NETWORK = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'ERR_STREAM_PREMATURE_CLOSE', 'EPROTO', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID'],
])

/** Runs requests that read, and tells their failure as what it means to a client: 404, 503, or a bug. */
export async function reading<R>(work: () => Promise<R>): Promise<R> {
  return work().catch((error: unknown) => {
    throw translated(error, StorageUnavailable)
  })
}

/** The same for requests that write: 404, 507, 503, or a bug. */
export async function storing<R>(work: () => Promise<R>): Promise<R> {
  return work().catch((error: unknown) => {
    throw translated(error, StorageUnwritable)
  })
}

function translated(error: unknown, outage: typeof StorageUnavailable): unknown {
  if (isProblem(error)) return error
  if (NOT_FOUND.has(s3CodeOf(error))) return ObjectNotFound({}, { cause: error })
  if (FULL.has(s3CodeOf(error)) || statusOf(error) === 507) return StorageFull({}, { cause: error })
  return isOutage(error) ? outage(RETRY_AFTER, { cause: error }) : error
}

/** What is wrong, for the operator: one line without a full stop that names the setting to look at. */
export function faultOf(error: unknown, where: { readonly endpoint: string; readonly bucket: string }): string {
  const { endpoint, bucket } = where
  const code = s3CodeOf(error)
  switch (code) {
    case 'NoSuchBucket':
    case 'NotFound':
      return `the bucket ${bucket} does not exist at ${endpoint}: create it, or correct S3_BUCKET`
    case 'SignatureDoesNotMatch':
      return 'the secret is wrong: S3_SECRET_ACCESS_KEY does not belong to S3_ACCESS_KEY_ID'
    case 'InvalidAccessKeyId':
      return `the access key is not known at ${endpoint}: correct S3_ACCESS_KEY_ID`
    case 'AccessDenied':
      return `the access key may not use the bucket ${bucket}: give it the right to list, read, write and delete`
    case 'RequestTimeTooSkewed':
      return 'the clock of this machine differs from that of the service by more than 15 minutes'
    case 'AuthorizationHeaderMalformed':
    case 'PermanentRedirect':
      return `the bucket ${bucket} belongs to another region: correct S3_REGION or S3_ENDPOINT`
    case 'TimeoutError':
    case 'AbortError':
      return `${endpoint} did not answer in time`
    default:
      if (NETWORK.has(codeOf(error))) return `${endpoint} cannot be reached: ${codeOf(error)}`
      return `${endpoint} answered ${statusOf(error) ?? 'with'} ${code}: ${error instanceof Error ? error.message : String(error)}`
  }
}
