import pg from 'pg'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Logger } from '../observability/log.ts'

const RECONNECT_MS = SECOND_MS / 2

export interface ListeningOptions {
  /** A session of its own that must not pass a transaction pooler. */
  readonly connection: pg.ClientConfig
  /** The channel's name, an identifier of SQL as it stands. */
  readonly channel: string
  readonly applicationName: string
  readonly log: Logger
  readonly onNotice: (payload: string) => void
  /** After every connect, the first one too: what was said before is unknown. */
  readonly onConnected: () => void
  /** When the session is lost: until `onConnected` nothing is heard. */
  readonly onLost?: () => void
}

/** A session that hears what is said on a channel, and comes back when it is lost. What it hears is a hint, never data. */
export class Listening {
  readonly #options: ListeningOptions
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** Resolves once the session listens; rejects when the first connection fails. */
  async start(): Promise<void> {
    await this.#connect()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = null
    await client?.end()
  }

  async #connect(): Promise<void> {
    const { connection, applicationName, channel, onNotice, onConnected } = this.#options
    const client = new pg.Client({
      ...{ ...connection, application_name: applicationName },
      ...{ keepAlive: true, keepAliveInitialDelayMillis: 10 * SECOND_MS },
    })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client, new Error('the session ended')))
    client.on('notification', ({ payload }) => onNotice(payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
    } catch (error) {
      await client.end().catch((failure: unknown) => this.#options.log.debug({ err: failure }, 'it was gone already'))
      throw error
    }
    if (this.#isClosed) return client.end()
    this.#client = client
    onConnected()
    return undefined
  }

  #lost(client: pg.Client, error: Error): void {
    if (this.#isClosed || this.#client !== client) return
    this.#client = null
    this.#options.onLost?.()
    this.#options.log.warn({ err: error, channel: this.#options.channel }, 'a listening session was lost')
    client.end().catch((failure: unknown) => this.#options.log.debug({ err: failure }, 'the lost session was gone'))
    this.#retryLater()
  }

  #retryLater(): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#reconnect(), RECONNECT_MS)
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a listening session cannot reconnect yet')
      this.#retryLater()
    }
  }
}
