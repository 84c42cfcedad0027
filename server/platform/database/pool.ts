import pg from 'pg'
import { MINUTE_MS, SECOND_MS, monotonicMs } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'

export const DatabaseUnavailable = problem('database-unavailable', 503, 'The database cannot be reached at the moment')

export interface PoolOptions {
  readonly connection: pg.ClientConfig
  /** Connections at most; see claims.ts for the sum over all processes. */
  readonly max: number
  readonly applicationName: string
  readonly statementTimeoutMs?: number
  readonly lockTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  /** Called with the time a caller waited for a connection. */
  readonly onAcquired?: (waitMs: number) => void
  readonly onConnectionError?: (error: Error) => void
}

const ACQUIRE_TIMEOUT_MS = 30 * SECOND_MS
const RECYCLE_MS = 30 * MINUTE_MS
// A connection that slept longer is asked whether it still lives: a firewall or a restart may have cut it silently.
const LIVENESS_AFTER_IDLE_MS = 20 * SECOND_MS

// bigint columns hold sizes, ticks and micros, all below 2^53: a number is what the code computes with.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint of the database is beyond 2^53')
  return value
})

// A day is no instant: what the driver makes of it depends on where the server stands.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

/** A pool of connections of one role. Connections pipeline: statements sent without awaiting travel in one trip. */
export class Pool {
  readonly #pool: pg.Pool
  readonly #lastUsedMs = new WeakMap<pg.PoolClient, number>()
  readonly #onAcquired: ((waitMs: number) => void) | undefined

  constructor(options: PoolOptions) {
    this.#onAcquired = options.onAcquired
    const settings: pg.PoolConfig & { pipeline: boolean } = {
      ...options.connection,
      max: options.max,
      application_name: options.applicationName,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      maxLifetimeSeconds: RECYCLE_MS / SECOND_MS,
      idleTimeoutMillis: 5 * MINUTE_MS,
      statement_timeout: options.statementTimeoutMs ?? 30 * SECOND_MS,
      lock_timeout: options.lockTimeoutMs ?? 10 * SECOND_MS,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 30 * SECOND_MS,
      pipeline: true,
    }
    this.#pool = new pg.Pool(settings)
    // An idle connection's end is told by the pool, a lent one's by the connection itself: both must be heard.
    this.#pool.on('error', (error) => options.onConnectionError?.(error))
    this.#pool.on('connect', (client) => client.on('error', (error) => options.onConnectionError?.(error)))
  }

  /** Counts of connections: open, idle, and callers waiting. */
  get counts(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    return { open: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount }
  }

  /**
   * Lends a connection that answers. Give it back with `release`; with an error the connection is thrown away.
   * @throws DatabaseUnavailable when none can be had within 30 s or the server refuses
   */
  async acquire(): Promise<pg.PoolClient> {
    const startedMs = monotonicMs()
    for (let attempt = 0; ; attempt += 1) {
      const client = await this.#pool.connect().catch((cause: unknown) => {
        throw DatabaseUnavailable({ headers: { 'Retry-After': '2' } }, { cause })
      })
      const idleMs = startedMs - (this.#lastUsedMs.get(client) ?? startedMs)
      if (idleMs < LIVENESS_AFTER_IDLE_MS || (await answers(client))) {
        this.#onAcquired?.(monotonicMs() - startedMs)
        return client
      }
      client.release(true)
      if (attempt >= this.#pool.options.max) throw DatabaseUnavailable({ headers: { 'Retry-After': '2' } })
    }
  }

  release(client: pg.PoolClient, error?: unknown): void {
    this.#lastUsedMs.set(client, monotonicMs())
    client.release(error !== undefined && isConnectionError(error))
  }

  async end(): Promise<void> {
    await this.#pool.end()
  }
}

async function answers(client: pg.PoolClient): Promise<boolean> {
  return client.query('select 1').then(
    () => true,
    () => false,
  )
}

const CONNECTION_LOST = new Set([
  '57P01',
  '57P02',
  '57P03',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
])
const WORTH_ANOTHER_TRY = new Set(['40001', '40P01', '55P03', '57014', '53300', '25P03'])

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/** True when the connection itself is gone, so that it must not return to the pool. */
export function isConnectionError(error: unknown): boolean {
  const code = codeOf(error)
  if (CONNECTION_LOST.has(code) || code.startsWith('08')) return true
  return error instanceof Error && /Connection terminated|not queryable|Client was closed/.test(error.message)
}

/** Turns a failure of the machinery (lost connection, deadlock, timeout) into a 503; everything else stays what it is. */
export function translateDatabaseError(error: unknown): unknown {
  if (isConnectionError(error) || WORTH_ANOTHER_TRY.has(codeOf(error))) {
    return DatabaseUnavailable({ headers: { 'Retry-After': '1' } }, { cause: error })
  }
  return error
}
