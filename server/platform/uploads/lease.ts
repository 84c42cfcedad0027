import { monotonicMs } from '#kernel/clock.ts'
import type { Ctx } from '../context.ts'
import { keepLease, releaseLease } from './queries.ts'

interface LeaseOptions {
  readonly uploadId: string
  readonly token: string
  readonly leaseMs: number
  readonly heartbeatMs: number
  /** `monotonicMs()` from before the lease was taken: by our clock it ends no later than by the database's. */
  readonly takenAtMs: number
}

/**
 * The right to write to an upload, renewed while `keep` runs. It stands in the row, so it holds across processes, and it
 * ends by itself when this process is killed or stalls: `held` is false from then on, before another can take it.
 */
export class Lease {
  readonly token: string
  readonly #ctx: Ctx
  readonly #options: LeaseOptions
  #heldUntilMs: number
  #beating: Promise<void> | null = null
  #released = false

  constructor(ctx: Ctx, options: LeaseOptions) {
    this.token = options.token
    this.#ctx = ctx
    this.#options = options
    this.#heldUntilMs = options.takenAtMs + options.leaseMs
  }

  get held(): boolean {
    return monotonicMs() < this.#heldUntilMs
  }

  /**
   * Renews the lease while `work` runs. `checkpoint` tells at each renewal how far the bytes are durable (null: unknown);
   * that is recorded, so that a crash loses little. `onLost` is called when another has the upload or asks for it.
   */
  async keep<R>(checkpoint: () => Promise<number | null>, onLost: () => void, work: () => Promise<R>): Promise<R> {
    const timer = setInterval(() => {
      this.#beating ??= this.#beat(checkpoint, onLost).finally(() => {
        this.#beating = null
      })
    }, this.#options.heartbeatMs)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      await this.#beating
    }
  }

  async #beat(checkpoint: () => Promise<number | null>, onLost: () => void): Promise<void> {
    const { uploadId, token, leaseMs } = this.#options
    try {
      const offsetBytes = await checkpoint()
      const askedAtMs = monotonicMs()
      const kept = await keepLease(this.#ctx, uploadId, { token, leaseMs, offsetBytes })
      this.#heldUntilMs = kept === undefined ? -Infinity : askedAtMs + leaseMs
      if (kept === undefined || kept.wanted) onLost()
    } catch (error) {
      // The database may be back at the next beat; if it is not, the lease runs out and with it the right to write.
      this.#ctx.log.warn({ err: error, uploadId }, 'An upload lease could not be renewed')
    }
  }

  /** The row's lease was renewed; `askedAtMs` is `monotonicMs()` from before that. */
  renewed(askedAtMs: number): void {
    this.#heldUntilMs = askedAtMs + this.#options.leaseMs
  }

  /** Gives the lease back without moving the offset. Never throws: what cannot be given back runs out. Idempotent. */
  async release(): Promise<void> {
    const { uploadId, token } = this.#options
    this.#heldUntilMs = -Infinity
    if (this.#released) return
    this.#released = true
    try {
      await releaseLease(this.#ctx, uploadId, token)
    } catch (error) {
      this.#ctx.log.warn({ err: error, uploadId }, 'An upload lease could not be given back')
    }
  }
}
