/** How many messages a client may send: `burst` at once, and `perSecond` in the long run (a token bucket). */
export class Allowance {
  readonly #burst: number
  readonly #perSecond: number
  #left: number
  #lastMs: number

  constructor(limits: { readonly burst: number; readonly perSecond: number }, nowMs: number) {
    this.#burst = limits.burst
    this.#perSecond = limits.perSecond
    this.#left = limits.burst
    this.#lastMs = nowMs
  }

  /** Takes one; false when there is none. `nowMs` is of a clock that never goes back. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#lastMs) / 1000) * this.#perSecond)
    this.#lastMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
