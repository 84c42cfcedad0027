import { AsyncLocalStorage } from 'node:async_hooks'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import type { Logger } from '../observability/log.ts'
import { EVENTS_WRITTEN } from './event.ts'
import { placeEvents } from './queries.ts'

const BATCH = 500
/** Finds events whose process died between their commit and their placing. */
const LOOK_MS = SECOND_MS

const db = handle<unknown>()

/**
 * Gives every written event its place in the order in which events are told: right after the commit that wrote it, by the
 * process that did; every process of the house has one. Why not the ids: docs/decisions, "A place after the commit".
 */
export class EventPlacing implements AsyncDisposable {
  readonly #database: Database
  readonly #log: Logger
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | null = null
  #isAskedAgain = false
  #isClosed = false

  constructor(options: { readonly database: Database; readonly log: Logger }) {
    this.#database = options.database
    this.#log = options.log
    // The statements are this machinery's own, not those of the request that wrote the event.
    const outside = AsyncLocalStorage.snapshot()
    this.#stopListening = this.#database.onNews((news) => {
      if (news.has(EVENTS_WRITTEN)) outside(() => this.#ask())
    })
    this.#timer = setInterval(() => this.#ask(), LOOK_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    clearInterval(this.#timer)
    await this.#running
  }

  #ask(): void {
    if (this.#isClosed) return
    this.#isAskedAgain = true
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    try {
      while (this.#isAskedAgain && !this.#isClosed) {
        this.#isAskedAgain = false
        const [placed] = await db.writeOne({ database: this.#database, scope: systemScope }, (statement) =>
          placeEvents(statement, BATCH),
        )
        if ((placed?.count ?? 0) >= BATCH) this.#isAskedAgain = true
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'events could not be placed; the next look tries again')
    } finally {
      this.#running = null
    }
  }
}
