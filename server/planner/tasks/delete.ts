import { DAY_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type PlannerTx, planner } from '../door.ts'
import { canUse } from './policy.ts'
import { deletedTask, markDeleted, markRestored, taskIn } from './queries.ts'
import { TaskNotFound, tagged, taskHeld } from './rows.ts'
import type { Task } from './schema.ts'

/** How long a deleted task can be restored. */
const RESTORABLE_MS = 30 * DAY_MS

/**
 * Takes a task and all below it out of sight.
 * @throws TaskNotFound
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export async function deleteTask(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    const row = await taskHeld(tx, ctx, id)
    requireMatch(ifMatch, etagOf(id, row.version))
    await markDeleted(tx, id, ctx.clock.now())
  })
}

/** Takes a task and all below it out of sight, in the transaction of what stands in its place. */
export const removeTask = (tx: PlannerTx, ctx: Ctx, id: string): Promise<void> => markDeleted(tx, id, ctx.clock.now())

/**
 * Puts back a task that was deleted by itself, and what was deleted with it; at the top where its parent is gone.
 * @throws TaskNotFound also for one that is there, or was deleted longer ago than 30 days
 */
export function restoreTask(ctx: Ctx, id: string): Promise<{ task: Task; etag: string }> {
  return planner.write(ctx, async (tx) => {
    const [row, now] = [await deletedTask(tx, id).executeTakeFirst(), ctx.clock.now()]
    const isGone =
      row === undefined || row.deletedAt === null || now.getTime() - row.deletedAt.getTime() > RESTORABLE_MS
    if (isGone || !canUse(ctx.actor, row)) throw TaskNotFound({ detail: `No task ${id} is here for you to restore.` })
    await markRestored(tx, row.workspaceId, id, now)
    return tagged(await taskIn(tx, id).executeTakeFirstOrThrow())
  })
}
