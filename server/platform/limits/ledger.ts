import { LRUCache } from 'lru-cache'
import { debtAfter, roomMsOf, waitMsOf } from './gcra.ts'
import type { Policy } from './policies.ts'

/** One use of a policy by whoever `key` names: an address, a person, a credential, or what a use-case counts by. */
export interface Ask {
  readonly policy: Policy
  /** At most some hundred characters. */
  readonly key: string
}

/** How asks were answered: all of them were counted, or none was. */
export interface Verdict {
  readonly allowed: boolean
  /** In the order of the asks: the debt of each afterwards. */
  readonly debtsMs: readonly number[]
}

/** How long until each of the asks would be allowed, and which one makes for the longest wait. */
export function refusalOf(
  asks: readonly Ask[],
  { debtsMs }: Verdict,
): { readonly policy: Policy | undefined; readonly waitMs: number } {
  let [longest, waitMs]: [Policy | undefined, number] = [undefined, 0]
  for (const [index, { policy }] of asks.entries()) {
    const ownMs = waitMsOf(policy, debtsMs[index] ?? 0)
    if (ownMs > waitMs) [longest, waitMs] = [policy, ownMs]
  }
  return { policy: longest, waitMs }
}

/** What one key owes under one policy. */
export interface Account extends Ask {
  /** When it owes nothing any more, by this process's clock. */
  clearAtMs: number
  /** What was used here and not told to the others yet. */
  untoldMs: number
  /** The memory in which others know of all the rest; empty when they may not. */
  knownIn: string
}

// 50,000 keys of one policy take about 15 MB. Who has more addresses than that is not stopped by counting addresses, and
// pushes out addresses alone: each policy has its own.
const KEYS_MAX = 50_000
// Counted as sizes: room for the `max` of an LRUCache is made in advance, milliseconds and a megabyte for each policy.
const BOUND = { maxSize: KEYS_MAX, sizeCalculation: () => 1 } as const

/**
 * What is owed, as far as this process knows: bounded in number for each policy, the longest untouched go first. Nothing
 * here waits, so that two calls never see the same last use.
 */
export class Ledger {
  readonly #nowMs: () => number
  readonly #accounts = new Map<string, LRUCache<string, Account>>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  debtMs(ask: Ask): number {
    return this.debtOf(this.#lruOf(ask.policy).get(ask.key))
  }

  debtOf(account: Account | undefined): number {
    return account === undefined ? 0 : Math.max(0, account.clearAtMs - this.#nowMs())
  }

  /** Counts one use of each, or of none when one of them has no room. */
  take(asks: readonly Ask[]): Verdict {
    const debtsMs = asks.map((ask) => this.debtMs(ask))
    if (!asks.every(({ policy }, index) => (debtsMs[index] ?? 0) <= roomMsOf(policy)))
      return { allowed: false, debtsMs }
    return { allowed: true, debtsMs: asks.map((ask) => this.debtOf(this.add(ask, 1))) }
  }

  /** Counts uses whatever is owed; -1 gives one back. Returns the account that changed. */
  add(ask: Ask, uses: number): Account {
    const account = this.accountOf(ask)
    const debtMs = this.debtOf(account)
    const laterMs = debtAfter(ask.policy, debtMs, uses)
    account.clearAtMs = this.#nowMs() + laterMs
    return account
  }

  /** What is owed according to a memory that knows all but what it was not told yet. */
  settle(ask: Ask, debtMs: number, memory: string): void {
    const account = this.accountOf(ask)
    account.knownIn = memory
    account.clearAtMs = this.#nowMs() + Math.min(ask.policy.windowMs, debtMs + account.untoldMs)
  }

  /** How many keys are known. */
  get size(): number {
    return this.#accounts.values().reduce((sum, lru) => sum + lru.size, 0)
  }

  /** What is known of a key; from now on it is known. */
  accountOf(ask: Ask): Account {
    const lru = this.#lruOf(ask.policy)
    const known = lru.get(ask.key)
    if (known !== undefined) return known
    const account = { policy: ask.policy, key: ask.key, clearAtMs: 0, untoldMs: 0, knownIn: '' }
    lru.set(ask.key, account)
    return account
  }

  #lruOf({ name }: Policy): LRUCache<string, Account> {
    let lru = this.#accounts.get(name)
    if (lru === undefined) this.#accounts.set(name, (lru = new LRUCache(BOUND)))
    return lru
  }
}
