import { randomBytes } from 'node:crypto'
import type { Body } from './body.ts'
import type { Answer, S3Call } from './call.ts'
import { S3Error, invalidArgument, invalidRequest, noSuchUpload } from './errors.ts'
import { copySource, demandWritable, keptHeaders } from './objects.ts'
import { type S3Object, type S3Part, type S3State, type S3Upload, md5Hex } from './state.ts'
import { demandRoot, innerOf, textOf, xmlDocument } from './xml.ts'

const MIN_PART_BYTES = 5 * 1024 ** 2
const MAX_PARTS = 10_000
const MAX_OBJECT_BYTES = 5 * 1024 ** 4

export function createUpload(state: S3State, call: S3Call): Answer {
  const id = randomBytes(24).toString('base64url')
  const upload = { id, key: call.key, headers: keptHeaders(call.headers), initiatedAt: call.now }
  state.change({ kind: 'upload', bucket: call.bucket, upload })
  const result = { Bucket: call.bucket, Key: call.key, UploadId: id }
  return { status: 200, xml: xmlDocument('InitiateMultipartUploadResult', result) }
}

function uploadOf(state: S3State, call: S3Call): S3Upload {
  const upload = state.bucket(call.bucket).uploads.get(call.query.get('uploadId') ?? '')
  if (upload === undefined || upload.key !== call.key) throw noSuchUpload()
  return upload
}

function partNumberOf(call: S3Call): number {
  const number = Number(call.query.get('partNumber'))
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive')
}

export async function uploadPart(state: S3State, call: S3Call, { bytes, checksums }: Body): Promise<Answer> {
  const number = partNumberOf(call)
  uploadOf(state, call)
  const piece = await state.keep(bytes)
  const uploadId = uploadOf(state, call).id
  const etag = `"${md5Hex(bytes)}"`
  const part = { number, pieces: [piece], sizeBytes: bytes.length, etag, modifiedAt: call.now, checksums }
  state.change({ kind: 'part', bucket: call.bucket, uploadId, part })
  return { status: 200, headers: { ETag: etag, ...checksums } }
}

export async function uploadPartCopy(state: S3State, call: S3Call): Promise<Answer> {
  const number = partNumberOf(call)
  uploadOf(state, call)
  const source = copySource(state, call)
  const [start, end] = copyRange(call.headers['x-amz-copy-source-range'], source)
  const pieces = state.cut(source.pieces, start, end)
  const bytes: Buffer[] = []
  for await (const piece of state.bytesOf(pieces)) bytes.push(piece)
  const etag = `"${md5Hex(Buffer.concat(bytes))}"`
  const part = { number, pieces, sizeBytes: end - start, etag, modifiedAt: call.now, checksums: {} }
  state.change({ kind: 'part', bucket: call.bucket, uploadId: uploadOf(state, call).id, part })
  return { status: 200, xml: xmlDocument('CopyPartResult', { LastModified: call.now.toISOString(), ETag: etag }) }
}

function copyRange(header: string | undefined, source: S3Object): readonly [number, number] {
  if (header === undefined) return [0, source.sizeBytes]
  const match = /^bytes=(\d+)-(\d+)$/.exec(header)
  const [start, last] = [Number(match?.[1] ?? Number.NaN), Number(match?.[2] ?? Number.NaN)]
  if (start <= last && last < source.sizeBytes) return [start, last + 1]
  throw invalidArgument('The x-amz-copy-source-range value must be of the form bytes=first-last, within the source')
}

export function listParts(state: S3State, call: S3Call): Answer {
  const upload = uploadOf(state, call)
  const after = Number(call.query.get('part-number-marker') ?? 0)
  const max = Math.min(1000, Number(call.query.get('max-parts') ?? 1000))
  const all = [...upload.parts.values()].toSorted((a, b) => a.number - b.number).filter(({ number }) => number > after)
  const page = all.slice(0, max)
  const result = {
    ...{ Bucket: call.bucket, Key: call.key, UploadId: upload.id, PartNumberMarker: after, MaxParts: max },
    NextPartNumberMarker: page.at(-1)?.number,
    IsTruncated: all.length > page.length,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: part.modifiedAt.toISOString(),
      ETag: part.etag,
      Size: part.sizeBytes,
    })),
  }
  return { status: 200, xml: xmlDocument('ListPartsResult', result) }
}

export function abortUpload(state: S3State, call: S3Call): Answer {
  state.change({ kind: 'ended', bucket: call.bucket, uploadId: uploadOf(state, call).id })
  return { status: 204 }
}

export function completeUpload(state: S3State, call: S3Call, body: Body): Answer {
  const upload = uploadOf(state, call)
  const parts = namedParts(upload, body.bytes.toString('utf8'))
  for (const part of parts.slice(0, -1)) {
    if (part.sizeBytes >= MIN_PART_BYTES) continue
    throw new S3Error('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size')
  }
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  if (sizeBytes > MAX_OBJECT_BYTES) throw new S3Error('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum')
  demandWritable(state.bucket(call.bucket).objects.get(call.key), call.headers)
  const md5s = Buffer.from(parts.map((part) => part.etag.slice(1, -1)).join(''), 'hex')
  const etag = `"${md5Hex(md5s)}-${parts.length}"`
  const object: S3Object = {
    ...{ key: call.key, sizeBytes, etag, modifiedAt: call.now, headers: upload.headers, checksums: {} },
    pieces: parts.flatMap((part) => part.pieces),
  }
  state.change({ kind: 'object', bucket: call.bucket, object })
  state.change({ kind: 'ended', bucket: call.bucket, uploadId: upload.id })
  const result = { Location: `/${call.bucket}/${call.key}`, Bucket: call.bucket, Key: call.key, ETag: etag }
  return { status: 200, xml: xmlDocument('CompleteMultipartUploadResult', result) }
}

/** The parts that a completion names, in its order, when they are as it says. */
function namedParts(upload: S3Upload, xml: string): S3Part[] {
  demandRoot(xml, 'CompleteMultipartUpload')
  const named = innerOf(xml, 'Part')
  if (named.length === 0) throw new S3Error('MalformedXML', 400, 'You must specify at least one part')
  let before = 0
  return named.map((one) => {
    const number = Number(textOf(one, 'PartNumber'))
    if (!(number > before)) throw new S3Error('InvalidPartOrder', 400, 'The list of parts was not in ascending order.')
    before = number
    const part = upload.parts.get(number)
    const etag = (textOf(one, 'ETag') ?? '').replaceAll('"', '')
    if (part === undefined || part.etag !== `"${etag}"`) {
      throw new S3Error('InvalidPart', 400, 'One or more of the specified parts could not be found.')
    }
    for (const [name, value] of Object.entries(part.checksums)) {
      const told = textOf(
        one,
        name.replace('x-amz-checksum-', 'Checksum').replace(/crc|sha/, (kind) => kind.toUpperCase()),
      )
      if (told !== undefined && told !== value) throw invalidRequest(`The ${name} of part ${number} is another`)
    }
    return part
  })
}
