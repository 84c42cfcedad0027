import { invariant } from '#kernel/assert.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { beginProduction, taskRow } from '../tasks/service.ts'
import { productionRequested } from './events.ts'
import { type RequestRow, insertRequest, requestById } from './queries.ts'
import type { NewTaskProduction, TaskProduction } from './schema.ts'

export const TaskNotProducible = problem('planner/task-not-producible', 409, 'This task is not waiting to be done')

/**
 * Asks for a film of a task: of the script, or else of the task's own words. The task is being done from then on; it
 * completes itself when the film can be watched. What is asked for and that it was asked for are one transaction.
 * @throws TaskNotFound
 * @throws TaskNotProducible when it is being done, done or dropped
 * @throws InvalidInput when nothing in the script can be read
 */
export async function requestProduction(ctx: Ctx, taskId: string, wanted: NewTaskProduction): Promise<TaskProduction> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const task = await taskRow(ctx, taskId)
  const { script = null, visibility = 'private', height = 720 } = wanted
  if (script !== null && !/[^\p{C}\p{Z}]/u.test(script)) {
    throw InvalidInput({ errors: [{ pointer: '/script', detail: 'must hold something to read' }] })
  }
  const { userId: requestedBy } = ctx.actor
  const { workspaceId } = task
  const title = script === null || script === task.notes ? null : task.title
  const id = newId<'Production'>()
  const idea = script === null ? task.notes || task.title : null
  await planner.write(ctx, async (tx) => {
    const begun = await beginProduction(tx, ctx, taskId, id)
    if (!begun) throw TaskNotProducible({ detail: `Task ${taskId} is ${task.status}.` })
    await insertRequest(tx, { id, workspaceId, taskId, requestedBy, title, idea, script, visibility, height })
    await emit(tx, productionRequested, { taskId, productionId: id }, { subject: `task:${taskId}` })
  })
  return { productionId: id }
}

/** What a production was asked for with. */
export async function productionRequest(ctx: Ctx, productionId: string): Promise<RequestRow> {
  const [row] = await planner.one(ctx, (db) => requestById(db, productionId))
  invariant(row !== undefined, 'a production that was asked for has its request')
  return row
}
