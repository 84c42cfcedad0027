import { fixed } from '#platform/database/fixed.ts'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { TaskStatus } from './schema.ts'

const shown = (db: PlannerDb) =>
  db
    .selectFrom('planner.tasks as t')
    .select([
      't.id',
      't.workspaceId',
      't.captureId',
      't.title',
      't.notes',
      't.status',
      't.waitingFor',
      't.productionId',
      't.completedAt',
      't.version',
      't.createdAt',
      't.updatedAt',
    ])
    .where('t.deletedAt', 'is', null)

export type TaskRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

export const taskById = fixed((db: PlannerDb, id: string) => shown(db).where('t.id', '=', id))

export const tasksOfWorkspace = (
  db: PlannerDb,
  workspaceId: string,
  filter: { readonly after: string | null; readonly limit: number; readonly status?: TaskStatus },
) =>
  shown(db)
    .where('t.workspaceId', '=', workspaceId)
    .$if(filter.after !== null, (query) => query.where('t.id', '<', filter.after ?? ''))
    .$if(filter.status !== undefined, (query) => query.where('t.status', '=', filter.status ?? 'inbox'))
    .orderBy('t.id', 'desc')
    .limit(filter.limit)

export async function insertTask(
  tx: PlannerTx,
  task: {
    readonly id: string
    readonly workspaceId: string
    readonly createdBy: string
    readonly captureId: string
    readonly title: string
    readonly notes: string
  },
): Promise<void> {
  await tx
    .insertInto('planner.tasks')
    .values({ ...task, status: 'inbox' })
    .execute()
}

/**
 * Moves a task from one of `from` to `to`; with `ofProduction` only while that is the production that it is about.
 * Returns whether it stood there.
 */
export async function moveTask(
  tx: PlannerTx,
  task: { readonly id: string; readonly ofProduction?: string },
  from: readonly TaskStatus[],
  to: TaskStatus,
  at: Date,
  set: { readonly productionId?: string; readonly waitingFor?: string } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('planner.tasks')
    .set((eb) => ({
      waitingFor: null,
      ...set,
      status: to,
      completedAt: to === 'done' ? at : null,
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', task.id)
    .where('status', 'in', [...from])
    .where('deletedAt', 'is', null)
    .$if(task.ofProduction !== undefined, (query) => query.where('productionId', '=', task.ofProduction ?? ''))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
