import { SECOND_MS } from '#kernel/clock.ts'
import type { Database } from '#platform/database/database.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { Logger } from '#platform/observability/log.ts'
import { commons, noteUses } from './queries.ts'

const WRITTEN_EVERY_MS = 10 * SECOND_MS

/**
 * Remembers which keys were used and writes it now and then, so that no request waits for it: at most once a minute for a
 * key, however many processes there are. What is lost with a process is the use of its last seconds.
 */
export class LastUses implements AsyncDisposable {
  readonly #database: Database
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #used = new Set<string>()
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: { readonly database: Database; readonly log: Logger; readonly everyMs?: number }) {
    this.#database = parts.database
    this.#log = parts.log
    this.#timer = setInterval(() => void this.write(), parts.everyMs ?? WRITTEN_EVERY_MS)
    this.#timer.unref()
  }

  /** A request came with this key, which holds: there are no more of these than there are keys. */
  note(credentialId: string): void {
    this.#used.add(credentialId)
  }

  /** Writes what was noted since the last time. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }

  async #write(): Promise<void> {
    const ids = [...this.#used]
    if (ids.length === 0) return
    this.#used = new Set()
    try {
      await commons.writeOne({ database: this.#database, scope: systemScope }, (db) => noteUses(db, ids))
    } catch (error) {
      this.#log.warn({ err: error }, 'that keys were used could not be noted; their next use will be')
    }
  }
}
