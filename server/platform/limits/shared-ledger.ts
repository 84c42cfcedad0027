import { setTimeout as delay } from 'node:timers/promises'
import { newSecret } from '#kernel/ids.ts'
import { RedisConnection, RedisUnavailable } from '../cache/connection.ts'
import { script } from '../cache/scripts.ts'
import type { Logger } from '../observability/log.ts'
import { costMsOf, roomMsOf } from './gcra.ts'
import type { Account, Ask, Ledger, Verdict } from './ledger.ts'

export interface SharedLedgerOptions {
  readonly url: string
  /** Tells installations apart that share one Redis. */
  readonly installation: string
  readonly log: Logger
  /** See `ConnectionOptions`. */
  readonly commandTimeoutMs?: number | undefined
}

/**
 * KEYS: the name of Redis' memory, then accounts. ARGV: `ask`, or `count` to refuse nothing; a name for the memory if it
 * has none, because it is new or was lost; then for each account its window, the largest debt with room for one more, what
 * to add, what the asking process knows to be owed, and the memory that knows it too; times in ms. Each key holds the time
 * of Redis' clock at which nothing is owed any more. Answers 1 or 0 for refused or not, the name, then the debts in ms.
 *
 * A debt is never taken for larger than the window: a clock that was set back locks nobody out for longer.
 */
const SETTLE = script(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local memory = redis.call('GET', KEYS[1])
if not memory then
  memory = ARGV[2]
  redis.call('SET', KEYS[1], memory)
end
local debts, refused = {}, 0
for i = 2, #KEYS do
  local at = (i - 2) * 5 + 2
  local window, room, known = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4])
  local clear = tonumber(redis.call('GET', KEYS[i]) or 0) or 0
  if clear ~= clear then clear = 0 end
  debts[i] = math.max(0, clear - now)
  if ARGV[at + 5] ~= memory then debts[i] = math.max(debts[i], known) end
  debts[i] = math.min(window, debts[i])
  if ARGV[1] == 'ask' and debts[i] > room then refused = 1 end
end
local answer = { refused, memory }
for i = 2, #KEYS do
  local at = (i - 2) * 5 + 2
  if refused == 0 then
    debts[i] = math.min(tonumber(ARGV[at + 1]), math.max(0, debts[i] + tonumber(ARGV[at + 3])))
  end
  if debts[i] > 0 then
    redis.call('SET', KEYS[i], string.format('%.3f', now + debts[i]), 'PX', math.ceil(debts[i]))
  else
    redis.call('DEL', KEYS[i])
  end
  answer[i + 1] = string.format('%.3f', debts[i])
end
return answer
`)

/** One account in the arguments of the script. */
interface Line {
  readonly account: Account
  readonly addMs: number
  readonly knownMs: number
}

// What comes within it goes in one message: a message for each call would cost more than all else that counting does.
const GATHERING_MS = 5

/** Accounts that are told in one step: Redis does nothing else meanwhile. */
const BATCH = 100

/**
 * What is owed to all processes together, in their Redis. What this process knows goes along with each question and counts
 * when Redis' memory is another one than knew it: so that one that was started again, wiped or away is told what it missed.
 */
export class SharedLedger implements AsyncDisposable {
  readonly #own: Ledger
  readonly #options: SharedLedgerOptions
  readonly #connection: RedisConnection
  readonly #untold = new Set<Account>()
  #telling: Promise<void> | null = null

  /** `own` is what this process knows by itself; it learns each answer. */
  constructor(own: Ledger, options: SharedLedgerOptions) {
    this.#own = own
    this.#options = options
    const { url, log, commandTimeoutMs } = options
    this.#connection = new RedisConnection({
      ...{ url, log, name: 'airdate-limits' },
      ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
      prepare: async () => undefined,
      isPrepared: () => true,
      onReached: () => undefined,
    })
  }

  /** Resolves when Redis is there, or did not answer the first time. Never rejects. */
  open(): Promise<void> {
    return this.#connection.open()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#telling
    this.#connection.close()
  }

  get isUsable(): boolean {
    return this.#connection.isUsable
  }

  /** Counts one use of each, or of none when one of them has no room. @throws RedisUnavailable */
  async take(asks: readonly Ask[]): Promise<Verdict> {
    return this.#settle('ask', this.#linesOf(asks, 1))
  }

  /** Gives one use of each back. @throws RedisUnavailable */
  async giveBack(asks: readonly Ask[]): Promise<void> {
    await this.#settle('count', this.#linesOf(asks, -1))
  }

  /**
   * Has the others hear of a use that was counted here, some milliseconds later. Nobody waits for it. What cannot be told
   * goes along as what is known here when Redis is asked about that account again.
   */
  tell(account: Account): void {
    if (!this.isUsable) {
      account.knownIn = ''
      return
    }
    account.untoldMs += costMsOf(account.policy)
    this.#untold.add(account)
    this.#telling ??= this.#tellAll().finally(() => (this.#telling = null))
  }

  async #tellAll(): Promise<void> {
    while (this.#untold.size > 0) {
      if (this.#untold.size < BATCH) await delay(GATHERING_MS)
      const lines = [...this.#untold].slice(0, BATCH).map((account): Line => {
        const addMs = account.untoldMs
        account.untoldMs = 0
        this.#untold.delete(account)
        return { account, addMs, knownMs: Math.max(0, this.#own.debtOf(account) - addMs) }
      })
      try {
        await this.#settle('count', lines)
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error
        this.#options.log.debug({ err: error }, 'Redis was not told of calls')
        for (const account of [...lines.map((line) => line.account), ...this.#untold]) {
          account.untoldMs = 0
          account.knownIn = ''
        }
        this.#untold.clear()
      }
    }
  }

  #linesOf(asks: readonly Ask[], uses: number): Line[] {
    return asks.map((ask) => {
      const account = this.#own.accountOf(ask)
      return { account, addMs: uses * costMsOf(ask.policy), knownMs: this.#own.debtOf(account) }
    })
  }

  async #settle(how: 'ask' | 'count', lines: readonly Line[]): Promise<Verdict> {
    const prefix = `airdate:${this.#options.installation}:limit`
    const keys = lines.map(({ account: { policy, key } }) => `${prefix}:${policy.name}:${key}`)
    const values = lines.flatMap(({ account: { policy, knownIn }, addMs, knownMs }) => [
      ...[policy.windowMs, roomMsOf(policy), addMs, knownMs].map((ms) => ms.toFixed(6)),
      knownIn,
    ])
    const answer = await this.#connection.run(SETTLE, [`${prefix}-memory`, ...keys], [how, newSecret(9), ...values])
    const [refused, memory, ...told] = Array.isArray(answer) ? (answer as unknown[]) : []
    const debtsMs = told.map(Number)
    const isWhole = debtsMs.length === lines.length && debtsMs.every((ms) => ms >= 0)
    if ((refused !== 0 && refused !== 1) || typeof memory !== 'string' || !isWhole) {
      const error = new RedisUnavailable(`an answer that makes no sense: ${JSON.stringify(answer)?.slice(0, 100)}`)
      this.#connection.lose(error)
      throw error
    }
    for (const [index, { account }] of lines.entries()) this.#own.settle(account, debtsMs[index] ?? 0, memory)
    return { allowed: refused === 0, debtsMs }
  }
}
