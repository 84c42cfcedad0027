import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'

/** Ids of what a task waits for and of what waits for it. */
export const dependenciesOf = (db: PlannerDb, id: string) =>
  db
    .selectFrom('planner.taskDependencies')
    .select(['taskId', 'dependsOnId'])
    .where((eb) => eb.or([eb('taskId', '=', id), eb('dependsOnId', '=', id)]))
    .orderBy('createdAt')

/** One at a time for each workspace, until the transaction ends: two who join tasks at once could close a circle together. */
export async function holdDependencies(tx: PlannerTx, workspaceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('planner.dependencies:' || ${workspaceId}::text, 0))`.execute(
    tx,
  )
}

/** Whether `from` waits for `to`, by however many others. */
export async function leadsTo(tx: PlannerTx, workspaceId: string, from: string, to: string): Promise<boolean> {
  const { rows } = await sql<{ leads: boolean }>`with recursive way as (
      select d.depends_on_id as id from planner.task_dependencies d
        where d.workspace_id = ${workspaceId} and d.task_id = ${from}
      union
      select d.depends_on_id from way w
        join planner.task_dependencies d on d.workspace_id = ${workspaceId} and d.task_id = w.id)
    select exists (select from way where id = ${to}) as leads`.execute(tx)
  return rows[0]?.leads === true
}

export const dependencyCount = (tx: PlannerTx, workspaceId: string, taskId: string) =>
  tx
    .selectFrom('planner.taskDependencies')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)
    .where('taskId', '=', taskId)

export async function insertDependency(
  tx: PlannerTx,
  row: { readonly workspaceId: string; readonly taskId: string; readonly dependsOnId: string },
): Promise<void> {
  await tx
    .insertInto('planner.taskDependencies')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function removeDependency(tx: PlannerTx, taskId: string, dependsOnId: string): Promise<void> {
  await tx
    .deleteFrom('planner.taskDependencies')
    .where('taskId', '=', taskId)
    .where('dependsOnId', '=', dependsOnId)
    .execute()
}
