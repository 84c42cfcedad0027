import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'

/** Rests of words, pair by pair. */
export interface Rest {
  readonly rest: string
  readonly word: string
}

/** Has a task found by these words from now on. */
export async function indexTask(
  tx: PlannerTx,
  taskId: string,
  words: readonly string[],
  rests: readonly Rest[],
): Promise<void> {
  await sql`select planner.index_task(${taskId}, ${[...words]}::text[], ${rests.map(({ rest }) => rest)}::text[],
    ${rests.map(({ word }) => word)}::text[])`.execute(tx)
}

/** Ids of the workspace's tasks that hold every term, newest first. `rests` are those of each term, joined by spaces. */
export const tasksWithTerms = (
  db: PlannerDb,
  terms: readonly string[],
  rests: readonly string[],
  before: string,
  limit: number,
) =>
  db
    .selectFrom(
      sql`planner.find_tasks(${[...terms]}::text[], ${[...rests]}::text[], ${before}::uuid, ${limit}::integer)`.as(
        'found',
      ),
    )
    .select(sql<string>`found`.as('id'))
