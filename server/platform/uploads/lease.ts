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
  /**
   * Where the upload stands while its row holds an intent, and null as long as the row says it: it is written when the lease
   * is given back.
   */
  standsAtBytes: number | null = null
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
      if (kept !== undefined && offsetBytes !== null) this.standsAtBytes = null
      if (kept === undefined || kept.wanted) onLost()
    } catch (error) {
      // The database may be back at the next beat; if it is not, the lease runs out and with it the right to write.
      this.#ctx.log.warn({ err: error, uploadId }, 'An upload lease could not be renewed')
    }
  }

  /** The row's lease was renewed; `askedAtMs` is `monotonicMs()` from before that. One that was lost stays lost. */
  renewed(askedAtMs: number): void {
    if (this.#heldUntilMs === -Infinity) return
    this.#heldUntilMs = Math.max(this.#heldUntilMs, askedAtMs + this.#options.leaseMs)
  }

  /**
   * Gives the lease back, and with it takes an intent out of the row: the upload stands at `standsAtBytes`. Never throws:
   * what cannot be given back runs out, and an intent is settled by the bytes. Idempotent.
   */
  async release(): Promise<void> {
    const { uploadId, token } = this.#options
    this.#heldUntilMs = -Infinity
    if (this.#released) return
    this.#released = true
    try {
      await releaseLease(this.#ctx, uploadId, { token, offsetBytes: this.standsAtBytes })
    } catch (error) {
      this.#ctx.log.warn({ err: error, uploadId }, 'An upload lease could not be given back')
    }
  }
}

/** The lease that was just written into a row. */
export function leaseOf(
  ctx: Ctx,
  { settings }: { readonly settings: Pick<LeaseOptions, 'leaseMs' | 'heartbeatMs'> },
  uploadId: string,
  token: string,
  takenAtMs: number,
): Lease {
  const { leaseMs, heartbeatMs } = settings
  return new Lease(ctx, { uploadId, token, leaseMs, heartbeatMs, takenAtMs })
}
