import { sql } from 'kysely'
import type { Db, Tx } from '#platform/database/database.ts'
import type { CommonsTables, SpendsTable } from '../tables.ts'

/** Adds a row, if its source is not written yet. Returns whether it was added. */
export async function insertSpend(tx: Tx<CommonsTables>, spend: Omit<SpendsTable, 'createdAt'>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('commons.spends')
    .values(spend)
    .onConflict((conflict) => conflict.column('source').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** What was spent below a source (`production:<id>:`), by currency. */
export const spentBelow = (db: Db<CommonsTables>, prefix: string) =>
  db
    .selectFrom('commons.spends')
    .select(['currency', sql<number>`sum(amount_micros)::bigint`.as('amountMicros')])
    .where((eb) => eb.fn<boolean>('starts_with', ['source', eb.val(prefix)]))
    .groupBy('currency')
    .orderBy('currency')
