import { SECOND_MS } from '#kernel/clock.ts'
import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import { type EventTables, type PlacedEvent, lastPlaced, placedAfter, placedOf, positionOf } from '../events/queries.ts'
import type { Logger } from '../observability/log.ts'

const BATCH = 500
/** A notice may be lost with the session that listens; the table is not. */
const LOOK_MS = 2 * SECOND_MS
/** More than this is not told again one by one: who was away for so long reads anew. */
export const REPLAYED_MAX = 1000

/** Readings until this process has come to where another was; each brings BATCH events. */
const LOOKS_AHEAD = 20

/** A place in the order of telling; position 0 is before the first event. */
export interface Head {
  readonly position: number
  readonly id: string
}

const BEGINNING: Head = { position: 0, id: '00000000-0000-0000-0000-000000000000' }

const db = handle<EventTables>()

/** Reads events in the order of telling, as this process has come to know them, and what was before. */
export class Feed implements AsyncDisposable {
  readonly #reader: { readonly database: Database; readonly scope: typeof systemScope }
  readonly #log: Logger
  readonly #tell: (events: readonly PlacedEvent[]) => void
  #head = BEGINNING
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null
  #isAskedAgain = false
  #isClosed = false

  /** `tell` gets each event once, in order, and must not throw. */
  constructor(options: {
    readonly database: Database
    readonly log: Logger
    readonly tell: (events: readonly PlacedEvent[]) => void
  }) {
    this.#reader = { database: options.database, scope: systemScope }
    this.#log = options.log
    this.#tell = options.tell
  }

  /** The last event that was told. */
  get head(): Head {
    return this.#head
  }

  /** Begins behind what there is now. */
  async start(): Promise<void> {
    const [last] = await db.one(this.#reader, lastPlaced)
    this.#head = last ?? BEGINNING
    this.#timer = setInterval(() => this.wake(), LOOK_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#running
  }

  /** There is more up to `position`, or may be more. */
  wake(position = Number.POSITIVE_INFINITY): void {
    if (this.#isClosed || position <= this.#head.position) return
    this.#isAskedAgain = true
    this.#running ??= this.#run()
  }

  /**
   * Where an event stands, that a client says it had last; null when nobody knows it any more. Waits until this process
   * has come there itself: the client may come from one that was ahead.
   */
  async placeOf(eventId: string): Promise<number | null> {
    if (eventId === BEGINNING.id) return 0
    if (eventId === this.#head.id) return this.#head.position
    const [found] = await db.one(this.#reader, (reader) => positionOf(reader, eventId))
    if (found === undefined) return null
    for (let look = 0; look < LOOKS_AHEAD && found.position > this.#head.position; look += 1) {
      this.wake(found.position)
      await this.#running
    }
    return found.position > this.#head.position ? null : found.position
  }

  /** What happened to these subjects behind `after` up to `until`, in order; null when it is more than REPLAYED_MAX. */
  async between(subjects: readonly string[], after: number, until: number): Promise<readonly PlacedEvent[] | null> {
    const events = await db.one(this.#reader, (reader) =>
      placedOf(reader, { subjects, after, until }, REPLAYED_MAX + 1),
    )
    return events.length > REPLAYED_MAX ? null : events
  }

  async #run(): Promise<void> {
    try {
      while (this.#isAskedAgain && !this.#isClosed) {
        this.#isAskedAgain = false
        const after = this.#head.position
        const events = await db.one(this.#reader, (reader) => placedAfter(reader, after, BATCH))
        const last = events.at(-1)
        if (last === undefined) continue
        this.#head = { position: last.position, id: last.id }
        this.#tell(events)
        if (events.length === BATCH) this.#isAskedAgain = true
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'events could not be read; the next look tries again')
    } finally {
      this.#running = null
    }
  }
}
