import type { Db, Tx, Writing } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { Tables } from './tables.ts'

/** The studio's door to the database. */
export const studio = handle<Tables>()

export type StudioDb = Db<Tables>
export type StudioTx = Tx<Tables>

/** The same transaction, with the studio's tables in sight: for a command that another wing calls in its own. */
export function within(tx: Writing): StudioTx {
  return tx as StudioTx
}
