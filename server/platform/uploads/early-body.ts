import type { Readable } from 'node:stream'
import type { BodyDigest } from './body-digest.ts'

// More than this is not taken from a client that may be refused; it also is what one chunk of most clients has.
const HELD_BYTES = 1024 * 1024

/**
 * The beginning of a body, taken from the socket into memory (about 1 MiB at most) while it is still open whether it is
 * wanted. Nothing is written, but it is hashed already. `handOver` gives it to who goes on reading; disposing forgets it.
 */
export class EarlyBody implements Disposable {
  readonly #source: Readable
  #pieces: Buffer[] = []
  #heldBytes = 0
  readonly #digest: BodyDigest | null
  #over = false

  constructor(source: Readable, digest: BodyDigest | null) {
    this.#source = source
    this.#digest = digest
    // The error listener stays: a connection that breaks must not bring the process down.
    source
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', () => undefined)
  }

  /**
   * Ends the taking. Returns what has been taken, and whether that was the whole body; if not, the source may stand
   * paused, and gives the rest, or its early end, to listeners that are set at once.
   */
  handOver(): { readonly pieces: readonly Buffer[]; readonly over: boolean } {
    const [pieces, over] = [this.#pieces, this.#over]
    this[Symbol.dispose]()
    return { pieces, over }
  }

  [Symbol.dispose](): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd)
    this.#pieces = []
  }

  readonly #onData = (piece: Buffer): void => {
    this.#pieces.push(piece)
    this.#heldBytes += piece.length
    this.#digest?.take(piece)
    if (this.#heldBytes >= HELD_BYTES) this.#source.pause()
  }

  readonly #onEnd = (): void => {
    this.#over = true
  }
}
