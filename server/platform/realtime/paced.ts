import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Does a piece of work for each key when asked: at once, and again at most every `everyMs`, however often it is asked.
 * Whatever is asked while work is under way, or too soon, is done once more afterwards: the last asking is never lost.
 */
export class Paced implements AsyncDisposable {
  readonly #everyMs: number
  readonly #work: (key: string) => Promise<void>
  readonly #slots = new Map<string, Slot>()
  /** The work belongs to this machinery, not to the request that asked for it. */
  readonly #outside = AsyncLocalStorage.snapshot()
  #isClosed = false

  /** `work` must not reject. */
  constructor(everyMs: number, work: (key: string) => Promise<void>) {
    this.#everyMs = everyMs
    this.#work = work
  }

  ask(key: string): void {
    if (this.#isClosed) return
    const slot = this.#slots.get(key)
    if (slot !== undefined) {
      slot.isAskedAgain = true
      return
    }
    const made: Slot = { isAskedAgain: false, timer: undefined, running: Promise.resolve() }
    this.#slots.set(key, made)
    made.running = this.#outside(() => this.#run(key, made))
  }

  /** What waits is given up, what is under way is awaited. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const slots = [...this.#slots.values()]
    for (const { timer } of slots) clearTimeout(timer)
    await Promise.all(slots.map(({ running }) => running))
  }

  async #run(key: string, slot: Slot): Promise<void> {
    await this.#work(key)
    if (this.#isClosed) return
    slot.timer = setTimeout(() => {
      if (!slot.isAskedAgain) {
        this.#slots.delete(key)
        return
      }
      slot.isAskedAgain = false
      slot.running = this.#run(key, slot)
    }, this.#everyMs)
  }
}

interface Slot {
  isAskedAgain: boolean
  timer: NodeJS.Timeout | undefined
  running: Promise<void>
}
