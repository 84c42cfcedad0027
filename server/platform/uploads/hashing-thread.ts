import { Worker } from 'node:worker_threads'
import type { ChecksumAlgorithm } from './headers.ts'

/** What the hashing thread is told. The first of an `id` begins its hash, `end` (the last bytes) or `forget` ends it. */
export type HashRequest =
  | {
      readonly kind: 'add' | 'end'
      readonly id: number
      readonly algorithm: string
      readonly memory: SharedArrayBuffer
      readonly bytes: number
    }
  | { readonly kind: 'forget'; readonly id: number }

/** The answer to `add` (the memory is free again) or to `end`. */
export interface HashAnswer {
  readonly id: number
  readonly digest: Uint8Array | null
}

const SLAB_BYTES = 256 * 1024
// A message wakes the thread, which costs about as much as hashing this much.
const WORTH_WAKING_BYTES = 64 * 1024
const MOST_UNDER_WAY = 12
const MOST_FREE = 32

let thread: Worker | null = null
let lastId = 0
const hashes = new Map<number, ThreadedHash>()
const freeSlabs: SharedArrayBuffer[] = []

/** The one hashing thread of this process, started with the first hash. It keeps nothing alive and is replaced when it dies. */
function hashingThread(): Worker {
  if (thread !== null) return thread
  const started = new Worker(new URL('./hashing-worker.ts', import.meta.url))
  started.unref()
  started.on('message', ({ id, digest }: HashAnswer) => hashes.get(id)?.heard(digest))
  const onDeath = (error: unknown): void => {
    if (thread !== started) return
    thread = null
    for (const hash of hashes.values()) hash.failed(new Error('The hashing thread ended', { cause: error }))
    hashes.clear()
  }
  started.on('error', onDeath).on('exit', onDeath)
  thread = started
  return started
}

/**
 * Hashes a body in another thread while it arrives: at 8 MiB chunks sha1 takes as long as receiving, so that on the main
 * thread it would halve what comes in (bench/uploads.ts). Bytes are copied into memory that both threads see.
 */
export class ThreadedHash implements Disposable {
  readonly #algorithm: ChecksumAlgorithm
  readonly #worker = hashingThread()
  readonly #id = (lastId += 1)
  readonly #digest = Promise.withResolvers<Buffer>()
  #slab = new Uint8Array(slab())
  #filledBytes = 0
  #underWay: SharedArrayBuffer[] = []
  /** Nothing is taken any more: the thread died, or nobody wants the digest. */
  #isOver = false
  /** Called when the thread has caught up after it was `behind`. */
  onCaughtUp: () => void = () => undefined

  constructor(algorithm: ChecksumAlgorithm) {
    this.#algorithm = algorithm
    hashes.set(this.#id, this)
    // Nobody may be waiting for it when the thread dies.
    this.#digest.promise.catch(() => undefined)
  }

  /** No more should be given before `onCaughtUp`: 3 MiB wait to be hashed. What is given all the same is taken. */
  get behind(): boolean {
    return this.#underWay.length >= MOST_UNDER_WAY
  }

  take(piece: Uint8Array): void {
    if (this.#isOver) return
    for (let from = 0; from < piece.length;) {
      const part = piece.subarray(from, from + SLAB_BYTES - this.#filledBytes)
      this.#slab.set(part, this.#filledBytes)
      this.#filledBytes += part.length
      from += part.length
      const isIdle = this.#underWay.length === 0 && this.#filledBytes >= WORTH_WAKING_BYTES
      if (this.#filledBytes === SLAB_BYTES || isIdle) this.#send('add')
    }
  }

  /**
   * The digest of all that was given. Asked once, after the last piece.
   * @throws Error when the thread died
   */
  result(): Promise<Buffer> {
    if (this.#isOver) return this.#digest.promise
    this.#worker.ref()
    this.#send('end')
    return this.#digest.promise
  }

  /** Hears from the thread: one more slab is free, or the digest is there. */
  heard(digest: Uint8Array | null): void {
    const wasBehind = this.behind
    give(this.#underWay.shift())
    if (digest !== null) {
      hashes.delete(this.#id)
      if (hashes.size === 0) this.#worker.unref()
      return this.#digest.resolve(Buffer.from(digest))
    }
    if (this.#underWay.length === 0 && this.#filledBytes >= WORTH_WAKING_BYTES) this.#send('add')
    if (wasBehind) this.onCaughtUp()
  }

  failed(error: Error): void {
    this.#isOver = true
    this.#underWay = []
    this.#digest.reject(error)
    this.onCaughtUp()
  }

  [Symbol.dispose](): void {
    // Once given back the slab may be another's.
    this.#isOver = true
    give(this.#slab.buffer)
    if (!hashes.delete(this.#id)) return
    // The slabs under way are still read; they are left to the garbage collection.
    this.#tell({ kind: 'forget', id: this.#id })
    if (hashes.size === 0) this.#worker.unref()
  }

  #send(kind: 'add' | 'end'): void {
    const memory = this.#slab.buffer
    this.#tell({ kind, id: this.#id, algorithm: this.#algorithm, memory, bytes: this.#filledBytes })
    this.#underWay.push(memory)
    this.#slab = new Uint8Array(slab())
    this.#filledBytes = 0
  }

  #tell(request: HashRequest): void {
    this.#worker.postMessage(request, [])
  }
}

function slab(): SharedArrayBuffer {
  return freeSlabs.pop() ?? new SharedArrayBuffer(SLAB_BYTES)
}

function give(memory: SharedArrayBuffer | undefined): void {
  if (memory !== undefined && freeSlabs.length < MOST_FREE) freeSlabs.push(memory)
}
