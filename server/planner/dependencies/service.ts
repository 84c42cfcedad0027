import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { planner } from '../door.ts'
import { personOf, taskHeld, taskRow, tasksByIdsOf } from '../tasks/service.ts'
import {
  dependenciesOf,
  dependencyCount,
  holdDependencies,
  insertDependency,
  leadsTo,
  removeDependency,
} from './queries.ts'
import type { Dependencies } from './schema.ts'

export const DependencyCircle = problem('planner/dependency-circle', 409, 'These tasks would wait for each other')
export const TooManyDependencies = problem(
  'planner/too-many-dependencies',
  409,
  'A task waits for a hundred others at most',
)

const DEPENDENCIES_MAX = 100

/**
 * What a task waits for, and what waits for it.
 * @throws TaskNotFound
 */
export async function dependencies(ctx: Ctx, id: string): Promise<Dependencies> {
  await taskRow(ctx, id)
  const pairs = await planner.one(ctx, (db) => dependenciesOf(db, id))
  const tasks = new Map(
    (await tasksByIdsOf(ctx, [...new Set(pairs.flatMap((pair) => [pair.taskId, pair.dependsOnId]))])).map((task) => [
      task.id,
      task,
    ]),
  )
  const of = (ids: readonly string[]) => ids.flatMap((each) => tasks.get(each) ?? [])
  return {
    dependsOn: of(pairs.filter((pair) => pair.taskId === id).map((pair) => pair.dependsOnId)),
    blocks: of(pairs.filter((pair) => pair.dependsOnId === id).map((pair) => pair.taskId)),
  }
}

/**
 * Has a task wait for another. Said twice, it changes nothing.
 * @throws TaskNotFound for either
 * @throws DependencyCircle when the other waits for this one already, or is this one
 * @throws TooManyDependencies
 */
export async function dependOn(ctx: Ctx, taskId: string, dependsOnId: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    const { workspaceId } = personOf(ctx)
    await holdDependencies(tx, workspaceId)
    for (const id of [taskId, dependsOnId].toSorted()) await taskHeld(tx, ctx, id)
    if (taskId === dependsOnId || (await leadsTo(tx, workspaceId, dependsOnId, taskId)))
      throw DependencyCircle({ detail: `Task ${dependsOnId} waits for task ${taskId}, directly or by others.` })
    const { count } = await dependencyCount(tx, workspaceId, taskId).executeTakeFirstOrThrow()
    if (count >= DEPENDENCIES_MAX) throw TooManyDependencies()
    await insertDependency(tx, { workspaceId, taskId, dependsOnId })
  })
}

/**
 * A task waits for another no more. Said twice, it changes nothing.
 * @throws TaskNotFound
 */
export async function undepend(ctx: Ctx, taskId: string, dependsOnId: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    await taskHeld(tx, ctx, taskId)
    await removeDependency(tx, taskId, dependsOnId)
  })
}
