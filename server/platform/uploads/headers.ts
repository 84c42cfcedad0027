import type { IncomingHttpHeaders } from 'node:http'
import { isLowerUuid } from './ids.ts'
import {
  BadConcatenation,
  BadUploadHeader,
  MethodOverrideRefused,
  TUS_VERSION,
  UnsupportedChecksum,
  UnsupportedTusVersion,
  UploadTooLarge,
  WrongContentType,
} from './problems.ts'

/** The algorithms of `Upload-Checksum`, as `Tus-Checksum-Algorithm` announces them. sha1 is what the protocol demands. */
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly digest: Buffer
  /** As in `Upload-Checksum`. */
  readonly text: string
}

/** What `Upload-Concat` makes of a new upload. Parts are ids, in the order in which their bytes follow each other. */
export type Concat =
  | { readonly kind: 'whole' | 'partial' }
  | { readonly kind: 'final'; readonly partIds: readonly string[] }

/** The body of a request: none, or bytes for the upload, whose number is null when it is sent in chunks. */
export type UploadBody = null | { readonly sizeBytes: number | null }

const MAX_PARTS = 200
const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const

/** One header, or undefined. Node joins repeated headers with `, `, which none of the readers below accepts. */
function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/**
 * What every tus request must say.
 * @throws UnsupportedTusVersion without `Tus-Resumable: 1.0.0`
 * @throws MethodOverrideRefused with `X-HTTP-Method-Override`: what a proxy has authorised must be what is done
 */
export function demandTus(headers: IncomingHttpHeaders): void {
  if (headers['x-http-method-override'] !== undefined) throw MethodOverrideRefused()
  if (single(headers, 'tus-resumable') !== TUS_VERSION) {
    throw UnsupportedTusVersion({
      detail: `Send Tus-Resumable: ${TUS_VERSION}`,
      headers: { 'Tus-Version': TUS_VERSION },
    })
  }
}

/**
 * A count of bytes in a header; undefined when the header is absent.
 * @throws BadUploadHeader when it is no whole number
 * @throws UploadTooLarge when it is more than any file
 */
function bytesIn(headers: IncomingHttpHeaders, name: string): number | undefined {
  const text = single(headers, name)
  if (text === undefined) return undefined
  if (!/^\d{1,30}$/.test(text)) throw BadUploadHeader({ detail: `${name} must be a whole number of bytes` })
  if (!Number.isSafeInteger(Number(text))) throw UploadTooLarge({ detail: `${name} is beyond every limit` })
  return Number(text)
}

/** @throws BadUploadHeader when there is no `Upload-Offset` */
export function offsetOf(headers: IncomingHttpHeaders): number {
  const offset = bytesIn(headers, 'upload-offset')
  if (offset === undefined) throw BadUploadHeader({ detail: 'Upload-Offset is missing' })
  return offset
}

/** The length that a PATCH declares for an upload that was created without; undefined when it says none. */
export function declaredLengthOf(headers: IncomingHttpHeaders): number | undefined {
  return bytesIn(headers, 'upload-length')
}

/**
 * The length of a new upload; null when it is deferred.
 * @throws BadUploadHeader when neither or both of `Upload-Length` and `Upload-Defer-Length: 1` are given
 */
export function lengthOf(headers: IncomingHttpHeaders): number | null {
  const length = bytesIn(headers, 'upload-length')
  const deferred = single(headers, 'upload-defer-length')
  if (deferred !== undefined && deferred !== '1') throw BadUploadHeader({ detail: 'Upload-Defer-Length can only be 1' })
  if ((length === undefined) === (deferred === undefined)) {
    throw BadUploadHeader({ detail: 'Give either Upload-Length or Upload-Defer-Length: 1' })
  }
  return length ?? null
}

/**
 * Whether the request carries bytes for the upload.
 * @throws WrongContentType when it does and does not say `application/offset+octet-stream`
 */
export function bodyOf(headers: IncomingHttpHeaders): UploadBody {
  const chunked = headers['transfer-encoding'] !== undefined
  const sizeBytes = chunked ? null : (bytesIn(headers, 'content-length') ?? 0)
  if (sizeBytes === 0) return null
  demandOffsetContentType(headers)
  return { sizeBytes }
}

/** @throws WrongContentType also when the body is encoded: what is stored are the bytes that are sent */
export function demandOffsetContentType(headers: IncomingHttpHeaders): void {
  const type = single(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/offset+octet-stream') throw WrongContentType()
  const encoding = single(headers, 'content-encoding')
  if (encoding !== undefined && encoding !== 'identity')
    throw WrongContentType({ detail: 'Content-Encoding is not taken' })
}

/**
 * `Upload-Checksum: sha1 <base64>`; null when there is none.
 * @throws UnsupportedChecksum for another algorithm
 * @throws BadUploadHeader for a digest of the wrong length
 */
export function checksumOf(headers: IncomingHttpHeaders): Checksum | null {
  const text = single(headers, 'upload-checksum')
  return text === undefined ? null : checksumIn(text)
}

/** What stands in `Upload-Checksum`. Throws as `checksumOf`. */
export function checksumIn(text: string): Checksum {
  const [name, encoded = '', ...rest] = text.split(' ')
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name)
  if (algorithm === undefined) throw UnsupportedChecksum({ detail: `Known are ${CHECKSUM_ALGORITHMS.join(', ')}` })
  const digest = Buffer.from(encoded, 'base64')
  if (rest.length > 0 || digest.length !== DIGEST_BYTES[algorithm] || digest.toString('base64') !== encoded) {
    throw BadUploadHeader({ detail: `Upload-Checksum must carry a ${algorithm} digest in base64` })
  }
  return { algorithm, digest, text }
}

/**
 * `Upload-Concat: partial` or `final;<url> <url> …`. URLs may be absolute or relative: only their path counts, since a
 * proxy may have given us another name.
 * @throws BadConcatenation when it is neither, or the parts are none of our uploads, too many or named twice
 */
export function concatOf(headers: IncomingHttpHeaders, collectionPath: string): Concat {
  const text = single(headers, 'upload-concat')
  if (text === undefined) return { kind: 'whole' }
  if (text === 'partial') return { kind: 'partial' }
  if (!text.startsWith('final;')) throw BadConcatenation({ detail: 'Upload-Concat is partial or final;<urls>' })
  const urls = text.slice('final;'.length).trim().split(/ +/)
  if (urls.length > MAX_PARTS) throw BadConcatenation({ detail: `More than ${MAX_PARTS} parts` })
  const partIds = urls.map((url) => idInUrl(url, collectionPath))
  if (new Set(partIds).size < partIds.length) throw BadConcatenation({ detail: 'A part is named twice' })
  return { kind: 'final', partIds }
}

function idInUrl(url: string, collectionPath: string): string {
  const parsed = URL.parse(url, `http://airdate.invalid${collectionPath}`)
  const prefix = `${collectionPath}/`
  // A proxy may also have put a path before ours.
  const at = parsed?.pathname.lastIndexOf(prefix) ?? -1
  const id = parsed === null || at < 0 ? '' : parsed.pathname.slice(at + prefix.length)
  if (!isLowerUuid(id)) throw BadConcatenation({ detail: `Not the URL of an upload: ${url.slice(0, 200)}` })
  return id
}
