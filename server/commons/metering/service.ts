import { invariant } from '#kernel/assert.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Tx, Writing } from '#platform/database/database.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import type { BudgetsTable, CommonsTables } from '../tables.ts'
import { isAmount } from './money.ts'
import {
  addToDay,
  commons,
  costsBelow,
  insertEnd,
  insertOpening,
  insertReservation,
  lockBudgets,
  takeReservation,
  usage,
} from './queries.ts'

export const BudgetExceeded = problem('metering/budget-exceeded', 409, 'This would cost more than the budget allows')

/** Something that was paid for. */
export interface Spend {
  readonly workspaceId: string
  /** What it was spent on, unique for all time: `production:<id>:<stage>`. At most 200 characters. */
  readonly source: string
  /** Who was paid. */
  readonly provider: string
  /** Millionths of one unit of the currency; 0 or more, a whole number. */
  readonly amountMicros: number
  /** ISO 4217. */
  readonly currency: string
}

/** Something that may have to be paid for: so much is held until it is known. */
export interface Reservation extends Spend {
  /** The most that it may cost. */
  readonly amountMicros: number
  /** Who is asked what became of it when nobody has ended it in time; see `expiry.ts`. */
  readonly owner: string
  /** How long its holder has to end it. */
  readonly ttlMs: number
}

const open = (tx: Writing): Tx<CommonsTables> => tx as unknown as Tx<CommonsTables>

/**
 * Writes down what was spent, in the transaction that records the work: a source is written once, however often it is
 * told. Returns false when it was there before; nothing is changed then. It asks no budget: what was paid was paid.
 */
export async function recordSpend(tx: Writing, spend: Spend): Promise<boolean> {
  invariant(isAmount(spend.amountMicros), 'a spend is a whole number of micros')
  const { workspaceId, currency, amountMicros } = spend
  const line = { id: newId<'Spend'>(), ...spend, kind: 'spend', heldMicros: 0 } as const
  const day = await insertOpening(open(tx), line)
  if (day === null) return false
  await addToDay(open(tx), { workspaceId, currency, day }, { heldMicros: 0, spentMicros: amountMicros })
  return true
}

/**
 * Holds what something may cost, before it is begun. Commit it before the effect that costs, and end it by `settle` or
 * `release` afterwards. The budgets of the workspace are locked and asked in this very transaction, so that no number of
 * reservations at once passes them. Returns false when the source was opened before; nothing is changed then.
 * @throws BudgetExceeded when held and spent together would be more than a budget; nothing is changed then
 */
export async function reserve(tx: Writing, wish: Reservation): Promise<boolean> {
  const { workspaceId, source, provider, currency, amountMicros: heldMicros, owner, ttlMs } = wish
  invariant(isAmount(heldMicros), 'a reservation is a whole number of micros')
  await requireLeft(open(tx), wish)
  const line = { source, provider, currency, workspaceId, heldMicros }
  const opening = { ...line, id: newId<'Spend'>(), kind: 'reserve', amountMicros: 0 } as const
  const day = await insertOpening(open(tx), opening)
  if (day === null) return false
  await insertReservation(open(tx), { id: newId<'Reservation'>(), ...line, owner, countedOn: day }, ttlMs)
  await addToDay(open(tx), { workspaceId, currency, day }, { heldMicros, spentMicros: 0 })
  return true
}

/**
 * What was reserved has been paid: so much, which stands even where it is more than was held. It counts for the day on
 * which it was reserved. Returns false when the reservation had ended before, or there was none; nothing is changed then.
 */
export async function settle(tx: Writing, source: string, amountMicros: number): Promise<boolean> {
  invariant(isAmount(amountMicros), 'a cost is a whole number of micros')
  return end(open(tx), source, { kind: 'settle', amountMicros })
}

/** What was reserved costs nothing after all. Returns false when it had ended before, or there was none. */
export async function release(tx: Writing, source: string): Promise<boolean> {
  return end(open(tx), source, { kind: 'release', amountMicros: 0 })
}

async function end(
  tx: Tx<CommonsTables>,
  source: string,
  how: { readonly kind: 'settle' | 'release'; readonly amountMicros: number },
): Promise<boolean> {
  const held = await takeReservation(tx, source)
  if (held === undefined) return false
  await insertEnd(tx, newId<'Spend'>(), held, how)
  const { workspaceId, currency, countedOn: day, heldMicros } = held
  await addToDay(tx, { workspaceId, currency, day }, { heldMicros: 0 - heldMicros, spentMicros: how.amountMicros })
  return true
}

/** What was spent on everything whose source begins with `prefix`, by currency. */
export async function spentOn(ctx: HasDatabase, prefix: string): Promise<{ currency: string; amountMicros: number }[]> {
  const costs = await costsOn(ctx, prefix)
  return costs.map(({ currency, spentMicros: amountMicros }) => ({ currency, amountMicros }))
}

/** What was spent on everything whose source begins with `prefix`, and what is held for it at the moment, by currency. */
export function costsOn(
  ctx: HasDatabase,
  prefix: string,
): Promise<{ currency: string; spentMicros: number; heldMicros: number }[]> {
  return commons.one(ctx, (db) => costsBelow(db, prefix))
}

/** How much is held and was spent in a period. */
export interface Used {
  readonly heldMicros: number
  readonly spentMicros: number
}

export type UsageRow = Awaited<ReturnType<ReturnType<typeof usage>['execute']>>[number]

/** What is used of a budget; `row` is that of its currency. */
export function usedIn(row: UsageRow | undefined, period: BudgetsTable['period']): Used {
  if (row === undefined) return { heldMicros: 0, spentMicros: 0 }
  return { heldMicros: row[`${period}Held`], spentMicros: row[`${period}Spent`] }
}

async function requireLeft(tx: Tx<CommonsTables>, wish: Reservation): Promise<void> {
  const { workspaceId, currency, amountMicros } = wish
  const budgets = await lockBudgets(tx, workspaceId, currency)
  if (budgets.length === 0) return
  // A statement of its own, after the lock: it sees what those have committed who held the lock before.
  const rows = await usage(tx, workspaceId).execute()
  const row = rows.find((one) => one.currency === currency)
  for (const { period, limitMicros } of budgets) {
    const { heldMicros, spentMicros } = usedIn(row, period)
    const leftMicros = Math.max(0, limitMicros - heldMicros - spentMicros)
    if (amountMicros <= leftMicros) continue
    throw BudgetExceeded({
      detail: `It may cost ${amountMicros} micros, and of the budget (${period}) ${leftMicros} are left.`,
      ...{ period, limitMicros, leftMicros, currency },
    })
  }
}
