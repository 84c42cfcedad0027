import { type Draft, type DraftOptions, ObjectNotFound, StorageFull } from '../storage.ts'
import { type ObjectHead, type S3Bucket, WRITE_ID } from './bucket.ts'
import { type Cursor, bytesBefore, cursorAt, extendChain, partsOf } from './cursor.ts'
import { InFlight } from './in-flight.ts'
import {
  MAX_PARTS,
  type Multipart,
  abortMultipart,
  completeMultipart,
  copyPart,
  createMultipart,
  partBytesFor,
  sendPart,
} from './multipart.ts'
import { openReading } from './reading.ts'
import { deleteTails, putTail, tailSizes } from './tails.ts'

const MIB = 1024 * 1024
// A file whose size nobody told may have 78 GiB.
const PART_BYTES = 8 * MIB
const PARTS_AT_ONCE = 2

/**
 * An object on S3 that grows over many requests, in whatever process. Full parts of one multipart upload, all of one size,
 * hold the beginning; a tail holds the rest and the state (docs/decisions/0013). The same bytes written at the same place
 * again replace what was there.
 */
export class S3Draft implements Draft {
  // Parts are sent as they fill. Flushing in between would send the unfinished one once more each time.
  readonly flushEveryBytes = Number.POSITIVE_INFINITY
  readonly #bucket: S3Bucket
  readonly #key: string
  readonly #partBytes: number
  /** Sizes of the tails that are stored, ascending. */
  #tails: readonly number[]
  #sealed: ObjectHead | null
  #cursor: Cursor | null = null
  /** Where this writer began: the offset that was acknowledged then, and to which it may have to go back. */
  #baseBytes: number | null = null
  readonly #inFlight = new InFlight(PARTS_AT_ONCE)
  #syncing: Promise<unknown> = Promise.resolve()

  private constructor(
    bucket: S3Bucket,
    key: string,
    found: { readonly tails: readonly number[]; readonly sealed: ObjectHead | null; readonly partBytes: number },
  ) {
    this.#bucket = bucket
    this.#key = key
    this.#tails = found.tails
    this.#sealed = found.sealed
    this.#partBytes = found.partBytes
  }

  /** @throws ObjectNotFound when there is neither a draft nor a sealed object, and `create` is false */
  static async open(bucket: S3Bucket, key: string, options: DraftOptions): Promise<S3Draft> {
    const [tails, sealed] = await Promise.all([tailSizes(bucket, key), bucket.head(key)])
    if (!options.create && tails.length === 0 && sealed === null) throw ObjectNotFound()
    const { expectedBytes } = options
    const partBytes = expectedBytes === undefined ? PART_BYTES : partBytesFor(expectedBytes)
    return new S3Draft(bucket, key, { tails, sealed, partBytes })
  }

  size(): Promise<number> {
    return Promise.resolve(this.#sizeBytes)
  }

  get #sizeBytes(): number {
    if (this.#cursor !== null) return bytesBefore(this.#cursor)
    return this.#tails.at(-1) ?? this.#sealed?.sizeBytes ?? 0
  }

  async write(buffers: readonly Buffer[], offset: number): Promise<void> {
    const cursor = await this.#moveTo(offset)
    for (const bytes of buffers) {
      for (let at = 0; at < bytes.length;) {
        if (cursor.restBytes === 0) cursor.rest = Buffer.allocUnsafeSlow(cursor.partBytes)
        const takenBytes = Math.min(bytes.length - at, cursor.partBytes - cursor.restBytes)
        const fills = cursor.restBytes + takenBytes === cursor.partBytes
        // Waits before the last byte: a flush never meets a part that is full and not on its way.
        const multipart = fills ? await this.#readyToSend(cursor) : null
        // The caller may use its buffers again.
        bytes.copy(cursor.rest, cursor.restBytes, at, at + takenBytes)
        cursor.restBytes += takenBytes
        at += takenBytes
        if (multipart !== null) this.#send(cursor, multipart)
      }
    }
  }

  async append(fromKey: string, offset: number, beforeStep?: () => void): Promise<number> {
    const from = await this.#bucket.head(fromKey)
    if (from === null) throw ObjectNotFound()
    const cursor = await this.#moveTo(offset)
    const { partBytes } = cursor
    const fillBytes = Math.min(from.sizeBytes, (partBytes - cursor.restBytes) % partBytes)
    await this.#carry(fromKey, 0, fillBytes, beforeStep)
    let at = fillBytes
    for (; at + partBytes <= from.sizeBytes; at += partBytes) {
      beforeStep?.()
      const multipart = await this.#readyToSend(cursor)
      const range = { start: at, end: at + partBytes - 1 }
      this.#start(cursor, (number) =>
        copyPart(this.#bucket, multipart, number, { key: fromKey, etag: from.etag, range }),
      )
    }
    await this.#carry(fromKey, at, from.sizeBytes, beforeStep)
    return offset + from.sizeBytes
  }

  /** Writes bytes of another object behind the cursor that fill no part, through this process. */
  async #carry(fromKey: string, start: number, end: number, beforeStep?: () => void): Promise<void> {
    if (start === end) return
    const pieces = await openReading(this.#bucket, fromKey, { start, end: end - 1 })
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      beforeStep?.()
      await this.write([piece], this.#sizeBytes)
    }
  }

  /**
   * Stores a tail for all that is written. Of the others those stay that this writer, or the next one after a crash, most
   * likely goes back to: where it began, and the last but one.
   */
  sync(): Promise<void> {
    const run = this.#syncing.then(() => this.#sync())
    this.#syncing = run.catch(() => undefined)
    return run
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#settle()
    const beyond = this.#tails.filter((size) => size > sizeBytes)
    if (this.#sizeBytes <= sizeBytes && beyond.length === 0) return
    await this.#moveTo(sizeBytes)
    // Parts are found through a tail: they must not be lost with the last one.
    await this.sync()
    await this.#prune(beyond)
  }

  async seal(sizeBytes: number): Promise<void> {
    await this.#settle()
    const size = this.#sizeBytes
    if (size < sizeBytes) throw new Error(`A draft has ${size} bytes where ${sizeBytes} were written`)
    if (this.#cursor === null && this.#tails.length === 0 && this.#sealed?.sizeBytes === sizeBytes) return
    const cursor = await this.#moveTo(sizeBytes)
    const rest = cursor.rest.subarray(0, cursor.restBytes)
    if (cursor.partCount > 0) await this.#complete(cursor, rest)
    else {
      await this.#bucket.putHashed(this.#key, rest, { [WRITE_ID]: cursor.writeId })
      if (cursor.multipart !== null) await abortMultipart(this.#bucket, cursor.multipart)
    }
    await this.#prune(this.#tails)
    this.#sealed = await this.#bucket.head(this.#key)
    this.#cursor = null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settle()
  }

  /** Waits until nothing is under way; what failed was never acknowledged. */
  async #settle(): Promise<void> {
    await this.#syncing
    await this.#inFlight.reset()
  }

  /** The cursor at `offset`, from where on everything is written anew. */
  async #moveTo(offset: number): Promise<Cursor> {
    const live = this.#cursor
    if (live !== null && offset === bytesBefore(live)) return live
    await this.#settle()
    if (live !== null && offset < bytesBefore(live) && offset >= live.partCount * live.partBytes) {
      live.restBytes = offset - live.partCount * live.partBytes
      // What comes now may be other bytes, up to the same size.
      live.storedBytes = null
      return live
    }
    this.#baseBytes ??= offset
    const [bucket, key, tails, sealed] = [this.#bucket, this.#key, this.#tails, this.#sealed]
    this.#cursor = await cursorAt({ bucket, key, tails, sealed, partBytes: this.#partBytes, live }, offset)
    return this.#cursor
  }

  /** Waits until the next part can be sent at once. */
  async #readyToSend(cursor: Cursor): Promise<Multipart> {
    if (cursor.partCount >= MAX_PARTS - 1) {
      const mostBytes = MAX_PARTS * cursor.partBytes
      throw StorageFull({ detail: `A file whose size is not told beforehand has at most ${mostBytes} bytes here` })
    }
    cursor.multipart ??= await createMultipart(this.#bucket, this.#key, { [WRITE_ID]: cursor.writeId })
    await this.#inFlight.room()
    return cursor.multipart
  }

  #send(cursor: Cursor, multipart: Multipart): void {
    const bytes = cursor.rest
    this.#start(cursor, (number) => sendPart(this.#bucket, multipart, number, bytes))
  }

  /** Begins to make the next full part; its bytes count from now on. */
  #start(cursor: Cursor, make: (number: number) => Promise<string>): void {
    const [number, sizeBytes] = [cursor.partCount + 1, cursor.partBytes]
    cursor.sent[number - 1] = undefined
    cursor.partCount = number
    cursor.restBytes = 0
    this.#inFlight.start(async () => {
      cursor.sent[number - 1] = { number, sizeBytes, etag: await make(number) }
    })
  }

  async #sync(): Promise<void> {
    const cursor = this.#cursor
    if (cursor === null) return
    // What is written from here on belongs to the next flush. Bytes of `rest` that are there do not change.
    const { partCount, partBytes, writeId, rest, restBytes, storedBytes } = cursor
    const sizeBytes = partCount * partBytes + restBytes
    const nothing = sizeBytes === 0 && cursor.multipart === null
    if (storedBytes === sizeBytes || nothing) return
    await this.#inFlight.settled()
    extendChain(cursor, partCount)
    const uploadId = cursor.multipart?.uploadId ?? null
    const tail = { sizeBytes, partBytes, writeId, uploadId, chain: cursor.chain }
    await putTail(this.#bucket, this.#key, tail, rest.subarray(0, restBytes))
    const kept = new Set([this.#baseBytes, storedBytes, sizeBytes])
    cursor.storedBytes = sizeBytes
    this.#tails = [...new Set([...this.#tails, sizeBytes])].toSorted((a, b) => a - b)
    await this.#prune(this.#tails.filter((size) => !kept.has(size)))
  }

  async #complete(cursor: Cursor, rest: Buffer): Promise<void> {
    const { multipart, partCount } = cursor
    if (multipart === null) throw new Error('A draft has parts and no multipart upload')
    const parts = await partsOf(this.#bucket, cursor, multipart)
    if (rest.length > 0) {
      const [number, sizeBytes] = [partCount + 1, rest.length]
      parts.push({ number, sizeBytes, etag: await sendPart(this.#bucket, multipart, number, rest) })
    }
    await completeMultipart(this.#bucket, multipart, parts)
  }

  async #prune(sizes: readonly number[]): Promise<void> {
    if (sizes.length === 0) return
    await deleteTails(this.#bucket, this.#key, sizes)
    this.#tails = this.#tails.filter((size) => !sizes.includes(size))
  }
}
