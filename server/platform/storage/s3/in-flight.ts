/** Requests that run beside each other, a few at a time. A failure is kept until somebody waits. */
export class InFlight {
  readonly #most: number
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(most: number) {
    this.#most = most
  }

  /**
   * Waits until one more may start.
   * @throws what any of the work has thrown
   */
  async room(): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running)
    this.#throwFailure()
  }

  /** Starts `work` at once; `room` was waited for. */
  start(work: () => Promise<void>): void {
    const run: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  /**
   * Waits for what runs now; what is started meanwhile is not waited for.
   * @throws what any of the work has thrown
   */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
    this.#throwFailure()
  }

  /** Waits until nothing runs, and forgets what failed. */
  async reset(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
    this.#failure = null
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
