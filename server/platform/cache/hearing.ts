import { newSecret } from '#kernel/ids.ts'
import { type Writing, rawQuery } from '../database/database.ts'
import { Listening, type ListeningOptions } from '../database/listening.ts'
import type { Logger } from '../observability/log.ts'
import type { Cache } from './cache.ts'

const CHANNEL = 'airdate_cache'
// PostgreSQL takes less than 8,000 bytes.
const PAYLOAD_MAX_CHARACTERS = 7_000
const EVERYTHING = '*'

export interface HearingOptions {
  readonly connection: ListeningOptions['connection']
  readonly cache: Cache
  readonly log: Logger
}

/**
 * How processes without Redis hear what others change: PostgreSQL's NOTIFY, sent in the transaction that changes, which
 * arrives exactly when that is committed (PostgreSQL's documentation, NOTIFY). While the session is lost the cache is deaf.
 */
export class Hearing implements AsyncDisposable {
  readonly #cache: Cache
  readonly #listening: Listening
  readonly #self = newSecret(9)

  constructor({ connection, cache, log }: HearingOptions) {
    this.#cache = cache
    this.#listening = new Listening({
      ...{ connection, log, channel: CHANNEL, applicationName: 'airdate-cache-listen' },
      onNotice: (payload) => this.#hear(payload),
      onConnected: () => cache.setDeaf(false),
      onLost: () => cache.setDeaf(true),
    })
  }

  /** @throws when the database cannot be reached */
  async open(): Promise<void> {
    await this.#listening.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening.close()
  }

  /** Tells the others, in the transaction that changes these tags. */
  async say(tx: Writing, tags: readonly string[]): Promise<void> {
    const text = `${this.#self} ${tags.join(' ')}`
    const payload = text.length > PAYLOAD_MAX_CHARACTERS ? `${this.#self} ${EVERYTHING}` : text
    await rawQuery(tx, 'select pg_notify($1, $2)', [CHANNEL, payload])
  }

  #hear(payload: string): void {
    const [speaker, ...tags] = payload.split(' ')
    if (speaker === this.#self) return
    if (tags.includes(EVERYTHING)) this.#cache.forgetAll()
    else this.#cache.forget(tags)
  }
}
