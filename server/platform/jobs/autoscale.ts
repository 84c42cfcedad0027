import { invariant } from '#kernel/assert.ts'
import { SECOND_MS } from '#kernel/clock.ts'

/** `AIRDATE_WORKER_AUTOSCALE=max,min`. */
export interface AutoscaleBounds {
  readonly max: number
  readonly min: number
}

export const IDLE_BEFORE_SHRINK_MS = 30 * SECOND_MS

/**
 * How many workers are wanted: as many as there are jobs ready and active, within the bounds. It grows at once and
 * shrinks by one after 30 s in which fewer were needed, then by one more after another 30 s. Running jobs are never
 * killed for it: a shrunk process only claims no new ones.
 */
export class Autoscaler {
  readonly #bounds: AutoscaleBounds
  #desired: number
  #neededMs: number

  /** @throws Error when max < min, min < 0 or max < 1 */
  constructor(bounds: AutoscaleBounds, nowMs: number) {
    invariant(bounds.min >= 0 && bounds.max >= Math.max(1, bounds.min), 'autoscale needs max ≥ min ≥ 0 and max ≥ 1')
    this.#bounds = bounds
    this.#desired = bounds.min
    this.#neededMs = nowMs
  }

  get desired(): number {
    return this.#desired
  }

  /** Tells the demand (jobs ready + active) at a monotonic time; returns how many workers are wanted now. */
  observe(nowMs: number, demand: number): number {
    const target = Math.min(this.#bounds.max, Math.max(this.#bounds.min, demand))
    if (target >= this.#desired) {
      this.#desired = target
      this.#neededMs = nowMs
    } else if (nowMs - this.#neededMs >= IDLE_BEFORE_SHRINK_MS) {
      this.#desired -= 1
      this.#neededMs = nowMs
    }
    return this.#desired
  }
}
