import { Worker } from 'node:worker_threads'
import type { DigestAlgorithm, DraftDigest } from './storage.ts'

/**
 * What the hashing thread is told: bytes `from` up to, not including, `to` of an open file, the first of an `id` beginning
 * its hash and `end` ending it. `cancel` is answered too: then no read of the file is under way any more.
 */
export type HashRequest =
  | (HashedRange & {
      readonly kind: 'add' | 'end'
      readonly id: number
      readonly algorithm: string
      readonly fd: number
    })
  | { readonly kind: 'cancel'; readonly id: number }

interface HashedRange {
  readonly from: number
  readonly to: number
}

export interface HashAnswer {
  readonly id: number
  readonly digest: Uint8Array | null
  readonly failure: string | null
}

// A message wakes the thread, which costs about as much as hashing 64 KiB: ranges travel together.
const TOLD_BYTES = 512 * 1024

let worker: Worker | null = null
let lastId = 0
const waiting = new Map<number, (answer: HashAnswer) => void>()

/** The one hashing thread of this process, started with the first hash. It keeps nothing alive and is replaced when it dies. */
function hashingThread(): Worker {
  if (worker !== null) return worker
  const started = new Worker(new URL('./hash-worker.ts', import.meta.url))
  started.unref()
  started.on('message', (answer: HashAnswer) => {
    const resolve = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) started.unref()
    resolve?.(answer)
  })
  const onDeath = (error: unknown): void => {
    if (worker === started) worker = null
    for (const [id, resolve] of waiting)
      resolve({ id, digest: null, failure: `the hashing thread ended: ${String(error)}` })
    waiting.clear()
  }
  started.on('error', onDeath).on('exit', onDeath)
  worker = started
  return started
}

/**
 * Hashes ranges of an open file in another thread: at 8 MiB chunks sha1 takes as long as receiving, so that on the main
 * thread it would halve what comes in (bench/uploads.ts). What is hashed is what the file holds, not what was meant to be
 * written. The file must stay open until `result` or the disposal has resolved.
 */
export class FileDigest implements DraftDigest {
  readonly #id: number
  readonly #fd: number
  readonly #algorithm: DigestAlgorithm
  readonly #worker: Worker
  /** What the thread has not been told yet. */
  #untold: HashedRange = { from: 0, to: 0 }
  #answered = false

  constructor(fd: number, algorithm: DigestAlgorithm) {
    lastId += 1
    this.#id = lastId
    this.#fd = fd
    this.#algorithm = algorithm
    this.#worker = hashingThread()
  }

  add(from: number, to: number): void {
    if (from === this.#untold.to) {
      this.#untold = { from: this.#untold.from, to }
    } else {
      this.#tell('add')
      this.#untold = { from, to }
    }
    if (to - this.#untold.from >= TOLD_BYTES) this.#tell('add')
  }

  async result(): Promise<Buffer> {
    const { digest, failure } = await this.#ask('end')
    if (digest === null) throw new Error(`A draft could not be hashed: ${failure}`)
    return Buffer.from(digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#answered) await this.#ask('cancel')
  }

  #tell(kind: HashRequest['kind']): void {
    const id = this.#id
    const { from, to } = this.#untold
    if (kind === 'add' && from === to) return
    const request: HashRequest =
      kind === 'cancel' ? { kind, id } : { kind, id, algorithm: this.#algorithm, fd: this.#fd, from, to }
    this.#untold = { from: to, to }
    this.#worker.postMessage(request, [])
  }

  async #ask(kind: 'end' | 'cancel'): Promise<HashAnswer> {
    this.#answered = true
    // A thread that has died answers no more.
    if (worker !== this.#worker) return { id: this.#id, digest: null, failure: 'the hashing thread ended' }
    const answer = Promise.withResolvers<HashAnswer>()
    waiting.set(this.#id, answer.resolve)
    this.#worker.ref()
    this.#tell(kind)
    return answer.promise
  }
}
