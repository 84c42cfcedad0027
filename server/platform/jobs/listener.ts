import pg from 'pg'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Logger } from '../observability/log.ts'

const CHANNEL = 'airdate_jobs'
// Held shared by every living worker's session; the server itself lets go of it when the session ends.
const PRESENCE = [0x41495244, 5] as const
const RECONNECT_MS = SECOND_MS

export interface ListenerOptions {
  readonly connection: pg.ClientConfig
  readonly log: Logger
  readonly onReady: (name: string) => void
  readonly onCancel: (id: string) => void
  /** After a reconnect: what was said meanwhile is unknown. */
  readonly onGap: () => void
}

/**
 * The session that hears of new and cancelled jobs, and by its lock tells other workers that this one lives. What it
 * says is a hint: polling and heartbeats find the same, later.
 */
export class Listener {
  readonly #options: ListenerOptions
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /**
   * Connects and announces this worker. `whenAlone` runs before that, and only if no other worker's session exists: then
   * every active job belongs to nobody, and this process has the word alone until it returns.
   */
  async start(whenAlone: () => Promise<void>): Promise<void> {
    const client = await this.#connect()
    const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1, $2) as alone', [
      ...PRESENCE,
    ])
    const alone = rows[0]?.alone === true
    if (alone) await whenAlone()
    await client.query('select pg_advisory_lock_shared($1, $2)', [...PRESENCE])
    if (alone) await client.query('select pg_advisory_unlock($1, $2)', [...PRESENCE])
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = null
    await client?.end()
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#options.connection,
      application_name: 'airdate-jobs-listen',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10 * SECOND_MS,
    })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client, new Error('the session ended')))
    client.on('notification', ({ payload }) => this.#hear(payload ?? ''))
    await client.connect()
    this.#client = client
    await client.query(`listen ${CHANNEL}`)
    return client
  }

  #hear(payload: string): void {
    const [verb, subject = ''] = payload.split(' ')
    if (verb === 'ready') this.#options.onReady(subject)
    if (verb === 'cancel') this.#options.onCancel(subject)
  }

  #lost(client: pg.Client, error: Error): void {
    if (this.#closed || this.#client !== client) return
    this.#client = null
    this.#options.log.warn({ err: error }, 'the listener of the jobs lost its session; polling goes on')
    client.end().catch((failure: unknown) => this.#options.log.debug({ err: failure }, 'the lost session was gone'))
    this.#retryLater()
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => void this.#reconnect(), RECONNECT_MS)
  }

  async #reconnect(): Promise<void> {
    try {
      const client = await this.#connect()
      await client.query('select pg_advisory_lock_shared($1, $2)', [...PRESENCE])
      this.#options.onGap()
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the listener of the jobs cannot reconnect yet')
      const client = this.#client
      this.#client = null
      await client?.end()
      if (!this.#closed) this.#retryLater()
    }
  }
}
