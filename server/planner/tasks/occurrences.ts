import type { Ctx } from '#platform/context.ts'
import type { PlannerTx } from '../door.ts'
import { nextAfter } from '../recurrence/service.ts'
import { addTasksOf } from './create.ts'
import type { TaskRow } from './queries.ts'

/** Writes what comes after a task that is closed, in the same transaction: nothing unless it recurs. */
export async function bringNext(tx: PlannerTx, ctx: Ctx, closed: TaskRow, how: 'done' | 'dropped'): Promise<void> {
  const { createdBy: userId, seeds } = await nextAfter(tx, closed, how, ctx.clock.now())
  if (seeds.length > 0) await addTasksOf(tx, ctx, { userId, workspaceId: closed.workspaceId }, seeds)
}
