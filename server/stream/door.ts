import type { Db, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { Tables } from './tables.ts'

/** The stream's door to the database. */
export const stream = handle<Tables>()

export type StreamDb = Db<Tables>
export type StreamTx = Tx<Tables>
