import { setTimeout as wait } from 'node:timers/promises'
import { monotonicMs } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import { ObjectNotFound } from '../storage.ts'

// Services that show writes late do so within seconds.
const RECENT_MS = 30_000
const PAUSES_MS = [50, 100, 200, 400, 800, 1600]
const MOST_KEYS = 4096

/**
 * What this process wrote in the last half minute. Amazon shows an object as soon as its write was answered; some services
 * do not. Only for these keys "there is none" is asked again, so that it stays fast for all others.
 */
export class RecentWrites {
  readonly #writtenAtMs = new Map<string, number>()

  note(key: string): void {
    this.#writtenAtMs.delete(key)
    this.#writtenAtMs.set(key, monotonicMs())
    const [oldest] = this.#writtenAtMs.keys()
    if (this.#writtenAtMs.size > MOST_KEYS && oldest !== undefined) this.#writtenAtMs.delete(oldest)
  }

  forget(key: string): void {
    this.#writtenAtMs.delete(key)
  }

  /** Runs `ask` again while it finds nothing under a key that was written a moment ago. */
  async untilSeen<R>(key: string, ask: () => Promise<R>): Promise<R> {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await ask()
      } catch (error) {
        if (!isProblem(error, ObjectNotFound) || !this.#isRecent(key)) throw error
      }
      await wait(pauseMs)
    }
    return ask()
  }

  #isRecent(key: string): boolean {
    return monotonicMs() - (this.#writtenAtMs.get(key) ?? -Infinity) < RECENT_MS
  }
}
