import { SECOND_MS } from '#kernel/clock.ts'
import { newSecret } from '#kernel/ids.ts'
import type { Logger } from '../observability/log.ts'
import { RedisConnection, RedisUnavailable } from './connection.ts'
import { type CacheDriver, type Kept, type Look, lifeMs } from './driver.ts'
import { CHANGED, CHANGING, FORGET, KEEP, LET_GO, LOOK } from './scripts.ts'
import type { Question } from './spec.ts'

export interface RedisOptions {
  readonly url: string
  /** Tells installations apart that share one Redis. */
  readonly installation: string
  readonly log: Logger
  readonly commandTimeoutMs?: number
  /** How long others wait for somebody who computes before they look whether they live. Default 2 s. */
  readonly lockMs?: number
  /** Called when Redis is there, or there again, before it is used. */
  readonly onReached: () => void
}

const LOCK_MS = 2 * SECOND_MS
/** Longer than a transaction lives whose process died: PostgreSQL ends those that are idle after 30 s. */
const ANNOUNCED_MS = 60 * SECOND_MS
const TOKENS_AT_LEAST_MS = 60 * SECOND_MS
/** A tag that every value has: who could not tell what changed invalidates it. */
const EVERYTHING = 'everything'

/**
 * Values in a Redis that several processes share; see scripts.ts for what is stored. Keys carry the id of Redis' run: a
 * Redis that was started again, from whatever snapshot, or a replica that took over, begins with nothing. When this
 * process could not tell of an invalidation, it invalidates everything before it uses Redis again.
 */
export class RedisDriver implements CacheDriver {
  readonly name = 'redis'
  readonly #options: RedisOptions
  readonly #connection: RedisConnection
  // One for the process: of one key and stamp it computes once at a time.
  readonly #ticket = newSecret(12)
  #prefix = ''
  #owes = false

  constructor(options: RedisOptions) {
    this.#options = options
    const { url, log, commandTimeoutMs, onReached } = options
    this.#connection = new RedisConnection({
      ...{ url, log, onReached, name: 'airdate-cache' },
      ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
      prepare: async (run, first) => {
        this.#prefix = `airdate:${options.installation}:${run}`
        if (!this.#owes) return
        this.#owes = false
        await first(CHANGED, this.#tagKeys([EVERYTHING]), [this.#ticket]).catch((error: unknown) => {
          this.#owes = true
          throw error
        })
      },
      isPrepared: () => !this.#owes,
    })
  }

  /** Resolves when Redis is there, or did not answer the first time. Never rejects. */
  open(): Promise<void> {
    return this.#connection.open()
  }

  close(): void {
    this.#connection.close()
  }

  get isUsable(): boolean {
    return this.#connection.isUsable
  }

  /** @throws RedisUnavailable with how long Redis has been away, and why */
  assertUsable(): void {
    this.#connection.assertUsable()
  }

  async look(question: Question): Promise<Look> {
    const tokensMs = Math.max(2 * question.spec.ttlMs, TOKENS_AT_LEAST_MS)
    const values = [newSecret(9), tokensMs, this.#ticket, this.#options.lockMs ?? LOCK_MS]
    const answer = await this.#connection.run(LOOK, this.#keys(question), values)
    if (!Array.isArray(answer)) return this.#senseless(answer)
    const [found, text, leads, mayKeep] = answer as unknown[]
    if (typeof text !== 'string') return this.#senseless(answer)
    if (found !== 0 && found !== 1) return this.#senseless(answer)
    if (found === 0) return { kind: 'miss', stamp: text, leads: leads === 1, mayKeep: mayKeep === 1 }
    const value = valueOf(question, text)
    if (value !== undefined) return { kind: 'hit', value }
    this.#options.log.warn({ cache: question.spec.name }, 'what Redis gave back is no value of this cache')
    await this.#connection.run(FORGET, [this.#valueKey(question.key)], [])
    throw new RedisUnavailable(`${question.spec.name}: what was kept has another shape`)
  }

  async keep(question: Question, stamp: string, kept: Kept): Promise<void> {
    const livesMs = Math.floor(lifeMs(question, kept, false))
    if (livesMs <= 0) return this.letGo(question, stamp)
    const { payload } = kept
    await this.#connection.run(KEEP, this.#keys(question), [stamp, payload, livesMs, this.#ticket])
  }

  async letGo({ key }: Question, stamp: string): Promise<void> {
    await this.#connection.run(LET_GO, [this.#lockKey(key)], [stamp, this.#ticket])
  }

  /**
   * A transaction that changes these tags is about to commit. Call what it returns when it has ended, either way. Both
   * never reject; what could not be told is made good when Redis is back.
   */
  async changing(tags: readonly string[]): Promise<() => Promise<void>> {
    const ticket = newSecret(12)
    try {
      if (this.isUsable) await this.#connection.run(CHANGING, this.#tagKeys(tags), [ticket, ANNOUNCED_MS])
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a change was not announced to Redis')
    }
    return async () => {
      // Who comes while Redis is being reached tells it then: otherwise busy writers would owe anew without an end.
      await this.#connection.decided()
      try {
        await this.#connection.run(CHANGED, this.#tagKeys(tags), [ticket])
      } catch (error) {
        this.#owes = true
        if (this.isUsable) this.#connection.lose(error)
      }
    }
  }

  #senseless(answer: unknown): never {
    const error = new RedisUnavailable(`an answer that makes no sense: ${JSON.stringify(answer)?.slice(0, 100)}`)
    this.#connection.lose(error)
    throw error
  }

  #keys({ key, tags }: Question): string[] {
    return [this.#valueKey(key), this.#lockKey(key), ...this.#tagKeys([EVERYTHING, ...tags])]
  }

  #valueKey(key: string): string {
    return `${this.#prefix}:value:${key}`
  }

  #lockKey(key: string): string {
    return `${this.#prefix}:lock:${key}`
  }

  #tagKeys(tags: readonly string[]): string[] {
    return ['token', 'changing'].flatMap((kind) => tags.map((tag) => `${this.#prefix}:${kind}:${tag}`))
  }
}

/** Undefined when the text is no value of this cache. */
function valueOf({ spec }: Question, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return spec.accepts(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
