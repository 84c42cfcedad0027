import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { crc32 } from 'node:zlib'
import { S3Error, invalidRequest, notImplemented } from './errors.ts'
import { type Verified, chunkSignature, sha256Hex } from './signature.ts'

/** The bytes of a request, and the checksums (`x-amz-checksum-…` → base64) that came with them and hold. */
export interface Body {
  readonly bytes: Buffer
  readonly checksums: Readonly<Record<string, string>>
}

const CHECKSUM = 'x-amz-checksum-'
const MAX_BYTES = 512 * 1024 * 1024

/**
 * Reads a body whole, undoes `aws-chunked`, and checks it against everything that was said of it: length, SHA-256,
 * Content-MD5, checksums in headers or trailers, signatures of chunks.
 * @throws S3Error EntityTooLarge, IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, SignatureDoesNotMatch …
 */
export async function readBody(request: IncomingMessage, verified: Verified): Promise<Body> {
  const raw = await collect(request)
  const chunked = verified.payloadHash.startsWith('STREAMING-')
  const { bytes, trailers } = chunked ? unchunk(raw, request, verified) : { bytes: raw, trailers: {} }
  if (!chunked && /^[0-9a-f]{64}$/.test(verified.payloadHash) && sha256Hex(bytes) !== verified.payloadHash) {
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed."
    throw new S3Error('XAmzContentSHA256Mismatch', 400, message)
  }
  demandMd5(request.headers['content-md5'], bytes)
  const told = Object.entries({ ...request.headers, ...trailers }).filter(
    (entry): entry is [string, string] => entry[0].startsWith(CHECKSUM) && typeof entry[1] === 'string',
  )
  const checksums = Object.fromEntries(told.filter(([name]) => !/-(?:algorithm|mode|type)$/.test(name)))
  for (const [name, value] of Object.entries(checksums)) {
    if (checksumOf(name.slice(CHECKSUM.length), bytes) !== value) {
      throw new S3Error('BadDigest', 400, `The ${name} you specified did not match what we received.`)
    }
  }
  return { bytes, checksums }
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > MAX_BYTES) throw new S3Error('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum')
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    pieces.push(piece)
    sizeBytes += piece.length
    if (sizeBytes > MAX_BYTES) throw new S3Error('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum')
  }
  return pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces)
}

/** `size[;chunk-signature=…]\r\n bytes \r\n` until a chunk of size 0; then trailers. */
function unchunk(
  raw: Buffer,
  request: IncomingMessage,
  { payloadHash, seed }: Verified,
): { bytes: Buffer; trailers: Record<string, string> } {
  const signed = payloadHash === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  if (!signed && payloadHash !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') throw notImplemented(payloadHash)
  const chunks: Buffer[] = []
  let previous = seed.signature
  let at = 0
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at)
    const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(raw.toString('latin1', at, lineEnd))
    if (lineEnd < 0 || match === null) throw new S3Error('IncompleteBody', 400, 'The chunks of the body are malformed')
    const size = Number.parseInt(match[1] ?? '', 16)
    const chunk = raw.subarray(lineEnd + 2, lineEnd + 2 + size)
    if (signed) {
      if (match[2] !== chunkSignature(seed, previous, chunk)) {
        throw new S3Error('SignatureDoesNotMatch', 403, 'The signature of a chunk does not match')
      }
      previous = match[2]
    }
    if (size === 0) {
      const bytes = Buffer.concat(chunks)
      demandLength(request.headers['x-amz-decoded-content-length'], bytes)
      return { bytes, trailers: trailersOf(raw.toString('latin1', lineEnd + 2), request) }
    }
    if (chunk.length < size) throw new S3Error('IncompleteBody', 400, 'The body ends within a chunk')
    chunks.push(chunk)
    at = lineEnd + 2 + size + 2
  }
}

function trailersOf(text: string, request: IncomingMessage): Record<string, string> {
  const lines = text.split('\r\n').filter((line) => line !== '')
  const trailers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]
    }),
  )
  const announced = request.headers['x-amz-trailer']
  if (typeof announced === 'string' && trailers[announced.toLowerCase()] === undefined) {
    throw new S3Error('MalformedTrailerError', 400, `The trailer ${announced} is missing`)
  }
  return trailers
}

function demandLength(told: string | string[] | undefined, bytes: Buffer): void {
  if (told === undefined) throw new S3Error('MissingContentLength', 411, 'x-amz-decoded-content-length is missing')
  if (Number(told) !== bytes.length) throw new S3Error('IncompleteBody', 400, 'The body has another length than told')
}

function demandMd5(told: string | string[] | undefined, bytes: Buffer): void {
  if (told === undefined || createHash('md5').update(bytes).digest('base64') === told) return
  throw new S3Error('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.')
}

function checksumOf(algorithm: string, bytes: Buffer): string {
  switch (algorithm) {
    case 'crc32':
      return base64Of(crc32(bytes))
    case 'crc32c':
      return base64Of(crc32c(bytes))
    case 'sha1':
    case 'sha256':
      return createHash(algorithm).update(bytes).digest('base64')
    default:
      throw invalidRequest(`The checksum ${algorithm} is not known to this double`)
  }
}

function base64Of(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes.toString('base64')
}

/** Castagnoli's polynomial, reflected (RFC 3720 appendix B.4). */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc
}
