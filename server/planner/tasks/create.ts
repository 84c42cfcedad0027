import { invariant } from '#kernel/assert.ts'
import { type Fault, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import type { Champs } from '../champs/vocabulary.ts'
import { findBy } from '../search/service.ts'
import { beginSeries } from '../recurrence/service.ts'
import { faultsOf } from './checks.ts'
import { taskCreated } from './events.ts'
import {
  type NewTaskRow,
  childrenOf,
  insertForeign,
  insertLabels,
  insertTasks,
  lockedParent,
  projectExists,
  taskIn,
} from './queries.ts'
import { personOf, tagged } from './rows.ts'
import { type Handed, type NewTask, STEP_LEVEL, type Task } from './schema.ts'

export const TaskKnown = problem('planner/task-known', 409, 'This task was brought before')

const TASK_LEVEL = 4

/** A task to be written. Its parent is there already, or stands before it in the same list. */
export interface TaskSeed extends Omit<NewTask, 'champs'>, Handed {
  readonly champs?: Champs | null
  /** Made up when absent. */
  readonly id?: string
  /** The thought that it came from. */
  readonly captureId?: string | null
  /** Which occurrence of a series it is, where one brought it. */
  readonly seriesId?: string | null
  readonly occurrence?: string | null
}

/** In whose name tasks are written. */
export type Writer = Pick<UserActor, 'userId' | 'workspaceId'>

interface Place {
  readonly level: number
  position: number
}

/**
 * Writes a task.
 * @throws InvalidInput with everything that is wrong with it
 * @throws TaskKnown when a program brought it before under the same name
 */
export async function createTask(ctx: Ctx, wish: NewTask): Promise<{ task: Task; etag: string }> {
  return planner.write(ctx, async (tx) => {
    const [id = ''] = await addTasks(tx, ctx, [wish])
    return tagged(await taskIn(tx, id).executeTakeFirstOrThrow())
  })
}

/**
 * Writes tasks in the transaction of their cause, in their order, each at the end of its parent's children. Returns their
 * ids.
 * @throws InvalidInput with everything that is wrong; with more than one task the pointers begin with its number
 * @throws TaskKnown
 */
export function addTasks(tx: PlannerTx, ctx: Ctx, seeds: readonly TaskSeed[]): Promise<string[]> {
  return addTasksOf(tx, ctx, personOf(ctx), seeds)
}

/** The same in the name of somebody who does not act now. */
export async function addTasksOf(
  tx: PlannerTx,
  ctx: Ctx,
  { userId, workspaceId }: Writer,
  seeds: readonly TaskSeed[],
): Promise<string[]> {
  const places = new Map<string, Place>()
  const [rows, faults]: [NewTaskRow[], Fault[]] = [[], []]
  for (const [at, { labels = [], foreign: _foreign, recurrence = null, ...seed }] of seeds.entries()) {
    const id = seed.id ?? newId<'Task'>()
    const parent = (seed.parentId ?? null) === null ? null : await placeBelow(tx, places, seed.parentId ?? '')
    const level = seed.level ?? Math.min((parent?.level ?? TASK_LEVEL - 1) + 1, STEP_LEVEL)
    const row = rowOf(ctx, { ...seed, id, level }, { userId, workspaceId })
    const numbered = (fault: Fault) => (seeds.length === 1 ? fault : { ...fault, pointer: `/${at}${fault.pointer}` })
    faults.push(...(await faultsOfSeed(tx, row, parent)).map(numbered))
    if (parent) row.position = ++parent.position
    if (recurrence !== null && faults.length === 0) {
      const begun = await beginSeries(tx, recurringOf(row, labels), recurrence)
      if ('faults' in begun) faults.push(...begun.faults.map(numbered))
      else Object.assign(row, begun)
    }
    places.set(id, { level, position: -1 })
    rows.push(row)
  }
  if (faults.length > 0) throw InvalidInput({ errors: faults })
  await insertTasks(tx, rows)
  await writeWhatHangs(tx, workspaceId, rows, seeds)
  return rows.map(({ id }) => id)
}

const instantOf = (time: string | null | undefined): Date | null => (time ? new Date(time) : null)

async function placeBelow(tx: PlannerTx, places: Map<string, Place>, parentId: string): Promise<Place | undefined> {
  const known = places.get(parentId)
  if (known !== undefined) return known
  const parent = await lockedParent(tx, parentId).executeTakeFirst()
  if (parent === undefined) return undefined
  const { maxPosition } = await childrenOf(tx, parentId).executeTakeFirstOrThrow()
  const place = { level: parent.level, position: maxPosition ?? -1 }
  places.set(parentId, place)
  return place
}

function rowOf(ctx: Ctx, seed: TaskSeed & { id: string }, whose: { userId: string; workspaceId: string }): NewTaskRow {
  const { dueAt, startAt, champs, ...rest } = seed
  return {
    ...rest,
    workspaceId: whose.workspaceId,
    createdBy: whose.userId,
    position: 0,
    dueAt: instantOf(dueAt),
    startAt: instantOf(startAt),
    champs: champs ?? null,
    completedAt: seed.status === 'done' ? ctx.clock.now() : null,
  }
}

/** A task that is about to be written, as its series sees it. */
function recurringOf(row: NewTaskRow, labels: string[]) {
  const none = { parentId: null, projectId: null, zoneId: null, estimateMinutes: null, energy: null, kind: null }
  const unsaid = {
    icon: null,
    champs: null,
    doneWhen: null,
    assignee: null,
    dueDate: null,
    dueAt: null,
    timeZone: null,
  }
  const plain = { startAt: null, seriesId: null, occurrence: null, notes: '', priority: 0, level: TASK_LEVEL, labels }
  return { ...none, ...unsaid, ...plain, ...row }
}

async function faultsOfSeed(tx: PlannerTx, row: NewTaskRow, parent: Place | null | undefined): Promise<Fault[]> {
  const { title, status = 'inbox', dueAt = null, dueDate = null, timeZone = null, waitingFor = null, projectId } = row
  const [parentLevel, level] = [parent?.level ?? null, row.level ?? TASK_LEVEL]
  const faults = faultsOf({ title, status, dueAt, dueDate, timeZone, waitingFor, level, parentLevel, childLevel: null })
  if (parent === undefined) faults.push({ pointer: '/parentId', detail: 'is no task of this workspace' })
  if (projectId && (await projectExists(tx, projectId).executeTakeFirst()) === undefined)
    faults.push({ pointer: '/projectId', detail: 'is no project of this workspace' })
  return faults
}

async function writeWhatHangs(
  tx: PlannerTx,
  workspaceId: string,
  rows: readonly NewTaskRow[],
  seeds: readonly TaskSeed[],
): Promise<void> {
  const labels = seeds.flatMap((seed, at) =>
    (seed.labels ?? []).map((label) => ({ workspaceId, taskId: rows[at]?.id ?? '', label })),
  )
  await insertLabels(tx, labels)
  for (const [at, { id: taskId }] of rows.entries()) {
    const foreign = seeds[at]?.foreign
    if (foreign === undefined) continue
    const { source, externalId, fields = {} } = foreign
    const isNew = await insertForeign(tx, { workspaceId, source, externalId, taskId, fields })
    if (!isNew) throw TaskKnown({ detail: `${externalId} of ${source} is here already.` })
  }
  // Whatever their number, they travel together.
  await Promise.all(
    rows.flatMap(({ id: taskId, title, notes = '' }) => [
      findBy(tx, taskId, [title, notes]),
      emit(tx, taskCreated, { taskId }, { subject: `task:${taskId}` }),
    ]),
  )
  invariant(rows.length === seeds.length, 'each seed has its row')
}
