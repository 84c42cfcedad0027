import { setTimeout as delay } from 'node:timers/promises'
import { invariant } from '#kernel/assert.ts'
import { SECOND_MS, monotonicMs } from '#kernel/clock.ts'
import type { Logger } from '../observability/log.ts'
import { RedisUnavailable } from './connection.ts'
import type { CacheDriver, Look } from './driver.ts'
import { MemoryDriver } from './memory.ts'
import type { CacheMetrics, ReadResult } from './metrics.ts'
import { RedisDriver, type RedisOptions } from './redis.ts'
import type { Question } from './spec.ts'

export interface CacheOptions {
  readonly log: Logger
  /** null: values are kept in this process alone. */
  readonly redis: Pick<RedisOptions, 'url' | 'installation' | 'lockMs'> | null
  readonly metrics?: CacheMetrics
  /** Default: the monotonic clock; tests stop it. */
  readonly nowMs?: () => number
  /** See `ConnectionOptions`. */
  readonly commandTimeoutMs?: number
  /** How long a read waits at most for another process that computes the same value. Default 0.5 s. */
  readonly patienceMs?: number
}

type Miss = Extract<Look, { kind: 'miss' }>

const PATIENCE_MS = SECOND_MS / 2
const POLL_FIRST_MS = 5
const POLL_LONGEST_MS = 50

const noMetrics: CacheMetrics = { read: () => undefined, looked: () => undefined, loaded: () => undefined }

/**
 * The caches of one process: what `cached` reads through. A value is computed once however many ask, and after an
 * invalidation has ended nobody is served what began to be computed before. With Redis that holds over all processes;
 * without it, or while it does not answer, over this one, and what others change is seen after `deafTtlMs` at the latest.
 */
export class Cache implements AsyncDisposable {
  readonly #memory: MemoryDriver
  readonly #redis: RedisDriver | null
  readonly #metrics: CacheMetrics
  readonly #patienceMs: number
  readonly #flights = new Map<string, Promise<unknown>>()

  constructor(options: CacheOptions) {
    const { log, redis, metrics = noMetrics, nowMs = monotonicMs, commandTimeoutMs, patienceMs = PATIENCE_MS } = options
    this.#metrics = metrics
    this.#patienceMs = patienceMs
    // Nobody tells it what others change, until `setDeaf` says otherwise.
    this.#memory = new MemoryDriver({ nowMs, deaf: true })
    this.#redis =
      redis === null
        ? null
        : new RedisDriver({
            // What was kept meanwhile may have missed what others changed.
            ...{ ...redis, log, onReached: () => this.#memory.clear() },
            ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
          })
  }

  /** Connects to Redis, if there is one. Resolves all the same when it does not answer. */
  async open(): Promise<void> {
    await this.#redis?.open()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis?.close()
    await Promise.allSettled(this.#flights.values())
  }

  /** Whether this process hears of what others change; see `Hearing`. Either way everything is forgotten. */
  setDeaf(deaf: boolean): void {
    invariant(this.#redis === null, 'with Redis nothing need be heard')
    this.#memory.setDeaf(deaf)
  }

  /** @throws RedisUnavailable with the reason when there is a Redis and it is not used now */
  assertWhole(): void {
    this.#redis?.assertUsable()
  }

  /** null without Redis. */
  get isRedisUsable(): boolean | null {
    return this.#redis?.isUsable ?? null
  }

  sizes(): ReturnType<MemoryDriver['sizes']> {
    return this.#memory.sizes()
  }

  /**
   * Answers from the cache or by `load`, whose value is kept. `load` may be shared with others who ask the same. `V` is
   * what the question's spec accepts.
   */
  async read<V>(question: Question, load: () => Promise<V>): Promise<V> {
    const beganMs = monotonicMs()
    let driver: CacheDriver = this.#redis?.isUsable === true ? this.#redis : this.#memory
    let look: Look
    try {
      look = await driver.look(question)
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error
      // Told by the driver. What others change is not known now: this process keeps its own, for a moment.
      this.#count(question, 'error')
      driver = this.#memory
      look = this.#memory.look(question)
    }
    this.#metrics.looked(question.spec.name, driver.name, monotonicMs() - beganMs)
    if (look.kind === 'hit') {
      this.#count(question, 'hit')
      return look.value as V
    }
    const name = `${driver.name} ${look.stamp} ${question.key}`
    const flight = this.#flights.get(name)
    if (flight !== undefined) {
      this.#count(question, 'shared')
      return flight as Promise<V>
    }
    const own = this.#fly(driver, question, look, load).finally(() => this.#flights.delete(name))
    this.#flights.set(name, own)
    return own
  }

  /** Computed and kept nowhere: for who sees what others may not. */
  async bypass<V>(question: Question, load: () => Promise<V>): Promise<V> {
    this.#count(question, 'bypass')
    return load()
  }

  /** From now on nothing is served that was computed from one of these tags before. Only this process is told. */
  forget(tags: readonly string[]): void {
    this.#memory.invalidate(tags)
  }

  /** The same for everything. */
  forgetAll(): void {
    this.#memory.clear()
  }

  /**
   * A transaction that changes these tags is about to commit. Call what it returns when it has ended, either way: then
   * nobody is served what was computed before. Both never reject.
   */
  async changing(tags: readonly string[]): Promise<() => Promise<void>> {
    const ended = await this.#redis?.changing(tags)
    return async () => {
      this.#memory.invalidate(tags)
      await ended?.()
    }
  }

  async #fly<V>(driver: CacheDriver, question: Question, first: Miss, load: () => Promise<V>): Promise<V> {
    const look = first.leads ? first : await this.#waitForOther(driver, question, first)
    if (look.kind === 'hit') {
      this.#count(question, 'waited')
      return look.value as V
    }
    this.#count(question, look.mayKeep ? 'miss' : 'bypass')
    const beganMs = monotonicMs()
    let value: V
    try {
      value = await load()
    } catch (error) {
      await this.#tell(question, () => driver.letGo(question, look.stamp))
      throw error
    }
    const ageMs = monotonicMs() - beganMs
    this.#metrics.loaded(question.spec.name, ageMs)
    invariant(
      question.spec.accepts(value),
      `${question.spec.name}: what was computed has not the shape that it is kept in`,
    )
    if (!look.mayKeep) return value
    const payload = JSON.stringify(value)
    const sizeBytes = Buffer.byteLength(payload)
    await this.#tell(question, () =>
      sizeBytes > question.spec.maxValueBytes
        ? driver.letGo(question, look.stamp)
        : driver.keep(question, look.stamp, { value: frozen(value), payload, sizeBytes, ageMs }),
    )
    return value
  }

  /** Waits a moment for another process that computes; then this one does it too. */
  async #waitForOther(driver: CacheDriver, question: Question, first: Miss): Promise<Look> {
    const untilMs = monotonicMs() + this.#patienceMs
    let look: Look = first
    for (let pauseMs = POLL_FIRST_MS; monotonicMs() < untilMs; pauseMs = Math.min(2 * pauseMs, POLL_LONGEST_MS)) {
      await delay(pauseMs)
      try {
        look = await driver.look(question)
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error
        this.#count(question, 'error')
        return first
      }
      if (look.kind === 'hit' || look.leads) return look
    }
    return look
  }

  /** What the cache is told need not succeed: the value is served in any case. */
  async #tell(question: Question, tell: () => void | Promise<void>): Promise<void> {
    try {
      await tell()
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error
      this.#count(question, 'error')
    }
  }

  #count(question: Question, result: ReadResult): void {
    this.#metrics.read(question.spec.name, result)
  }
}

/** A value that several readers share is nobody's to change. */
function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}
