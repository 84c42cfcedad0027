import { createHmac } from 'node:crypto'
import { monotonicMs } from '#kernel/clock.ts'
import { RedisUnavailable } from '../cache/connection.ts'
import type { Logger } from '../observability/log.ts'
import { roomMsOf } from './gcra.ts'
import { type Ask, Ledger, type Verdict, refusalOf } from './ledger.ts'
import type { LimitMetrics } from './metrics.ts'
import {
  BAD_CREDENTIALS,
  type ClassPolicies,
  type Policy,
  ROUTE_POLICIES,
  type RouteLimit,
  USE_POLICIES,
  type UseLimit,
  scaled,
} from './policies.ts'
import { SharedLedger } from './shared-ledger.ts'

export interface LimitsOptions {
  readonly log: Logger
  /** All quotas are multiplied by it; more than 0. */
  readonly scale: number
  /** With it keys of use-cases are hidden; the same in all processes of an installation. */
  readonly secret: string
  /** null: each process counts by itself. */
  readonly redis: { readonly url: string; readonly installation: string } | null
  readonly metrics?: LimitMetrics
  /** Default: the monotonic clock; tests move it. */
  readonly nowMs?: () => number
  /** See `ConnectionOptions`. */
  readonly commandTimeoutMs?: number
}

/**
 * The limits of one process. With Redis the processes count together; while it does not answer each goes on by itself,
 * from what it knows, and tells what was used meanwhile when Redis is back. Nothing switches limits off.
 */
export class Limits implements AsyncDisposable {
  readonly #ledger: Ledger
  readonly #shared: SharedLedger | null
  readonly #secret: string
  readonly #metrics: LimitMetrics | undefined
  /** By class of routes. */
  readonly routes: Readonly<Record<Exclude<RouteLimit, 'none'>, ClassPolicies>>
  readonly uses: Readonly<Record<UseLimit, Policy>>
  readonly badCredentials: Policy

  constructor(options: LimitsOptions) {
    const { log, redis, scale, secret, metrics, nowMs = monotonicMs, commandTimeoutMs } = options
    this.#ledger = new Ledger(nowMs)
    this.#shared = redis === null ? null : new SharedLedger(this.#ledger, { ...redis, log, commandTimeoutMs })
    this.#secret = secret
    this.#metrics = metrics
    this.routes = mapped(ROUTE_POLICIES, ({ address, account, credential, ...rest }) => ({
      ...{ address: scaled(address, scale), account: scaled(account, scale), credential: scaled(credential, scale) },
      ...rest,
    }))
    this.uses = mapped(USE_POLICIES, (policy) => scaled(policy, scale))
    this.badCredentials = scaled(BAD_CREDENTIALS, scale)
  }

  /** Connects to Redis, if there is one. Resolves all the same when it does not answer. */
  async open(): Promise<void> {
    await this.#shared?.open()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shared?.[Symbol.asyncDispose]()
  }

  /** null without Redis. */
  get isRedisUsable(): boolean | null {
    return this.#shared?.isUsable ?? null
  }

  /** How many keys this process knows. */
  get size(): number {
    return this.#ledger.size
  }

  /**
   * Counts one use of each, or of none when one of them has no room. The others hear of it some milliseconds later: uses
   * at two processes at the same time may both be the last.
   */
  take(asks: readonly Ask[]): Verdict {
    const verdict = this.#ledger.take(asks)
    if (verdict.allowed && this.#shared !== null) for (const ask of asks) this.#shared.tell(this.#ledger.accountOf(ask))
    return this.#noted(asks, verdict)
  }

  /** The same, agreed upon with all processes: of uses at the same time exactly as many as fit are allowed. */
  async takeExactly(asks: readonly Ask[]): Promise<Verdict> {
    try {
      if (this.#shared?.isUsable === true) return this.#noted(asks, await this.#shared.take(asks))
    } catch (error) {
      // Told by the connection.
      if (!(error instanceof RedisUnavailable)) throw error
    }
    return this.take(asks)
  }

  /** Gives one use of each back: for what turned out not to be worth counting. Never rejects for want of Redis. */
  async giveBack(asks: readonly Ask[]): Promise<void> {
    try {
      if (this.#shared?.isUsable === true) return await this.#shared.giveBack(asks)
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error
    }
    for (const ask of asks) this.#ledger.add(ask, -1)
  }

  /** Counts a use whether or not there is room. */
  count(ask: Ask): void {
    const account = this.#ledger.add(ask, 1)
    this.#shared?.tell(account)
  }

  /** What is owed, as far as this process knows; refused when there is no room for one use more. */
  look(ask: Ask): Verdict {
    const debtMs = this.#ledger.debtMs(ask)
    return this.#noted([ask], { allowed: debtMs <= roomMsOf(ask.policy), debtsMs: [debtMs] })
  }

  /** A key that stands for `text` and does not tell it: names and addresses are nobody's business in Redis. */
  hide(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url').slice(0, 24)
  }

  #noted(asks: readonly Ask[], verdict: Verdict): Verdict {
    if (!verdict.allowed) this.#metrics?.refused(refusalOf(asks, verdict).policy?.name ?? 'none')
    return verdict
  }
}

function mapped<K extends string, From, To>(record: Readonly<Record<K, From>>, to: (from: From) => To): Record<K, To> {
  const entries = (Object.keys(record) as K[]).map((key) => [key, to(record[key])] as const)
  return Object.fromEntries(entries) as Record<K, To>
}
