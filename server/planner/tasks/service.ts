import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { Unauthenticated } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { canUse } from './policy.ts'
import { type TaskRow, insertTask, moveTask, taskById, tasksOfWorkspace } from './queries.ts'
import type { Task, TaskQuery } from './schema.ts'
import { statusesBefore } from './state.ts'

export const TaskNotFound = problem('planner/task-not-found', 404, 'There is no such task')

/**
 * A task as it is kept.
 * @throws TaskNotFound also for those of other workspaces
 */
export async function taskRow(ctx: Ctx, id: string): Promise<TaskRow> {
  const [row] = await planner.one(ctx, (db) => taskById(db, id))
  if (row === undefined || !canUse(ctx.actor, row)) throw TaskNotFound({ detail: `No task ${id} is here for you.` })
  return row
}

/**
 * One task with the tag of its state.
 * @throws TaskNotFound
 */
export async function taskWithTag(ctx: Ctx, id: string): Promise<{ task: Task; etag: string }> {
  const row = await taskRow(ctx, id)
  return { task: shown(row), etag: etagOf(row.id, row.version) }
}

/** The workspace's tasks, newest first. */
export async function tasksOf(ctx: Ctx, query: TaskQuery): Promise<Page<Task>> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const { workspaceId } = ctx.actor
  const { limit = 20, cursor, ...filter } = query
  const after = afterCursor(cursor)
  const rows = await planner.one(ctx, (db) => tasksOfWorkspace(db, workspaceId, { ...filter, after, limit: limit + 1 }))
  const page = pageOf(rows, limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/** Writes a new task of the inbox. */
export const addTask = (tx: PlannerTx, task: Parameters<typeof insertTask>[1]): Promise<void> => insertTask(tx, task)

/** The task is worked on by a production. Returns false when it is not to be worked on any more, or is already. */
export function beginProduction(tx: PlannerTx, ctx: Ctx, id: string, productionId: string): Promise<boolean> {
  return moveTask(tx, { id }, statusesBefore('doing'), 'doing', ctx.clock.now(), { productionId })
}

/** The production is done and so is the task. Told twice, or of a production that is not the task's any more, it changes nothing. */
export async function completeTask(ctx: Ctx, id: string, productionId: string): Promise<void> {
  const at = ctx.clock.now()
  await planner.write(ctx, (tx) => moveTask(tx, { id, ofProduction: productionId }, statusesBefore('done'), 'done', at))
}

const REASON_LENGTH_MAX = 1000

/** The production came to nothing: the task waits for somebody to see why. Idempotent like `completeTask`. */
export async function giveTaskBack(ctx: Ctx, id: string, productionId: string, why: string): Promise<void> {
  const waitingFor = [...why].slice(0, REASON_LENGTH_MAX).join('') || 'Nobody said why.'
  const at = ctx.clock.now()
  await planner.write(ctx, (tx) =>
    moveTask(tx, { id, ofProduction: productionId }, statusesBefore('waiting'), 'waiting', at, { waitingFor }),
  )
}

/** The production goes on after it had come to nothing: the task is worked on again. Idempotent. */
export async function resumeTask(ctx: Ctx, id: string, productionId: string): Promise<void> {
  const at = ctx.clock.now()
  await planner.write(ctx, (tx) => moveTask(tx, { id, ofProduction: productionId }, ['waiting'], 'doing', at))
}

function shown(row: TaskRow): Task {
  return {
    id: row.id,
    title: row.title,
    notes: row.notes,
    status: row.status,
    waitingFor: row.waitingFor,
    productionId: row.productionId,
    completedAt: row.completedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
