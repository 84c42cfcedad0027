import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import type { Logger } from '../observability/log.ts'
import { Paced } from './paced.ts'
import { type RealtimeTables, sayAll } from './queries.ts'
import { touchedIn } from './topic.ts'

/** The channel between the processes: `events <position>`, `touch <topic>`, `room <topic>`. Names alone, never data. */
export const CHANNEL = 'airdate_live'
const EVERY_MS = 50

const db = handle<RealtimeTables>()

/** Tells every process which topics were touched here; every process of the house has one. */
export class Notices implements AsyncDisposable {
  readonly #database: Database
  readonly #log: Logger
  readonly #paced = new Paced(EVERY_MS, () => this.#send())
  readonly #stopListening: () => void
  #words = new Set<string>()

  constructor(options: { readonly database: Database; readonly log: Logger }) {
    this.#database = options.database
    this.#log = options.log
    this.#stopListening = this.#database.onNews((news) => {
      const touched = touchedIn(news)
      if (touched.length > 0) this.say(touched)
    })
  }

  /** Tells all, this process too, soon; the same word is told once. */
  say(words: Iterable<string>): void {
    for (const word of words) this.#words.add(word)
    this.#paced.ask('')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening()
    await this.#paced[Symbol.asyncDispose]()
    if (this.#words.size > 0) await this.#send()
  }

  async #send(): Promise<void> {
    const words = [...this.#words]
    this.#words = new Set()
    try {
      await db.writeOne({ database: this.#database, scope: systemScope }, (statement) =>
        sayAll(statement, CHANNEL, words),
      )
    } catch (error) {
      this.#log.warn({ err: error, words: words.length }, 'what changed could not be told to the other processes')
    }
  }
}
