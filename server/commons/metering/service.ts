import { invariant } from '#kernel/assert.ts'
import { newId } from '#kernel/ids.ts'
import type { Tx, Writing } from '#platform/database/database.ts'
import { type HasDatabase, handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'
import { insertSpend, spentBelow } from './queries.ts'

const commons = handle<CommonsTables>()

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

/**
 * Writes down what was spent, in the transaction that records the work: a source is written once, however often it is
 * told. Returns false when it was there before; nothing is changed then.
 */
export function recordSpend(tx: Writing, spend: Spend): Promise<boolean> {
  invariant(Number.isSafeInteger(spend.amountMicros) && spend.amountMicros >= 0, 'a spend is a whole number of micros')
  return insertSpend(tx as unknown as Tx<CommonsTables>, { id: newId<'Spend'>(), ...spend })
}

/** What was spent on everything whose source begins with `prefix`, by currency. */
export function spentOn(ctx: HasDatabase, prefix: string): Promise<{ currency: string; amountMicros: number }[]> {
  return commons.one(ctx, (db) => spentBelow(db, prefix))
}
