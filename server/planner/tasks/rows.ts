import { problem } from '#kernel/errors.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { etagOf } from '#platform/http/etag.ts'
import { Unauthenticated } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { canUse } from './policy.ts'
import { type TaskRow, lockedTask, taskById, tasksByIds } from './queries.ts'
import type { Task } from './schema.ts'
import { shown } from './shown.ts'

export const TaskNotFound = problem('planner/task-not-found', 404, 'There is no such task')

export function personOf({ actor }: Pick<Ctx, 'actor'>): UserActor {
  if (actor.kind !== 'user') throw Unauthenticated()
  return actor
}

/** A task with the tag of its state: what hangs on it (labels, children, what it waits for) changes without its version. */
export function tagged(row: TaskRow): { task: Task; etag: string } {
  const task = shown(row)
  return {
    task,
    etag: etagOf(row.id, row.version, JSON.stringify([task.labels, task.progress, task.blocked, task.recurrence])),
  }
}

/**
 * A task as it is kept.
 * @throws TaskNotFound also for those of other workspaces
 */
export async function taskRow(ctx: Ctx, id: string): Promise<TaskRow> {
  const [row] = await planner.one(ctx, (db) => taskById(db, id))
  return mine(ctx, id, row)
}

/** The same within a transaction, held until it ends. */
export async function taskHeld(tx: PlannerTx, ctx: Ctx, id: string): Promise<TaskRow> {
  return mine(ctx, id, await lockedTask(tx, id).executeTakeFirst())
}

function mine(ctx: Ctx, id: string, row: TaskRow | undefined): TaskRow {
  if (row === undefined || !canUse(ctx.actor, row)) throw TaskNotFound({ detail: `No task ${id} is here for you.` })
  return row
}

/** Tasks in the order of their ids as given, within a transaction; those that are not there are left out. */
export async function tasksIn(tx: PlannerTx, ids: readonly string[]): Promise<Task[]> {
  const rows = new Map((await tasksByIds(tx, ids).execute()).map((row) => [row.id, row]))
  return ids.flatMap((id) => rows.get(id) ?? []).map(shown)
}

/**
 * One task with the tag of its state.
 * @throws TaskNotFound
 */
export async function taskWithTag(ctx: Ctx, id: string): Promise<{ task: Task; etag: string }> {
  return tagged(await taskRow(ctx, id))
}
