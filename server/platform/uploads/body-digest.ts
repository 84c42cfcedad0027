import { type Hash, createHash } from 'node:crypto'
import { ThreadedHash } from './hashing-thread.ts'
import type { ChecksumAlgorithm } from './headers.ts'

/** A hash over the body of one request, fed as it arrives. */
export interface BodyDigest extends Disposable {
  /** No more should be given before `onCaughtUp` is called. */
  readonly behind: boolean
  onCaughtUp: () => void
  take(piece: Buffer): void
  /** The digest of all that was given. Asked once. */
  result(): Promise<Buffer>
}

// Up to here handing the bytes to another thread costs more than hashing them between two pieces.
const HASHED_HERE_BYTES = 256 * 1024

/** The hash for a body of `sizeBytes` (null: unknown): small bodies are hashed as they come, large ones in another thread. */
export function bodyDigest(algorithm: ChecksumAlgorithm, sizeBytes: number | null): BodyDigest {
  const small = sizeBytes !== null && sizeBytes <= HASHED_HERE_BYTES
  return small ? new DigestHere(createHash(algorithm)) : new ThreadedHash(algorithm)
}

class DigestHere implements BodyDigest {
  readonly behind = false
  onCaughtUp: () => void = () => undefined
  readonly #hash: Hash

  constructor(hash: Hash) {
    this.#hash = hash
  }

  take(piece: Buffer): void {
    this.#hash.update(piece)
  }

  result(): Promise<Buffer> {
    return Promise.resolve(this.#hash.digest())
  }

  [Symbol.dispose](): void {
    // Nothing is held.
  }
}
