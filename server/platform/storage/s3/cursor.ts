import { buffer } from 'node:stream/consumers'
import { isProblem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { ObjectNotFound } from '../storage.ts'
import type { ObjectHead, S3Bucket } from './bucket.ts'
import { WRITE_ID } from './bucket.ts'
import { reading } from './errors.ts'
import { InFlight } from './in-flight.ts'
import { type Multipart, type SentPart, completeMultipart, copyPart, createMultipart, sentParts } from './multipart.ts'
import { type Tail, chained, readTail, writesOf } from './tails.ts'

/** Where the next byte of a draft goes. */
export interface Cursor {
  readonly writeId: string
  readonly partBytes: number
  /** null while there is no full part. */
  multipart: Multipart | null
  /** Full parts so far. */
  partCount: number
  /** What is known of the parts, by number − 1; a part that an earlier request sent is a hole. */
  readonly sent: (SentPart | undefined)[]
  /** The parts that were there when this cursor was made, and the chain over them. */
  readonly found: { readonly partCount: number; readonly chain: string }
  /** The chain over the first `chainedParts` parts. */
  chain: string
  chainedParts: number
  /** What follows the full parts; allocated with its first byte. */
  rest: Buffer
  restBytes: number
  /** For how many bytes a tail of this very state is stored; null: for none. */
  storedBytes: number | null
}

/** What there is of a draft, and what a writer knows of it. */
export interface Standing {
  readonly bucket: S3Bucket
  readonly key: string
  /** Sizes of the tails, ascending. */
  readonly tails: readonly number[]
  readonly sealed: ObjectHead | null
  /** The size of parts for a draft that begins. */
  readonly partBytes: number
  /** The writer's own cursor, when it goes back behind it. */
  readonly live: Cursor | null
}

const COPIES_AT_ONCE = 8

/** How many bytes lie before a cursor. */
export function bytesBefore(cursor: Cursor): number {
  return cursor.partCount * cursor.partBytes + cursor.restBytes
}

type State = Pick<Cursor, 'writeId' | 'partBytes' | 'multipart'> & {
  readonly partCount: number
  readonly chain: string
  readonly sent?: readonly (SentPart | undefined)[]
}

function cursorOf(state: State, rest: Buffer, storedBytes: number | null): Cursor {
  const { partCount, chain, partBytes } = state
  const room = rest.length === 0 ? rest : Buffer.allocUnsafeSlow(partBytes)
  rest.copy(room)
  return {
    ...state,
    ...{ sent: [...(state.sent ?? [])], found: { partCount, chain }, chainedParts: partCount },
    ...{ rest: room, restBytes: rest.length, storedBytes },
  }
}

/**
 * The cursor at `offset` of a draft that has at least as many bytes. Nearly always a tail ends there. Otherwise: at the
 * end of a part the parts before are enough, and within one that is sent (which cannot be read back) the object is made of
 * the parts there are, and its beginning copied to new ones.
 * @throws ObjectNotFound when the bytes before are not there any more
 */
export async function cursorAt(standing: Standing, offset: number): Promise<Cursor> {
  const { bucket, key, tails, sealed, partBytes, live } = standing
  const near = tails.find((size) => size >= offset) ?? tails.at(-1)
  if (near === undefined && (live === null || live.multipart === null)) {
    if (offset > 0 && sealed !== null) return cursorInSealed(bucket, key, sealed, partBytes, offset)
    if (offset > 0) throw ObjectNotFound({ detail: 'The growing object is not there' })
    return cursorOf({ writeId: newId(), partBytes, multipart: null, partCount: 0, chain: '' }, Buffer.alloc(0), null)
  }
  const { tail, bytes } = near === undefined ? tailOfLive(live) : await readTail(bucket, key, near)
  if (sealed?.metadata[WRITE_ID] === tail.writeId) {
    return cursorInSealed(bucket, key, sealed, tail.partBytes, offset)
  }
  const partCount = Math.floor(offset / tail.partBytes)
  const multipart = live?.writeId === tail.writeId ? live.multipart : await multipartOf(standing, tail)
  if (partCount === Math.floor(tail.sizeBytes / tail.partBytes) && tail.sizeBytes >= offset && near !== undefined) {
    const state = { writeId: tail.writeId, partBytes: tail.partBytes, multipart, partCount, chain: tail.chain }
    const stored = tail.sizeBytes === offset && multipart?.uploadId === (tail.uploadId ?? undefined) ? offset : null
    return cursorOf(state, bytes.subarray(0, offset - partCount * tail.partBytes), stored)
  }
  if (multipart === null) throw ObjectNotFound({ detail: 'The parts of the growing object are not known' })
  return cursorInParts(standing, { ...tail, uploadId: multipart.uploadId }, multipart, offset)
}

/** The upload that a tail belongs to. It may have begun with a later one: what that has sent must not be forgotten. */
async function multipartOf({ bucket, key, tails }: Standing, tail: Tail): Promise<Multipart | null> {
  const { uploadId, writeId } = tail
  if (uploadId !== null) return { key, uploadId, writeId }
  const last = tails.at(-1) ?? tail.sizeBytes
  const writes = last > tail.sizeBytes ? await writesOf(bucket, key, [last]) : []
  const begun = writes.find((write) => write.writeId === writeId)?.uploadId ?? null
  return begun === null ? null : { key, uploadId: begun, writeId }
}

/** What a writer knows that has never stored a tail. */
function tailOfLive(live: Cursor | null): { readonly tail: Tail; readonly bytes: Buffer } {
  if (live === null) throw ObjectNotFound({ detail: 'The growing object is not there' })
  const { writeId, partBytes, multipart } = live
  const tail = { sizeBytes: 0, writeId, partBytes, uploadId: multipart?.uploadId ?? null, chain: '' }
  return { tail, bytes: Buffer.alloc(0) }
}

/** The cursor behind the first parts of a multipart upload, or within one of them. */
async function cursorInParts(standing: Standing, tail: Tail, multipart: Multipart, offset: number): Promise<Cursor> {
  const { bucket, key } = standing
  const { writeId, partBytes } = tail
  const wanted = Math.ceil(offset / partBytes)
  const parts = await partsFromFirst(bucket, multipart, wanted, partBytes)
  if (parts === null) {
    const made = await bucket.head(key)
    if (made?.metadata[WRITE_ID] !== writeId) throw ObjectNotFound({ detail: 'Parts of the growing object are lost' })
    return cursorInSealed(bucket, key, made, partBytes, offset)
  }
  if (wanted * partBytes === offset) {
    const chain = parts.reduce((before, part) => chained(before, part.etag), '')
    return cursorOf({ writeId, partBytes, multipart, partCount: wanted, chain, sent: parts }, Buffer.alloc(0), null)
  }
  await completeMultipart(bucket, multipart, parts)
  const made = await bucket.head(key)
  if (made === null) throw ObjectNotFound({ detail: 'The growing object is not there' })
  return cursorInSealed(bucket, key, made, partBytes, offset)
}

/** The first `count` parts, all full; null when the upload is not there or they are not. */
async function partsFromFirst(
  bucket: S3Bucket,
  multipart: Multipart,
  count: number,
  partBytes: number,
): Promise<SentPart[] | null> {
  try {
    const arrived = count === 0 ? new Map<number, SentPart>() : await sentParts(bucket, multipart)
    const first = Array.from({ length: count }, (_, index) => arrived.get(index + 1))
    const whole = first.filter((part) => part !== undefined && part.sizeBytes === partBytes)
    return whole.length === count ? (whole as SentPart[]) : null
  } catch (error) {
    if (isProblem(error, ObjectNotFound)) return null
    throw error
  }
}

/** Begins a draft anew with the first `offset` bytes of an object that was already made under its key. */
async function cursorInSealed(
  bucket: S3Bucket,
  key: string,
  sealed: ObjectHead,
  partBytes: number,
  offset: number,
): Promise<Cursor> {
  const [writeId, partCount] = [newId(), Math.floor(offset / partBytes)]
  const from = partCount * partBytes
  const rest =
    offset === from
      ? Buffer.alloc(0)
      : await reading(async () => buffer((await bucket.get(key, { start: from, end: offset - 1 }, sealed.etag)).body))
  if (rest.length !== offset - from) throw ObjectNotFound({ detail: 'The object has fewer bytes' })
  const state = { writeId, partBytes, multipart: null, partCount, chain: '' }
  if (partCount === 0) return cursorOf(state, rest, null)
  const multipart = await createMultipart(bucket, key, { [WRITE_ID]: writeId })
  const inFlight = new InFlight(COPIES_AT_ONCE)
  const sent: SentPart[] = []
  for (let number = 1; number <= partCount; number += 1) {
    const range = { start: (number - 1) * partBytes, end: number * partBytes - 1 }
    await inFlight.room()
    inFlight.start(async () => {
      const etag = await copyPart(bucket, multipart, number, { key, etag: sealed.etag, range })
      sent[number - 1] = { number, sizeBytes: partBytes, etag }
    })
  }
  await inFlight.settled()
  const chain = sent.reduce((before, part) => chained(before, part.etag), '')
  return cursorOf({ ...state, multipart, chain, sent }, rest, null)
}

/** Counts parts whose ETags have become known into the chain. */
export function extendChain(cursor: Cursor, partCount: number): void {
  for (; cursor.chainedParts < partCount; cursor.chainedParts += 1) {
    const part = cursor.sent[cursor.chainedParts]
    if (part === undefined) throw new Error(`Part ${cursor.chainedParts + 1} of a draft has not arrived`)
    cursor.chain = chained(cursor.chain, part.etag)
  }
}

/**
 * All full parts before a cursor.
 * @throws ObjectNotFound when one is lost, or another than the one that was acknowledged
 */
export async function partsOf(bucket: S3Bucket, cursor: Cursor, multipart: Multipart): Promise<SentPart[]> {
  const { partCount, partBytes, found } = cursor
  const known = Array.from({ length: partCount }, (_, index) => cursor.sent[index])
  const holes = known.some((part) => part === undefined)
  const arrived = holes ? await partsFromFirst(bucket, multipart, partCount, partBytes) : null
  if (holes && arrived === null) throw ObjectNotFound({ detail: 'Parts of the growing object are lost' })
  const parts = known.map((part, index) => part ?? arrived?.[index]).filter((part) => part !== undefined)
  const chain = parts.slice(0, found.partCount).reduce((before, part) => chained(before, part.etag), '')
  if (chain !== found.chain) throw ObjectNotFound({ detail: 'Parts of the growing object were replaced' })
  return parts
}
