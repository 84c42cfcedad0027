import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { ByteRange } from '../storage.ts'
import type { S3Bucket } from './bucket.ts'
import { reading, s3CodeOf } from './errors.ts'

const ATTEMPTS = 5
const PAUSE_MS = 100

/**
 * A stream of an object or a range of it. When the connection breaks, or stands still, the rest is asked for anew, of the
 * same version of the object; after five failures without a byte between them the stream fails.
 * @throws ObjectNotFound
 * @throws StorageUnavailable
 */
export async function openReading(bucket: S3Bucket, key: string, range?: ByteRange): Promise<Readable> {
  const first = await reading(() => bucket.get(key, range)).catch(emptyBeyondEnd)
  if (first === null) return Readable.from([])
  const start = range?.start ?? 0
  const end = start + first.head.sizeBytes
  let body = first.body
  async function* pieces(): AsyncGenerator<Buffer> {
    let at = start
    let iterator = body[Symbol.asyncIterator]()
    for (let failures = 0; at < end;) {
      let piece: Buffer | null
      try {
        const next = await iterator.next()
        piece = next.done === true ? null : (next.value as Buffer)
        if (piece === null) throw Object.assign(new Error('The body ended early'), { code: 'ECONNRESET' })
      } catch (error) {
        failures += 1
        if (failures === ATTEMPTS) return await reading(() => Promise.reject(error as Error))
        await wait(PAUSE_MS * 2 ** (failures - 1))
        body = (await reading(() => bucket.get(key, { start: at, end: end - 1 }, first?.head.etag))).body
        iterator = body[Symbol.asyncIterator]()
        continue
      }
      failures = 0
      at += piece.length
      yield piece
    }
  }
  const stream = Readable.from(pieces(), { objectMode: false, highWaterMark: 256 * 1024 })
  // A stream that is destroyed before its first byte was asked for never enters the generator.
  return stream.once('close', () => body.destroy())
}

/** A range that begins behind the end has no bytes. */
function emptyBeyondEnd(error: unknown): null {
  if (s3CodeOf(error) === 'InvalidRange') return null
  throw error
}
