import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import type { Fault } from '#kernel/errors.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { findBy } from '../search/service.ts'
import { changeSeries, takeNextBack } from '../recurrence/service.ts'
import { faultsOf } from './checks.ts'
import { taskCompleted, taskReopened } from './events.ts'
import {
  type TaskPatch,
  type TaskRow,
  childrenOf,
  completeBelow,
  lockedParent,
  projectExists,
  reopenBelow,
  replaceLabels,
  taskIn,
  updateTask,
} from './queries.ts'
import { bringNext } from './occurrences.ts'
import { tagged, taskHeld } from './rows.ts'
import type { Handed, Task, TaskChange } from './schema.ts'

/**
 * Changes what is said of a task. One that is done takes with it what is open below; opened again it takes that back.
 * @throws TaskNotFound
 * @throws PreconditionFailed when `ifMatch` names another state
 * @throws InvalidInput with everything that would be wrong with it
 */
export function changeTask(
  ctx: Ctx,
  id: string,
  change: TaskChange,
  ifMatch?: string,
): Promise<{ task: Task; etag: string }> {
  return planner.write(ctx, async (tx) => {
    await changeTaskIn(tx, ctx, id, change, ifMatch)
    return tagged(await taskIn(tx, id).executeTakeFirstOrThrow())
  })
}

/** The same in the transaction of its cause. Returns how it stood before. */
export async function changeTaskIn(
  tx: PlannerTx,
  ctx: Ctx,
  id: string,
  change: TaskChange & Handed,
  ifMatch?: string,
): Promise<TaskRow> {
  const before = await taskHeld(tx, ctx, id)
  requireMatch(ifMatch, etagOf(id, before.version))
  const at = ctx.clock.now()
  const patch = await patchOf(tx, ctx, before, change)
  Object.assign(patch, await standingAfter(tx, before, { patch, change, at }))
  await updateTask(tx, id, patch, at)
  if (change.labels !== undefined) await replaceLabels(tx, before.workspaceId, id, change.labels)
  if (change.title !== undefined || change.notes !== undefined) {
    await findBy(tx, id, [change.title ?? before.title, change.notes ?? before.notes])
  }
  if (before.status !== 'done' && change.status === 'done') {
    for (const taskId of [id, ...(await completeBelow(tx, id, at))]) {
      await emit(tx, taskCompleted, { taskId }, { subject: `task:${taskId}` })
    }
  }
  if (before.status === 'done' && patch.status !== undefined && patch.status !== 'done') {
    for (const taskId of [id, ...(await reopenBelow(tx, before.workspaceId, id, at))]) {
      await emit(tx, taskReopened, { taskId }, { subject: `task:${taskId}` })
    }
  }
  await followSeries(tx, ctx, before, { patch, change })
  return before
}

const isClosed = (status: TaskRow['status']): status is 'done' | 'dropped' => status === 'done' || status === 'dropped'

/** An occurrence that is closed brings the next one, as does a series that goes on after a pause; opened again it takes that back. */
async function followSeries(
  tx: PlannerTx,
  ctx: Ctx,
  before: TaskRow,
  { patch, change }: { readonly patch: TaskPatch; readonly change: TaskChange },
): Promise<void> {
  const { status = before.status, ...said } = patch
  const after = { ...before, ...said }
  if (after.seriesId === null) return
  const isResumed = isClosed(before.status) && change.recurrence?.paused === false
  if (isClosed(status) && (isResumed || !isClosed(before.status))) await bringNext(tx, ctx, after, status)
  else if (isClosed(before.status) && !isClosed(status)) await takeNextBack(tx, after, ctx.clock.now())
}

/** Which occurrence of which series the task is after a change; its series is changed along. */
async function standingAfter(
  tx: PlannerTx,
  before: TaskRow,
  { patch, change, at }: { readonly patch: TaskPatch; readonly change: TaskChange; readonly at: Date },
) {
  const { recurrence: wish, scope = 'this', labels = before.labels } = change
  const after = { ...before, ...patch, labels }
  const standing = await changeSeries(tx, { before, after, wish, scope, at })
  if ('faults' in standing) throw InvalidInput({ errors: standing.faults })
  return standing
}

async function patchOf(tx: PlannerTx, ctx: Ctx, before: TaskRow, change: TaskChange & Handed): Promise<TaskPatch> {
  const { labels: _labels, dueAt, startAt, champs, recurrence: _recurrence, scope: _scope, ...plain } = change
  const patch: TaskPatch = { ...plain }
  if (champs !== undefined) patch.champs = champs
  if (dueAt !== undefined) patch.dueAt = dueAt === null ? null : new Date(dueAt)
  if (startAt !== undefined) patch.startAt = startAt === null ? null : new Date(startAt)
  // A day in place of an instant, or the other way round: the one that is said stands.
  if (patch.dueAt && change.dueDate === undefined) patch.dueDate = null
  if (change.dueDate && dueAt === undefined) patch.dueAt = null
  if (change.status !== undefined && change.status !== before.status) {
    patch.completedAt = change.status === 'done' ? ctx.clock.now() : null
    patch.completedWith = null
    if (change.status !== 'waiting') patch.waitingFor ??= null
  }
  if (change.parentId !== undefined && change.parentId !== before.parentId) patch.position = 0
  const faults = await faultsOfChange(tx, before, patch)
  if (faults.length > 0) throw InvalidInput({ errors: faults })
  return patch
}

async function faultsOfChange(tx: PlannerTx, before: TaskRow, patch: TaskPatch): Promise<Fault[]> {
  const task = { ...before, ...patch }
  const faults: Fault[] = []
  let [parentLevel, childLevel]: [number | null, number | null] = [null, null]
  const moves = patch.parentId !== undefined || patch.level !== undefined
  if (moves && task.parentId !== null) {
    const parent = await lockedParent(tx, task.parentId).executeTakeFirst()
    if (parent === undefined) faults.push({ pointer: '/parentId', detail: 'is no task of this workspace' })
    parentLevel = parent?.level ?? null
    if (patch.parentId && parent !== undefined) {
      const { maxPosition } = await childrenOf(tx, parent.id).executeTakeFirstOrThrow()
      patch.position = (maxPosition ?? -1) + 1
    }
  }
  if (patch.level !== undefined) {
    childLevel = (await childrenOf(tx, before.id).executeTakeFirstOrThrow()).minLevel
  }
  if (patch.projectId && (await projectExists(tx, patch.projectId).executeTakeFirst()) === undefined)
    faults.push({ pointer: '/projectId', detail: 'is no project of this workspace' })
  return [...faultsOf({ ...task, parentLevel, childLevel }), ...faults]
}
