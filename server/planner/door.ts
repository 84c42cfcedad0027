import type { Db, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { Tables } from './tables.ts'

/** The planner's door to the database. */
export const planner = handle<Tables>()

export type PlannerDb = Db<Tables>
export type PlannerTx = Tx<Tables>
