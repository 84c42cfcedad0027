import type { Ctx } from '#platform/context.ts'
import { type PlannerTx, planner } from '../door.ts'
import { bringNext } from './occurrences.ts'
import { lockedTask, moveTask, setEstimate } from './queries.ts'
import { statusesBefore } from './state.ts'

export { changeMany } from './bulk.ts'
export { changeTask, changeTaskIn } from './change.ts'
export { type TaskSeed, addTasks, createTask } from './create.ts'
export { deleteTask, removeTask, restoreTask } from './delete.ts'
export { aboveTask, belowTask, tasksByIdsOf, tasksOf } from './list.ts'
export { placeTasks } from './place.ts'
export { TaskNotFound, personOf, tagged, taskHeld, taskRow, taskWithTag, tasksIn } from './rows.ts'

/** Notes how long a task is thought to take by figures or rules; the same again changes nothing. */
export async function noteEstimate(
  ctx: Ctx,
  id: string,
  minutes: { readonly p50Minutes: number; readonly p80Minutes: number },
): Promise<void> {
  const at = ctx.clock.now()
  await planner.write(ctx, (tx) => setEstimate(tx, id, minutes, at))
}

/** The task is worked on by a production. Returns false when it is not to be worked on any more, or is already. */
export function beginProduction(tx: PlannerTx, ctx: Ctx, id: string, productionId: string): Promise<boolean> {
  return moveTask(tx, { id }, statusesBefore('doing'), 'doing', ctx.clock.now(), { productionId })
}

/** The production is done and so is the task. Told twice, or of a production that is not the task's any more, it changes nothing. */
export async function completeTask(ctx: Ctx, id: string, productionId: string): Promise<void> {
  const at = ctx.clock.now()
  await planner.write(ctx, async (tx) => {
    const before = await lockedTask(tx, id).executeTakeFirst()
    const isDone = await moveTask(tx, { id, ofProduction: productionId }, statusesBefore('done'), 'done', at)
    if (isDone && before !== undefined) await bringNext(tx, ctx, before, 'done')
  })
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
