import { type Hash, createHash } from 'node:crypto'
import type { DigestAlgorithm, Draft, DraftDigest } from '../storage/storage.ts'

/** A hash over the body of one request, fed from both sides: what came in, and what has been written of it. */
export interface BodyDigest extends AsyncDisposable {
  take(piece: Buffer): void
  wrote(from: number, to: number): void
  /** The digest of the whole body, once all of it is written. */
  result(): Promise<Buffer>
}

// Up to here handing the bytes to another thread costs more than hashing them while they are being written.
const HASHED_HERE_BYTES = 256 * 1024

/** The hash for a body of `sizeBytes` (null: unknown) that goes into `draft`: small bodies are hashed as they come, large ones by the draft in another thread. */
export function bodyDigest(draft: Draft, algorithm: DigestAlgorithm, sizeBytes: number | null): BodyDigest {
  const small = sizeBytes !== null && sizeBytes <= HASHED_HERE_BYTES
  return small ? new DigestHere(createHash(algorithm)) : new DigestThere(draft.digest(algorithm))
}

class DigestHere implements BodyDigest {
  readonly #hash: Hash

  constructor(hash: Hash) {
    this.#hash = hash
  }

  take(piece: Buffer): void {
    this.#hash.update(piece)
  }

  wrote(): void {
    // The pieces were hashed when they came.
  }

  result(): Promise<Buffer> {
    return Promise.resolve(this.#hash.digest())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}

class DigestThere implements BodyDigest {
  readonly #digest: DraftDigest

  constructor(digest: DraftDigest) {
    this.#digest = digest
  }

  take(): void {
    // Hashed from the draft once it is written.
  }

  wrote(from: number, to: number): void {
    this.#digest.add(from, to)
  }

  result(): Promise<Buffer> {
    return this.#digest.result()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#digest[Symbol.asyncDispose]()
  }
}
