import type { Body } from './body.ts'
import { S3Error, invalidArgument, invalidRequest, noSuchKey, preconditionFailed } from './errors.ts'
import type { Answer, S3Call } from './call.ts'
import { type S3Object, type S3State, md5Hex } from './state.ts'
import { demandRoot, innerOf, textOf, xmlDocument } from './xml.ts'

const MAX_COPY_BYTES = 5 * 1024 ** 3

/** The headers of a request that stay with the object. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-') || name === 'content-type')
  const metadataBytes = kept.reduce((sum, [name, value]) => {
    return name.startsWith('x-amz-meta-') ? sum + name.length - 'x-amz-meta-'.length + value.length : sum
  }, 0)
  if (metadataBytes > 2048) throw new S3Error('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum')
  return Object.fromEntries(kept)
}

export async function putObject(state: S3State, call: S3Call, body: Body): Promise<Answer> {
  const { bytes, checksums } = body
  const piece = await state.keep(bytes)
  // Only now, in one go with the change: what was there a moment ago may have been replaced.
  demandWritable(state.bucket(call.bucket).objects.get(call.key), call.headers)
  const etag = `"${md5Hex(bytes)}"`
  const object: S3Object = {
    ...{ key: call.key, pieces: [piece], sizeBytes: bytes.length, etag, modifiedAt: call.now, checksums },
    headers: keptHeaders(call.headers),
  }
  state.change({ kind: 'object', bucket: call.bucket, object })
  return { status: 200, headers: { ETag: etag, ...checksums } }
}

/** Conditional writes: `If-None-Match: *` and `If-Match`. */
export function demandWritable(found: S3Object | undefined, headers: Readonly<Record<string, string>>): void {
  const { 'if-none-match': noneMatch, 'if-match': match } = headers
  if (noneMatch !== undefined && noneMatch !== '*') throw invalidRequest('If-None-Match takes * only')
  if (noneMatch === '*' && found !== undefined) throw preconditionFailed()
  if (match === undefined) return
  if (found === undefined) throw noSuchKey()
  if (match !== '*' && unquoted(match) !== unquoted(found.etag)) throw preconditionFailed()
}

const unquoted = (etag: string): string => etag.trim().replaceAll('"', '')

export function getObject(state: S3State, call: S3Call): Answer {
  const object = state.bucket(call.bucket).objects.get(call.key)
  if (object === undefined) throw noSuchKey()
  const headers = {
    ...object.headers,
    ...(call.headers['x-amz-checksum-mode'] === 'ENABLED' && call.headers['range'] === undefined
      ? object.checksums
      : {}),
    ETag: object.etag,
    'Last-Modified': object.modifiedAt.toUTCString(),
    'Accept-Ranges': 'bytes',
  }
  if (notModified(object, call.headers)) return { status: 304, headers }
  const range = rangeOf(call.headers['range'], object.sizeBytes)
  const [start, end] = range ?? [0, object.sizeBytes]
  return {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      'Content-Length': String(end - start),
      ...(range === null ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${object.sizeBytes}` }),
    },
    ...(call.method === 'HEAD' ? {} : { stream: state.bytesOf(object.pieces, start, end) }),
  }
}

/** @throws S3Error PreconditionFailed */
function notModified(object: S3Object, headers: Readonly<Record<string, string>>): boolean {
  const modifiedS = Math.floor(object.modifiedAt.getTime() / 1000)
  const secondsOf = (date: string): number => Math.floor(Date.parse(date) / 1000)
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  const { 'if-modified-since': since, 'if-unmodified-since': unlessSince } = headers
  if (match !== undefined) {
    if (match !== '*' && unquoted(match) !== unquoted(object.etag)) throw preconditionFailed()
  } else if (unlessSince !== undefined && modifiedS > secondsOf(unlessSince)) throw preconditionFailed()
  if (noneMatch !== undefined) return noneMatch === '*' || unquoted(noneMatch) === unquoted(object.etag)
  return since !== undefined && modifiedS <= secondsOf(since)
}

/** [start, end) of the one range that S3 understands; null for the whole, also when the header is none. */
function rangeOf(header: string | undefined, sizeBytes: number): readonly [number, number] | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const suffix = match[1] === ''
  const start = suffix ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1])
  const last = suffix || match[2] === '' ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1)
  if (!suffix && match[2] !== '' && Number(match[2]) < start) return null
  if (start >= sizeBytes) throw new S3Error('InvalidRange', 416, 'The requested range is not satisfiable')
  return [start, last + 1]
}

export function deleteObject(state: S3State, call: S3Call): Answer {
  if (state.bucket(call.bucket).objects.has(call.key)) {
    state.change({ kind: 'deleted', bucket: call.bucket, key: call.key })
  }
  return { status: 204 }
}

export function deleteObjects(state: S3State, call: S3Call, { bytes, checksums }: Body): Answer {
  if (Object.keys(checksums).length === 0 && call.headers['content-md5'] === undefined) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*')
  }
  const xml = bytes.toString('utf8')
  demandRoot(xml, 'Delete')
  const keys = innerOf(xml, 'Object').map((one) => textOf(one, 'Key') ?? '')
  if (keys.length === 0 || keys.length > 1000) throw new S3Error('MalformedXML', 400, 'One to 1000 keys are deleted')
  for (const key of keys) deleteObject(state, { ...call, key })
  const quiet = textOf(xml, 'Quiet') === 'true'
  return { status: 200, xml: xmlDocument('DeleteResult', quiet ? {} : { Deleted: keys.map((Key) => ({ Key })) }) }
}

/** The object that `x-amz-copy-source` names, when its conditions hold. */
export function copySource(state: S3State, call: S3Call): S3Object {
  const source = decodeURIComponent((call.headers['x-amz-copy-source'] ?? '').replace(/^\//, ''))
  const at = source.indexOf('/')
  if (at < 1) throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  const object = state.bucket(source.slice(0, at)).objects.get(source.slice(at + 1))
  if (object === undefined) throw noSuchKey()
  const { 'x-amz-copy-source-if-match': match, 'x-amz-copy-source-if-none-match': noneMatch } = call.headers
  if (match !== undefined && unquoted(match) !== unquoted(object.etag)) throw preconditionFailed()
  if (noneMatch !== undefined && unquoted(noneMatch) === unquoted(object.etag)) throw preconditionFailed()
  return object
}

export function copyObject(state: S3State, call: S3Call): Answer {
  const source = copySource(state, call)
  const replace = call.headers['x-amz-metadata-directive'] === 'REPLACE'
  if (source.sizeBytes > MAX_COPY_BYTES) {
    throw invalidRequest('The specified copy source is larger than the maximum allowable size for a copy source')
  }
  if (source === state.bucket(call.bucket).objects.get(call.key) && !replace) {
    throw invalidRequest('This copy request is illegal because it is trying to copy an object to itself')
  }
  demandWritable(state.bucket(call.bucket).objects.get(call.key), call.headers)
  const headers = replace ? keptHeaders(call.headers) : source.headers
  const object = { ...source, key: call.key, modifiedAt: call.now, headers }
  state.change({ kind: 'object', bucket: call.bucket, object })
  const result = { LastModified: call.now.toISOString(), ETag: source.etag }
  return { status: 200, xml: xmlDocument('CopyObjectResult', result) }
}
