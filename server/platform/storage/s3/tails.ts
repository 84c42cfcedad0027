import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type S3Bucket, WRITE_ID } from './bucket.ts'
import { reading } from './errors.ts'
import { type Multipart, abortMultipart } from './multipart.ts'

/** Where tails live: no storage key has a part that begins with a dot. */
const AREA = '.drafts/'
const UPLOAD_ID = 'airdate-upload'
const PART_BYTES = 'airdate-part-bytes'
const CHAIN = 'airdate-chain'
const DIGITS = 16

/**
 * The state of a growing object, durable and complete: an object whose name tells how many bytes there are, whose body is
 * the bytes behind the last full part, and whose metadata tell where the parts are.
 */
export interface Tail {
  readonly sizeBytes: number
  readonly partBytes: number
  readonly writeId: string
  /** null while there is no full part. */
  readonly uploadId: string | null
  /** `chained` over the ETags of the full parts. */
  readonly chain: string
}

/** A tail of a listing. */
export interface ListedTail {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
}

/** What stands for the parts so far: another part under one of their numbers gives another. '' is the chain of none. */
export function chained(chain: string, etag: string): string {
  return createHash('sha256').update(`${chain} ${etag}`).digest('hex')
}

/** `!` sorts before every character of a key: tails are listed in the order of the keys. */
function tailKey(key: string, sizeBytes: number): string {
  return `${AREA}${key}!${String(sizeBytes).padStart(DIGITS, '0')}`
}

/** Tails of all drafts whose keys begin with `prefix`, in order of the keys, the smallest of each first. */
async function* listTails(bucket: S3Bucket, listed: string): AsyncGenerator<ListedTail> {
  for await (const { key: name, modifiedAt } of bucket.list(listed)) {
    const match = /^(.*)!(\d{16})$/.exec(name.slice(AREA.length))
    if (match !== null) yield { key: match[1] ?? '', sizeBytes: Number(match[2]), modifiedAt }
  }
}

export const tailsBelow = (bucket: S3Bucket, prefix: string): AsyncGenerator<ListedTail> =>
  listTails(bucket, AREA + prefix)

/** Sizes of the tails of one draft, ascending. */
export async function tailSizes(bucket: S3Bucket, key: string): Promise<number[]> {
  const sizes: number[] = []
  for await (const { sizeBytes } of listTails(bucket, `${AREA}${key}!`)) sizes.push(sizeBytes)
  return sizes
}

/** Stores a tail with its bytes; durable when it resolves. */
export async function putTail(bucket: S3Bucket, key: string, tail: Tail, bytes: Buffer): Promise<void> {
  await bucket.put(tailKey(key, tail.sizeBytes), bytes, {
    [WRITE_ID]: tail.writeId,
    [PART_BYTES]: String(tail.partBytes),
    ...(tail.uploadId === null ? {} : { [UPLOAD_ID]: tail.uploadId }),
    ...(tail.chain === '' ? {} : { [CHAIN]: tail.chain }),
  })
}

/** A tail and its bytes. */
export async function readTail(
  bucket: S3Bucket,
  key: string,
  sizeBytes: number,
): Promise<{ readonly tail: Tail; readonly bytes: Buffer }> {
  const { body, head } = await reading(() => bucket.get(tailKey(key, sizeBytes)))
  const bytes = await reading(() => buffer(body))
  const tail = tailOf(sizeBytes, head.metadata)
  if (bytes.length !== sizeBytes % tail.partBytes) throw new Error(`The tail of ${key} has ${bytes.length} bytes`)
  return { tail, bytes }
}

function tailOf(sizeBytes: number, metadata: Readonly<Record<string, string>>): Tail {
  const { [WRITE_ID]: writeId = '', [UPLOAD_ID]: uploadId = null, [CHAIN]: chain = '' } = metadata
  const partBytes = Number(metadata[PART_BYTES])
  if (!(partBytes > 0)) throw new Error('A tail does not tell the size of its parts')
  return { sizeBytes, partBytes, writeId, uploadId, chain }
}

export async function deleteTails(bucket: S3Bucket, key: string, sizes: readonly number[]): Promise<void> {
  await bucket.delete(sizes.map((sizeBytes) => tailKey(key, sizeBytes)))
}

/** The writes that tails belong to, without the bytes; several when a draft was begun anew. */
export async function writesOf(
  bucket: S3Bucket,
  key: string,
  sizes: readonly number[],
): Promise<(Pick<Multipart, 'writeId'> & { readonly uploadId: string | null })[]> {
  const writes = new Map<string, { writeId: string; uploadId: string | null }>()
  for (const sizeBytes of sizes) {
    const head = await bucket.head(tailKey(key, sizeBytes))
    if (head === null) continue
    const { writeId, uploadId } = tailOf(sizeBytes, head.metadata)
    writes.set(`${writeId} ${uploadId}`, { writeId, uploadId })
  }
  return [...writes.values()]
}

/** Removes a draft: its parts and its tails. What was sealed stays. */
export async function discardDraft(bucket: S3Bucket, key: string, sizes: readonly number[]): Promise<void> {
  for (const { uploadId } of await writesOf(bucket, key, sizes)) {
    if (uploadId !== null) await abortMultipart(bucket, { key, uploadId })
  }
  await deleteTails(bucket, key, sizes)
}
