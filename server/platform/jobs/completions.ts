import type { Claim, Queue } from './queue.ts'

/**
 * Completes attempts together: while one statement is under way, what finishes meanwhile is gathered for the next. The
 * promise resolves when the attempt's completion is committed.
 */
export class Completions {
  readonly #queue: Pick<Queue, 'complete'>
  #gathered = new Map<string, Claim[]>()
  #flush: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(queue: Pick<Queue, 'complete'>) {
    this.#queue = queue
  }

  complete(claim: Claim): Promise<void> {
    const claims = this.#gathered.get(claim.name)
    if (claims === undefined) this.#gathered.set(claim.name, [claim])
    else claims.push(claim)
    this.#next ??= this.#flushAfter(this.#flush)
    return this.#next
  }

  async #flushAfter(before: Promise<void> | null): Promise<void> {
    // A failed flush is told to those who wait for it; the next begins all the same.
    await Promise.allSettled([before])
    const gathered = this.#gathered
    this.#gathered = new Map()
    this.#flush = this.#next
    this.#next = null
    await Promise.all([...gathered].map(([name, claims]) => this.#queue.complete(name, claims)))
  }
}
