import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { readPieces } from '../files.ts'
import type { PutOptions } from '../storage.ts'
import { type S3Bucket, SHA256 } from './bucket.ts'
import { InFlight } from './in-flight.ts'
import {
  MAX_PARTS,
  type Multipart,
  type SentPart,
  abortMultipart,
  completeMultipart,
  copyPart,
  createMultipart,
  partBytesFor,
  sendPart,
} from './multipart.ts'

const MIB = 1024 * 1024
// Larger than the least, so that a film is few requests; with those in flight, what one put holds in memory.
const PUT_PART_BYTES = 8 * MIB
const PARTS_AT_ONCE = 3
// One request copies up to 5 GiB, and takes as long as that takes. Parts of this size are quick, and go beside each other.
const COPY_PART_BYTES = 128 * MIB
const COPIES_AT_ONCE = 8

/** What was stored. */
interface Stored {
  readonly sizeBytes: number
  readonly sha256: string
}

/** Stores a stream in bounded memory: in one request when it is small, else in parts; nothing stays when it fails. */
export async function putStream(bucket: S3Bucket, key: string, body: Readable, options: PutOptions): Promise<Stored> {
  const hash = createHash('sha256')
  const partBytes = partBytesFor(options.sizeBytes ?? 0, PUT_PART_BYTES)
  const pieces = inParts(body, partBytes, options.signal)
  const hashed = async (): Promise<Buffer | null> => {
    const next = await pieces.next()
    if (next.done === true) return null
    hash.update(next.value)
    return next.value
  }
  try {
    const first = (await hashed()) ?? Buffer.alloc(0)
    const second = first.length < partBytes ? null : await hashed()
    if (second === null) return { sizeBytes: first.length, sha256: await bucket.putHashed(key, first) }
    let sizeBytes = 0
    await inMultipart(bucket, key, {}, PARTS_AT_ONCE, async (send) => {
      for (let part: Buffer | null = first; part !== null; part = part === first ? second : await hashed()) {
        const bytes = part
        sizeBytes += bytes.length
        await send(bytes.length, (to, number) => sendPart(bucket, to, number, bytes))
      }
    })
    return { sizeBytes, sha256: hash.digest('hex') }
  } finally {
    // The source of a put that failed is not read on.
    await pieces.return()
  }
}

/** Stores a local file, which is read twice: its SHA-256 stands in the head of the object. */
export async function putLocalFile(bucket: S3Bucket, key: string, path: string): Promise<Stored> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const piece of readPieces(path)) {
    hash.update(piece)
    sizeBytes += piece.length
  }
  const sha256 = hash.digest('hex')
  const partBytes = partBytesFor(sizeBytes, PUT_PART_BYTES)
  await using file = await open(path, 'r')
  const read = async (start: number): Promise<Buffer> => {
    const bytes = Buffer.allocUnsafeSlow(Math.min(partBytes, sizeBytes - start))
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was stored`)
      filled += bytesRead
    }
    return bytes
  }
  if (sizeBytes <= partBytes) await bucket.put(key, await read(0), { [SHA256]: sha256 })
  else {
    await inMultipart(bucket, key, { [SHA256]: sha256 }, PARTS_AT_ONCE, async (send) => {
      for (let start = 0; start < sizeBytes; start += partBytes) {
        const bytes = await read(start)
        await send(bytes.length, (to, number) => sendPart(bucket, to, number, bytes))
      }
    })
  }
  return { sizeBytes, sha256 }
}

/** Makes `toKey` of a large object, part by part, without carrying its bytes. */
export async function copyInParts(
  bucket: S3Bucket,
  from: { readonly key: string; readonly etag: string; readonly sizeBytes: number; readonly metadata: object },
  toKey: string,
): Promise<void> {
  const partBytes = partBytesFor(from.sizeBytes, COPY_PART_BYTES)
  await inMultipart(bucket, toKey, withoutWriteId(from.metadata), COPIES_AT_ONCE, async (send) => {
    for (let start = 0; start < from.sizeBytes; start += partBytes) {
      const range = { start, end: Math.min(from.sizeBytes, start + partBytes) - 1 }
      await send(range.end - start + 1, (to, number) => copyPart(bucket, to, number, { ...from, range }))
    }
  })
}

/** Objects up to here are copied by one request. */
export const COPY_WHOLE_BYTES = COPY_PART_BYTES

function withoutWriteId(metadata: object): Record<string, string> {
  const { [SHA256]: sha256 } = metadata as Readonly<Record<string, string>>
  return sha256 === undefined ? {} : { [SHA256]: sha256 }
}

type Send = (sizeBytes: number, make: (to: Multipart, number: number) => Promise<string>) => Promise<void>

/** Runs `work`, which makes parts in order, several at a time; completes the object, or leaves nothing. */
async function inMultipart(
  bucket: S3Bucket,
  key: string,
  metadata: Readonly<Record<string, string>>,
  atOnce: number,
  work: (send: Send) => Promise<void>,
): Promise<void> {
  const to = await createMultipart(bucket, key, metadata)
  const inFlight = new InFlight(atOnce)
  const parts: SentPart[] = []
  let count = 0
  try {
    await work(async (sizeBytes, make) => {
      count += 1
      const number = count
      if (number > MAX_PARTS) throw new RangeError(`An object of more than ${MAX_PARTS} parts: its size was not told`)
      await inFlight.room()
      inFlight.start(async () => {
        parts[number - 1] = { number, sizeBytes, etag: await make(to, number) }
      })
    })
    await inFlight.settled()
    await completeMultipart(bucket, to, parts)
  } catch (error) {
    await inFlight.reset()
    await abandon(bucket, to, error)
    throw error
  }
}

/** Aborts, and when that fails too, tells both; the sweep finds what is left then. */
async function abandon(bucket: S3Bucket, to: Multipart, reason: unknown): Promise<void> {
  try {
    await abortMultipart(bucket, to)
  } catch (error) {
    throw new AggregateError([reason, error], `${to.key} was not stored, and its parts could not be removed`, {
      cause: error,
    })
  }
}

/** The bytes of a stream in buffers of `partBytes`, the last one shorter; none of the stream's own buffers is kept. */
async function* inParts(body: Readable, partBytes: number, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  let [part, filled] = [Buffer.alloc(0), 0]
  for await (const piece of body as AsyncIterable<unknown>) {
    signal?.throwIfAborted()
    if (!(piece instanceof Uint8Array)) throw new TypeError('An object is made of bytes')
    for (let at = 0; at < piece.length;) {
      if (filled === 0) part = Buffer.allocUnsafeSlow(partBytes)
      const taken = Math.min(piece.length - at, partBytes - filled)
      part.set(piece.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < partBytes) continue
      yield part
      filled = 0
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}
