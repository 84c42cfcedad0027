import { Worker } from 'node:worker_threads'
import type { DraftDigest } from './storage.ts'

/** What the hashing thread is told. `cancel` is answered too: then no read of the file is under way any more. */
export type HashRequest =
  | { readonly kind: 'begin'; readonly id: number; readonly algorithm: string }
  | { readonly kind: 'add'; readonly id: number; readonly fd: number; readonly from: number; readonly to: number }
  | { readonly kind: 'end' | 'cancel'; readonly id: number }

export interface HashAnswer {
  readonly id: number
  readonly digest: Uint8Array | null
  readonly failure: string | null
}

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
  readonly #worker: Worker
  #answered = false

  constructor(fd: number, algorithm: string) {
    lastId += 1
    this.#id = lastId
    this.#fd = fd
    this.#worker = hashingThread()
    this.#worker.postMessage({ kind: 'begin', id: this.#id, algorithm } satisfies HashRequest, [])
  }

  add(from: number, to: number): void {
    this.#worker.postMessage({ kind: 'add', id: this.#id, fd: this.#fd, from, to } satisfies HashRequest, [])
  }

  async result(): Promise<Buffer> {
    const { digest, failure } = await this.#ask('end')
    if (digest === null) throw new Error(`A draft could not be hashed: ${failure}`)
    return Buffer.from(digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#answered) await this.#ask('cancel')
  }

  async #ask(kind: 'end' | 'cancel'): Promise<HashAnswer> {
    this.#answered = true
    // A thread that has died answers no more.
    if (worker !== this.#worker) return { id: this.#id, digest: null, failure: 'the hashing thread ended' }
    const answer = Promise.withResolvers<HashAnswer>()
    waiting.set(this.#id, answer.resolve)
    this.#worker.ref()
    this.#worker.postMessage({ kind, id: this.#id } satisfies HashRequest, [])
    return answer.promise
  }
}
