import type { PlannerDb, PlannerTx } from '../door.ts'

/** A thought of the person in whose scope it is asked, with its task where that is in the scope's workspace. */
export const captureById = (db: PlannerDb, id: string) =>
  db
    .selectFrom('planner.captures as c')
    .leftJoin('planner.tasks as t', (join) => join.onRef('t.captureId', '=', 'c.id').on('t.deletedAt', 'is', null))
    .select(['c.id', 'c.userId', 'c.text', 'c.version', 'c.createdAt', 't.id as taskId'])
    .where('c.id', '=', id)
    .where('c.deletedAt', 'is', null)
    .limit(1)

export async function insertCapture(
  tx: PlannerTx,
  capture: { readonly id: string; readonly userId: string; readonly text: string },
): Promise<Date> {
  const { createdAt } = await tx
    .insertInto('planner.captures')
    .values(capture)
    .returning('createdAt')
    .executeTakeFirstOrThrow()
  return createdAt
}
