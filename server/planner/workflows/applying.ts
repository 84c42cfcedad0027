import { isProblem, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { tagStep } from '../champs/tag.ts'
import { type PlannerTx, planner } from '../door.ts'
import { TaskIsClosed } from '../steps/service.ts'
import { STEP_LEVEL } from '../tasks/schema.ts'
import { type TaskSeed, addTasks, taskHeld, tasksByIdsOf } from '../tasks/service.ts'
import { executionHeld } from './executions.ts'
import { type ExecutionRow, type Made, updateExecution } from './queries.ts'
import type { ExecutionApplied, ExecutionApply, ExecutionStep } from './schema.ts'

export const ExecutionNotDone = problem('planner/execution-not-done', 409, 'This execution is not done')

/**
 * Writes what was worked out below its task, or below a task of its own where it has none: all or nothing, and once for
 * all times; asked again it tells what was made.
 * @throws ExecutionNotFound, ExecutionNotDone
 * @throws TaskNotFound, TaskIsClosed of the task that it is about
 * @throws InvalidInput when nothing lies below a task of that level
 */
export async function applyExecution(
  ctx: Ctx,
  id: string,
  { as = 'steps' }: ExecutionApply,
): Promise<ExecutionApplied> {
  const made = await planner.write(ctx, async (tx) => {
    const row = await executionHeld(tx, ctx, id)
    if (row.state !== 'done') throw ExecutionNotDone({ detail: `It is ${row.state}.` })
    if (row.applied !== null) return row.applied
    const applied = await written(tx, ctx, row, as)
    const now = ctx.clock.now()
    await updateExecution(tx, id, { applied, appliedAt: now }, now)
    return applied
  })
  const tasks = new Map((await tasksByIdsOf(ctx, [made.taskId, ...made.stepIds])).map((task) => [task.id, task]))
  return { task: tasks.get(made.taskId) ?? null, steps: made.stepIds.flatMap((one) => tasks.get(one) ?? []) }
}

async function written(tx: PlannerTx, ctx: Ctx, row: ExecutionRow, as: 'steps' | 'subtasks'): Promise<Made> {
  const task = row.taskId === null ? null : await taskHeld(tx, ctx, row.taskId)
  if (task?.status === 'done' || task?.status === 'dropped') throw TaskIsClosed({ detail: `It is ${task.status}.` })
  const taskId = task?.id ?? newId<'Task'>()
  const above = task === null ? [] : [{ priority: task.priority, projectId: task.projectId, zoneId: task.zoneId }]
  const own: TaskSeed = {
    ...{ id: taskId, title: row.about ?? row.name, status: 'next' },
    estimateMinutes: row.steps.reduce((sum, { minutes }) => sum + minutes, 0),
  }
  const seeds = row.steps.map((step) => ({
    ...{ ...above[0], parentId: taskId, ...seedOf(step) },
    ...(as === 'steps' && { level: STEP_LEVEL }),
  }))
  try {
    const ids = await addTasks(tx, ctx, task === null ? [own, ...seeds] : seeds)
    return { taskId, stepIds: ids.filter((one) => one !== taskId) }
  } catch (error) {
    if (!isProblem(error, InvalidInput)) throw error
    throw InvalidInput({ errors: [{ pointer: '/as', detail: 'does not lie below a task of this level' }] })
  }
}

function seedOf({ title, label, detail, minutes, kind, icon, doneWhen }: ExecutionStep): TaskSeed {
  const words = title ?? label
  const { conversation, help, activity, movement, participation, success } = tagStep(words, minutes)
  const tags = { conversation: [...conversation], help: [...help], activity: [...activity], movement: [...movement] }
  return {
    ...{ title: words, notes: detail, status: 'next', estimateMinutes: minutes, kind, icon, doneWhen },
    champs: { ...tags, participation, success: doneWhen ?? success },
  }
}
