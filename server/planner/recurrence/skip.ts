import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { planner } from '../door.ts'
import type { Task } from '../tasks/schema.ts'
import { changeTaskIn, taskWithTag } from '../tasks/service.ts'

export const NothingToSkip = problem('planner/nothing-to-skip', 409, 'This is no open occurrence of a series')

/**
 * Skips an occurrence: it is dropped and left out of its series, and the next one comes. Opened again it is undone.
 * Returns the task that was skipped; its `recurrence.nextTaskId` is what came.
 * @throws TaskNotFound, PreconditionFailed
 * @throws NothingToSkip for a task that does not recur, or is closed
 */
export async function skipOccurrence(ctx: Ctx, id: string, ifMatch?: string): Promise<{ task: Task; etag: string }> {
  await planner.write(ctx, async (tx) => {
    const before = await changeTaskIn(tx, ctx, id, { status: 'dropped' }, ifMatch)
    const isClosed = before.status === 'done' || before.status === 'dropped'
    if (before.seriesId === null || isClosed) throw NothingToSkip({ detail: `Task ${id} is ${before.status}.` })
  })
  return taskWithTag(ctx, id)
}
