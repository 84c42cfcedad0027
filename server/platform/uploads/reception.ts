import type { IncomingMessage } from 'node:http'
import type { Draft } from '../storage/storage.ts'
import type { BodyDigest } from './body-digest.ts'
import type { EarlyBody } from './early-body.ts'

/** Why a reception ended. */
export type ReceptionEnd =
  /** The body is over, and all of it is written. */
  | 'end'
  /** The client went away before its body was over. */
  | 'vanished'
  /** Less than `minBytes` came within `windowMs`. */
  | 'too-slow'
  /** More came than `limitBytes`. */
  | 'too-long'
  /** `stop` was called: another request takes over, the lease is lost, or the server goes down. */
  | 'stopped'

export interface ReceptionOptions {
  /** The beginning of the body, when it has been taken from the source already. */
  readonly early: EarlyBody | null
  /** Where in the draft the body belongs. */
  readonly offset: number
  /** Bytes that the body may have at most. */
  readonly limitBytes: number
  /** Hashes the body, and has hashed what is `early`; null when there is no checksum to compare with. */
  readonly digest: BodyDigest | null
  /** Slower clients than `minBytes` in each `windowMs` are given up; time in which we do not read does not count. */
  readonly progress: { readonly windowMs: number; readonly minBytes: number }
  /** Asked before each write: false once another may write to the draft, and then nothing is written any more. */
  readonly mayWrite: () => boolean
}

// Pieces of 64 KiB are gathered so that one call stores several of them: each wakes a thread (bench/uploads.ts).
const WRITE_BYTES = 512 * 1024
const WRITE_PIECES = 256
// With more than this waiting for the disk, or for the hash, the socket is not read: the client feels the slower of them.
const WAITING_BYTES = 3 * 1024 * 1024

/**
 * Carries the body of one request into a draft: bounded memory whatever the client does; writing, hashing
 * and flushing happen while the next bytes arrive.
 */
export class Reception {
  readonly #source: IncomingMessage
  readonly #draft: Draft
  readonly #options: ReceptionOptions
  readonly #done = Promise.withResolvers<ReceptionEnd>()
  readonly #arrived = Promise.withResolvers<boolean>()
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #receivedBytes = 0
  #writtenBytes = 0
  #flushedAtBytes = 0
  #writing = false
  #flushing: Promise<void> | null = null
  #ended: ReceptionEnd | null = null
  #windowBytes = 0
  #blocked = false
  #failure: { readonly error: unknown } | null = null

  constructor(source: IncomingMessage, draft: Draft, options: ReceptionOptions) {
    this.#source = source
    this.#draft = draft
    this.#options = options
  }

  /** Where the next byte would be written: everything before it has been handed to the disk, not necessarily flushed. */
  get writtenTo(): number {
    return this.#options.offset + this.#writtenBytes
  }

  /** Whether all of the body came. Resolves when that is known, while the last of it may still be written. */
  get arrived(): Promise<boolean> {
    return this.#arrived.promise
  }

  /**
   * Runs until the body ends in one way or another. Everything received until then is written, unless the reception was
   * too long or lost its right to write.
   * @throws StorageFull and whatever else the draft's writes throw
   */
  async run(): Promise<ReceptionEnd> {
    const source = this.#source
    const onData = (piece: Buffer): void => this.#take(piece)
    const onEnd = (): void => this.#end('end')
    const onClose = (): void => this.#end('vanished')
    const timer = setInterval(() => this.#checkProgress(), this.#options.progress.windowMs)
    if (this.#options.digest !== null) this.#options.digest.onCaughtUp = () => this.#unblock()
    source.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
    this.#takeEarly()
    if (source.destroyed && !source.readableEnded) onClose()
    const how = await this.#done.promise
    this.#arrived.resolve(false)
    clearInterval(timer)
    // The error listener stays: a connection that breaks later must not bring the process down.
    source.off('data', onData).off('end', onEnd).off('close', onClose)
    // The system tells a failed flush once: one that ran in the background must not be forgotten.
    await this.#flushing
    if (this.#failure !== null) throw this.#failure.error
    return how
  }

  #takeEarly(): void {
    if (this.#options.early === null) return
    const { pieces, over } = this.#options.early.handOver()
    for (const piece of pieces) this.#keep(piece)
    if (over) return this.#end('end')
    this.#write()
    if (!this.#blocked && this.#ended === null) this.#source.resume()
  }

  /** Ends the reception from outside; what has arrived is still written. */
  stop(): void {
    this.#end('stopped')
  }

  /** Makes everything written so far durable and returns how far that reaches. */
  async flush(): Promise<number> {
    const upTo = this.writtenTo
    await this.#draft.sync()
    return upTo
  }

  #take(piece: Buffer): void {
    if (this.#ended !== null) return
    this.#options.digest?.take(piece)
    this.#keep(piece)
    this.#write()
  }

  #keep(piece: Buffer): void {
    if (this.#ended !== null) return
    this.#receivedBytes += piece.length
    this.#windowBytes += piece.length
    if (this.#receivedBytes > this.#options.limitBytes) {
      this.#drop()
      return this.#end('too-long')
    }
    this.#waiting.push(piece)
    this.#waitingBytes += piece.length
    if (this.#isFull) {
      this.#blocked = true
      this.#source.pause()
    }
  }

  #end(how: ReceptionEnd): void {
    if (this.#ended !== null) return
    this.#ended = how
    if (how !== 'end') this.#source.pause()
    this.#arrived.resolve(how === 'end')
    this.#write()
  }

  #drop(): void {
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #write(): void {
    if (this.#writing || this.#failure !== null) return
    if (!this.#options.mayWrite()) {
      this.#drop()
      this.#ended = this.#ended === 'too-long' ? 'too-long' : 'stopped'
    }
    const enough = this.#waitingBytes >= WRITE_BYTES || this.#waiting.length >= WRITE_PIECES
    if (this.#waitingBytes > 0 && (enough || this.#ended !== null)) return void this.#writeWaiting()
    if (this.#ended !== null) this.#done.resolve(this.#ended)
  }

  async #writeWaiting(): Promise<void> {
    const [pieces, bytes] = [this.#waiting, this.#waitingBytes]
    this.#drop()
    this.#writing = true
    try {
      await this.#draft.write(pieces, this.writtenTo)
    } catch (error) {
      return this.#fail(error)
    }
    this.#writing = false
    free(pieces)
    this.#writtenBytes += bytes
    if (this.#flushing === null && this.#writtenBytes - this.#flushedAtBytes >= this.#draft.flushEveryBytes) {
      this.#flushing = this.#flushBehind()
    }
    this.#unblock()
    this.#write()
  }

  get #isFull(): boolean {
    return this.#waitingBytes >= WAITING_BYTES || this.#options.digest?.behind === true
  }

  #unblock(): void {
    if (!this.#blocked || this.#isFull) return
    this.#blocked = false
    this.#windowBytes = this.#options.progress.minBytes
    if (this.#ended === null) this.#source.resume()
  }

  async #flushBehind(): Promise<void> {
    this.#flushedAtBytes = this.#writtenBytes
    try {
      await this.#draft.sync()
    } catch (error) {
      this.#fail(error)
    }
    this.#flushing = null
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#ended ??= 'stopped'
    this.#source.pause()
    this.#drop()
    this.#done.resolve('stopped')
  }

  #checkProgress(): void {
    const slow = this.#windowBytes < this.#options.progress.minBytes
    this.#windowBytes = 0
    if (slow && !this.#blocked) this.#end('too-slow')
  }
}

/**
 * Frees the memory of pieces that have been written and hashed. Left to the garbage collection, what comes from sockets
 * makes it run in full for every 12 MiB: a third of the time of an upload (bench/uploads.ts).
 */
function free(pieces: readonly Buffer[]): void {
  for (const { buffer, byteLength } of pieces) {
    // A piece of a larger memory shares it with others.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
  }
}
