import { createRequire } from 'node:module'
import type { Redis } from 'ioredis'
import { SECOND_MS, monotonicMs } from '#kernel/clock.ts'
import type { Logger } from '../observability/log.ts'
import type { Script } from './scripts.ts'

// The client is loaded by who has a Redis.
const require = createRequire(import.meta.url)

export type RunScript = (
  script: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
) => Promise<unknown>

/** Redis cannot be asked now, or gave no answer that can be used. Whoever asked does without. */
export class RedisUnavailable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'RedisUnavailable'
  }
}

export interface ConnectionOptions {
  /** `redis://` or `rediss://`, with user, password and number of the database where there are any. */
  readonly url: string
  /** What it is for: Redis lists connections by these names. */
  readonly name: string
  readonly log: Logger
  /** A command without an answer by then has failed, and so has the connection. Default 0.5 s. */
  readonly commandTimeoutMs?: number
  /**
   * Called when a connection is there, before anybody else may use it, with the id of this run of Redis; again until
   * `isPrepared`. A rejection leaves Redis unused, and it is tried again.
   */
  readonly prepare: (run: string, first: RunScript) => Promise<void>
  readonly isPrepared: () => boolean
  /** Called when Redis is there, before anybody uses it. */
  readonly onReached: () => void
}

const COMMAND_TIMEOUT_MS = SECOND_MS / 2
const CONNECT_TIMEOUT_MS = 2 * SECOND_MS
const RETRY_MIN_MS = 50
const RETRY_MAX_MS = 2 * SECOND_MS

/**
 * One connection to Redis over which all commands travel without waiting for each other. While Redis does not answer
 * nobody waits for it: commands fail at once, and it is asked again with growing pauses, beside the work. A command is
 * never sent twice and never carried over to another connection.
 */
export class RedisConnection {
  readonly #options: ConnectionOptions
  readonly #client: Redis
  #usable = false
  #closed = false
  #lostSinceMs = monotonicMs()
  #reason = 'not reached yet'
  #attempts = 0
  /** Counts connections. */
  #connected = 0
  /** The last of them that was given up. */
  #dropped = 0
  #reaching: Promise<void> | null = null
  #settled = Promise.withResolvers<void>()

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { Redis: Client } = require('ioredis') as typeof import('ioredis')
    this.#client = new Client(options.url, {
      lazyConnect: true,
      connectionName: options.name,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
      keepAlive: 10 * SECOND_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      // What was refused as a write to a replica belongs to another server.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
      retryStrategy: () => {
        this.#attempts += 1
        return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(this.#attempts, 10))
      },
    })
    this.#client.on('error', (error: unknown) => this.lose(error))
    this.#client.on('close', () => {
      // Otherwise somebody told already why.
      if (this.#usable) this.lose(new Error('the connection was closed'))
    })
    this.#client.on('ready', () => {
      const reaching = this.#reach().finally(() => {
        if (this.#reaching === reaching) this.#reaching = null
      })
      this.#reaching = reaching
    })
  }

  /** Begins to connect. Resolves when Redis is there, or did not answer the first time. Never rejects. */
  async open(): Promise<void> {
    this.#client.connect().catch((error: unknown) => this.lose(error))
    await this.#settled.promise
  }

  close(): void {
    this.#closed = true
    this.#client.disconnect()
  }

  /** False while it would be in vain to ask. */
  get isUsable(): boolean {
    return this.#usable
  }

  /** Resolves when no attempt to reach Redis is just being made: at once, or after a few commands. Never rejects. */
  async decided(): Promise<void> {
    await this.#reaching
  }

  /** @throws RedisUnavailable with how long Redis has been away, and why */
  assertUsable(): void {
    if (this.#usable) return
    const seconds = Math.round((monotonicMs() - this.#lostSinceMs) / SECOND_MS)
    throw new RedisUnavailable(`not usable for ${seconds} s: ${this.#reason}`)
  }

  /**
   * Runs a script. When Redis says no, the connection stays; when it does not answer, the connection is lost.
   * @throws RedisUnavailable in both cases
   */
  async run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    this.assertUsable()
    return this.#send(script, keys, values)
  }

  /** Nobody asks Redis any more until it was reached anew. Call it when an answer makes no sense, or was vital. */
  lose(error: unknown): void {
    this.#settled.resolve()
    this.#reason = error instanceof Error ? error.message : String(error)
    const wasUsable = this.#usable
    this.#usable = false
    if (this.#closed) return
    if (wasUsable) {
      this.#lostSinceMs = monotonicMs()
      this.#options.log.warn({ err: error }, 'Redis was lost; going on without it')
    }
    // A connection that still stands is not to be trusted: its next answers may belong to what was given up.
    if (this.#client.status !== 'ready' || this.#dropped === this.#connected) return
    this.#dropped = this.#connected
    this.#client.disconnect(true)
  }

  async #send(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    const args = [keys.length, ...keys, ...values]
    const connected = this.#connected
    try {
      return await this.#client.call('EVALSHA', script.sha1, ...args)
    } catch (error) {
      if (!isReply(error)) return this.#giveUp(error, connected)
      if (!error.message.startsWith('NOSCRIPT')) throw new RedisUnavailable(error.message, { cause: error })
    }
    // The keys belong to the run of Redis that was asked first.
    if (connected !== this.#connected) throw new RedisUnavailable('the connection was lost meanwhile')
    try {
      return await this.#client.call('EVAL', script.text, ...args)
    } catch (error) {
      if (!isReply(error)) return this.#giveUp(error, connected)
      throw new RedisUnavailable(error.message, { cause: error })
    }
  }

  #giveUp(error: unknown, connected: number): never {
    // What is left of an earlier connection says nothing of this one.
    if (connected === this.#connected) this.lose(error)
    throw new RedisUnavailable('Redis did not answer', { cause: error })
  }

  async #reach(): Promise<void> {
    this.#connected += 1
    const connected = this.#connected
    try {
      // Whatever listens there may answer anything.
      const facts: unknown = await this.#client.info('server')
      const run = /^run_id:(\w+)/m.exec(String(facts))?.[1]
      if (run === undefined) throw new Error('the server does not tell the id of its run')
      const first: RunScript = (script, keys, values) => this.#send(script, keys, values)
      do await this.#options.prepare(run, first)
      while (!this.#options.isPrepared())
      if (connected !== this.#connected || this.#client.status !== 'ready') return
      this.#options.onReached()
      this.#usable = true
      this.#attempts = 0
      this.#options.log.info({ awayMs: Math.round(monotonicMs() - this.#lostSinceMs) }, 'Redis is there')
      this.#settled.resolve()
    } catch (error) {
      this.lose(error)
    }
  }
}

/** An answer of Redis that says no, as opposed to none. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}
