import type { Answer, S3Call } from './call.ts'
import { invalidArgument } from './errors.ts'
import type { S3State } from './state.ts'
import { uriEncode } from './signature.ts'
import { xmlDocument } from './xml.ts'

const MAX_KEYS = 1000
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function maxOf(text: string | null): number {
  const max = Number(text ?? MAX_KEYS)
  if (!Number.isInteger(max) || max < 0) throw invalidArgument('A maximum must be an integer between 0 and 2147483647')
  return Math.min(max, MAX_KEYS)
}

/** What a listing shows of one key: itself, or the prefix that it shares up to the delimiter. */
function shownAs(key: string, prefix: string, delimiter: string): { readonly name: string; readonly common: boolean } {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return at < 0 ? { name: key, common: false } : { name: key.slice(0, at + delimiter.length), common: true }
}

export function listObjects(state: S3State, call: S3Call): Answer {
  const { objects } = state.bucket(call.bucket)
  const asked = (name: string): string => call.query.get(name) ?? ''
  const [prefix, delimiter, token] = [asked('prefix'), asked('delimiter'), asked('continuation-token')]
  const after = token === '' ? asked('start-after') : Buffer.from(token, 'base64url').toString('utf8')
  const max = maxOf(call.query.get('max-keys'))
  const encode = asked('encoding-type') === 'url' ? uriEncode : (text: string): string => text
  const shown = new Map<string, boolean>()
  for (const key of [...objects.keys()].filter((one) => one.startsWith(prefix)).toSorted(bytewise)) {
    const { name, common } = shownAs(key, prefix, delimiter)
    if (bytewise(name, after) > 0 && !(common && after.startsWith(name))) shown.set(name, common)
    if (shown.size > max) break
  }
  const page = [...shown].slice(0, max)
  const truncated = shown.size > page.length
  const contents = page.filter(([, common]) => !common).flatMap(([key]) => objects.get(key) ?? [])
  const result = {
    ...{ Name: call.bucket, Prefix: encode(prefix), MaxKeys: max, KeyCount: page.length, IsTruncated: truncated },
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    ContinuationToken: token === '' ? undefined : token,
    NextContinuationToken: truncated ? Buffer.from(page.at(-1)?.[0] ?? '').toString('base64url') : undefined,
    Contents: contents.map((object) => ({
      Key: encode(object.key),
      LastModified: object.modifiedAt.toISOString(),
      ETag: object.etag,
      Size: object.sizeBytes,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.filter(([, common]) => common).map(([name]) => ({ Prefix: encode(name) })),
  }
  return { status: 200, xml: xmlDocument('ListBucketResult', result) }
}

export function listUploads(state: S3State, call: S3Call): Answer {
  const prefix = call.query.get('prefix') ?? ''
  const [keyMarker, idMarker] = [call.query.get('key-marker') ?? '', call.query.get('upload-id-marker') ?? '']
  const max = maxOf(call.query.get('max-uploads'))
  const all = [...state.bucket(call.bucket).uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .toSorted((a, b) => bytewise(a.key, b.key) || bytewise(a.id, b.id))
    .filter(({ key, id }) => {
      const order = bytewise(key, keyMarker)
      return order > 0 || (order === 0 && idMarker !== '' && bytewise(id, idMarker) > 0)
    })
  const page = all.slice(0, max)
  const truncated = all.length > page.length
  const result = {
    ...{ Bucket: call.bucket, KeyMarker: keyMarker, UploadIdMarker: idMarker, MaxUploads: max, Prefix: prefix },
    NextKeyMarker: truncated ? page.at(-1)?.key : undefined,
    NextUploadIdMarker: truncated ? page.at(-1)?.id : undefined,
    IsTruncated: truncated,
    Upload: page.map(({ key, id, initiatedAt }) => ({ Key: key, UploadId: id, Initiated: initiatedAt.toISOString() })),
  }
  return { status: 200, xml: xmlDocument('ListMultipartUploadsResult', result) }
}
