import { type Selectable, sql } from 'kysely'
import { fixed } from '#platform/database/fixed.ts'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { TasksTable } from '../tables.ts'
import type { Champs } from '../champs/vocabulary.ts'
import type { Recurrence } from '../recurrence/schema.ts'
import type { TaskOrder, TaskStatus } from './schema.ts'

const labels = sql<string[]>`array(select l.label from planner.task_labels l
  where l.workspace_id = t.workspace_id and l.task_id = t.id order by l.label)`

const progress = sql<{ done: number; total: number }>`(
  select jsonb_build_object('done', count(*) filter (where c.status = 'done'), 'total', count(*)) from planner.tasks c
  where c.workspace_id = t.workspace_id and c.parent_id = t.id and c.deleted_at is null and c.status <> 'dropped')`

const blocked = sql<boolean>`exists (
  select from planner.task_dependencies d
  join planner.tasks o on o.workspace_id = d.workspace_id and o.id = d.depends_on_id
  where d.workspace_id = t.workspace_id and d.task_id = t.id
    and o.deleted_at is null and o.status not in ('done', 'dropped'))`

const recurrence = sql<Recurrence | null>`(
  select jsonb_build_object('rule', s.rule, 'mode', s.mode, 'catchUp', s.catch_up, 'paused', s.is_paused,
    'exceptions', s.exceptions, 'start', s.local_start, 'timeZone', s.time_zone, 'occurrence', t.occurrence,
    'nextTaskId', (select n.id from planner.tasks n where n.workspace_id = t.workspace_id and n.series_id = t.series_id
      and n.occurrence > t.occurrence and n.deleted_at is null order by n.occurrence limit 1))
  from planner.series s where s.workspace_id = t.workspace_id and s.id = t.series_id)`

const shown = (db: PlannerDb) =>
  db
    .selectFrom('planner.tasks as t')
    .select([
      't.id',
      't.workspaceId',
      't.captureId',
      't.title',
      't.notes',
      't.status',
      't.waitingFor',
      't.productionId',
    ])
    .select(['t.parentId', 't.projectId', 't.zoneId', 't.level', 't.priority', 't.position', 't.dueDate', 't.dueAt'])
    .select([
      't.startAt',
      't.timeZone',
      't.dueBy',
      't.estimateMinutes',
      't.actualMinutes',
      't.p50Minutes',
      't.p80Minutes',
    ])
    .select(['t.energy', 't.kind', 't.icon', 't.doneWhen', 't.assignee', 't.completedAt'])
    .select(['t.version', 't.createdAt', 't.updatedAt'])
    .select([
      sql<Champs | null>`t.champs`.as('champs'),
      labels.as('labels'),
      progress.as('progress'),
      blocked.as('blocked'),
      recurrence.as('recurrence'),
    ])
    .select(['t.seriesId', 't.occurrence', 't.createdBy'])
    .where('t.deletedAt', 'is', null)

export type TaskRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

export const taskById = fixed((db: PlannerDb, id: string) => shown(db).where('t.id', '=', id))

/** The same within a transaction. */
export const taskIn = (tx: PlannerTx, id: string) => shown(tx).where('t.id', '=', id)

/** The task, held until the transaction ends. */
export const lockedTask = (tx: PlannerTx, id: string) => shown(tx).where('t.id', '=', id).forUpdate('t')

export const tasksByIds = (db: PlannerDb, ids: readonly string[]) =>
  shown(db).where('t.id', '=', sql<string>`any(${[...ids]}::uuid[])`)

/** What the question of a list narrows. */
export interface TaskFilter {
  readonly status?: TaskStatus
  readonly open?: boolean
  readonly parentId?: string
  readonly projectId?: string
  readonly label?: string
  readonly minPriority?: number
  readonly maxEnergy?: number
  readonly level?: number
  readonly assignee?: string
  readonly dueBefore?: string
  readonly dueFrom?: string
}

const OPEN = ['inbox', 'next', 'doing', 'waiting'] as const
const CLOSED = ['done', 'dropped'] as const

function narrowed(query: ReturnType<typeof shown>, workspaceId: string, f: TaskFilter): ReturnType<typeof shown> {
  let q = query.where('t.workspaceId', '=', workspaceId)
  if (f.status !== undefined) q = q.where('t.status', '=', f.status)
  if (f.open !== undefined) q = q.where('t.status', 'in', f.open ? OPEN : CLOSED)
  if (f.parentId === 'none') q = q.where('t.parentId', 'is', null)
  else if (f.parentId !== undefined) q = q.where('t.parentId', '=', f.parentId)
  if (f.projectId !== undefined) q = q.where('t.projectId', '=', f.projectId)
  if (f.level !== undefined) q = q.where('t.level', '=', f.level)
  if (f.assignee !== undefined) q = q.where('t.assignee', '=', f.assignee)
  if (f.minPriority !== undefined) q = q.where('t.priority', '>=', f.minPriority)
  if (f.maxEnergy !== undefined) q = q.where('t.energy', '<=', f.maxEnergy)
  if (f.dueBefore !== undefined) q = q.where('t.dueBy', '<', new Date(f.dueBefore))
  if (f.dueFrom !== undefined) q = q.where('t.dueBy', '>=', new Date(f.dueFrom))
  const { label } = f
  if (label === undefined) return q
  return q.where((eb) =>
    eb.exists(
      eb
        .selectFrom('planner.taskLabels as l')
        .whereRef('l.workspaceId', '=', 't.workspaceId')
        .whereRef('l.taskId', '=', 't.id')
        .where('l.label', '=', label),
    ),
  )
}

/** Where a page begins: behind the task with this id and, ordered by what is due, this time. */
export interface After {
  readonly id: string
  readonly dueBy?: Date
}

export function tasksOfWorkspace(
  db: PlannerDb,
  workspaceId: string,
  asked: {
    readonly filter: TaskFilter
    readonly order: TaskOrder
    readonly after: After | null
    readonly limit: number
  },
) {
  const { filter, order, after, limit } = asked
  const query = narrowed(shown(db), workspaceId, filter).limit(limit)
  if (order === 'newest') {
    return query.$if(after !== null, (q) => q.where('t.id', '<', after?.id ?? '')).orderBy('t.id', 'desc')
  }
  return query
    .where('t.dueBy', 'is not', null)
    .where('t.status', 'not in', CLOSED)
    .$if(after !== null, (q) =>
      q.where((eb) => eb(eb.refTuple('t.dueBy', 't.id'), '>', eb.tuple(after?.dueBy ?? null, after?.id ?? ''))),
    )
    .orderBy('t.dueBy')
    .orderBy('t.id')
}

/** Those of `ids` that the filter leaves, newest first. */
export const tasksAmong = (db: PlannerDb, workspaceId: string, ids: readonly string[], filter: TaskFilter) =>
  narrowed(shown(db), workspaceId, filter)
    .where('t.id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .orderBy('t.id', 'desc')

/** What may stand above a task: held, so that its level stays until the transaction ends. */
export const lockedParent = (tx: PlannerTx, id: string) =>
  tx
    .selectFrom('planner.tasks')
    .select(['id', 'workspaceId', 'level'])
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .forUpdate()

/** Ids of all that lies above a task. */
export const ancestorIds = (db: PlannerDb, id: string) =>
  db
    .selectFrom(
      sql<{ id: string }>`(with recursive up as (
        select t.workspace_id, t.parent_id from planner.tasks t where t.id = ${id}
        union all
        select p.workspace_id, p.parent_id from up
          join planner.tasks p on p.workspace_id = up.workspace_id and p.id = up.parent_id)
      select parent_id as id from up where parent_id is not null)`.as('above'),
    )
    .select('above.id')

/** The highest level among the children of a task, and the last place. */
export const childrenOf = (tx: PlannerDb, id: string) =>
  tx
    .selectFrom('planner.tasks')
    .select((eb) => [
      eb.fn.min<number | null>('level').as('minLevel'),
      eb.fn.max<number | null>('position').as('maxPosition'),
    ])
    .where('parentId', '=', id)
    .where('deletedAt', 'is', null)

export const childIds = (tx: PlannerDb, id: string) =>
  tx.selectFrom('planner.tasks').select('id').where('parentId', '=', id).where('deletedAt', 'is', null)

type Said = Omit<Selectable<TasksTable>, 'dueBy' | 'version' | 'createdAt' | 'updatedAt' | 'champs'>

export type NewTaskRow = Pick<Said, 'id' | 'workspaceId' | 'createdBy' | 'title'> &
  Partial<Said> & { champs?: Champs | null }

export async function insertTasks(tx: PlannerTx, tasks: readonly NewTaskRow[]): Promise<void> {
  const rows = tasks.map(({ champs, status = 'inbox', ...task }) => ({
    ...task,
    status,
    champs: (champs ?? null) === null ? null : JSON.stringify(champs),
  }))
  if (rows.length > 0) await tx.insertInto('planner.tasks').values(rows).execute()
}

export type TaskPatch = Partial<Omit<Said, 'id' | 'workspaceId'>> & { champs?: Champs | null }

export async function updateTask(tx: PlannerTx, id: string, { champs, ...patch }: TaskPatch, at: Date): Promise<void> {
  await tx
    .updateTable('planner.tasks')
    .set((eb) => ({
      ...patch,
      ...(champs === undefined ? {} : { champs: champs === null ? null : JSON.stringify(champs) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}

/** Notes what a task is thought to take. */
export async function setEstimate(
  tx: PlannerTx,
  id: string,
  { p50Minutes, p80Minutes }: { readonly p50Minutes: number; readonly p80Minutes: number },
  at: Date,
): Promise<void> {
  await tx
    .updateTable('planner.tasks')
    .set((eb) => ({ p50Minutes, p80Minutes, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .where((eb) =>
      eb.or([eb('p50Minutes', 'is distinct from', p50Minutes), eb('p80Minutes', 'is distinct from', p80Minutes)]),
    )
    .execute()
}

export async function replaceLabels(tx: PlannerTx, workspaceId: string, taskId: string, words: readonly string[]) {
  await tx
    .deleteFrom('planner.taskLabels')
    .where('workspaceId', '=', workspaceId)
    .where('taskId', '=', taskId)
    .execute()
  await insertLabels(
    tx,
    words.map((label) => ({ workspaceId, taskId, label })),
  )
}

export async function insertLabels(
  tx: PlannerTx,
  rows: readonly { readonly workspaceId: string; readonly taskId: string; readonly label: string }[],
): Promise<void> {
  if (rows.length > 0)
    await tx
      .insertInto('planner.taskLabels')
      .values([...rows])
      .execute()
}

/** Puts children of a task into an order. */
export async function placeChildren(tx: PlannerTx, parentId: string, ids: readonly string[], at: Date): Promise<void> {
  await sql`update planner.tasks t set position = o.place, updated_at = ${at}, version = t.version + 1
    from unnest(${[...ids]}::uuid[]) with ordinality o (id, place)
    where t.id = o.id and t.parent_id = ${parentId} and t.position <> o.place`.execute(tx)
}

const below = (id: string) => sql`with recursive below as (
    select t.workspace_id, t.id from planner.tasks t where t.id = ${id} and t.deleted_at is null
    union all
    select c.workspace_id, c.id from below b
      join planner.tasks c on c.workspace_id = b.workspace_id and c.parent_id = b.id and c.deleted_at is null)`

/** Completes what is open below a task, noted as done with it. Returns their ids. */
export async function completeBelow(tx: PlannerTx, id: string, at: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${below(id)}
    update planner.tasks t set status = 'done', completed_at = ${at}, completed_with = ${id}, waiting_for = null,
      updated_at = ${at}, version = t.version + 1
    from below b where t.id = b.id and t.id <> ${id} and t.status not in ('done', 'dropped') returning t.id`.execute(tx)
  return rows.map((row) => row.id)
}

/** Opens again what was completed with a task. Returns their ids. */
export async function reopenBelow(tx: PlannerTx, workspaceId: string, id: string, at: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${below(id)}
    update planner.tasks t set status = 'next', completed_at = null, completed_with = null,
      updated_at = ${at}, version = t.version + 1
    from below b where t.workspace_id = ${workspaceId} and t.id = b.id and t.completed_with = ${id}
      and t.status = 'done' returning t.id`.execute(tx)
  return rows.map((row) => row.id)
}

/** Takes a task and all below it out of sight. */
export async function markDeleted(tx: PlannerTx, id: string, at: Date): Promise<void> {
  await sql`${below(id)}
    update planner.tasks t set deleted_at = ${at}, deleted_with = ${id}, updated_at = ${at}, version = t.version + 1
    from below b where t.id = b.id`.execute(tx)
}

export const deletedTask = (tx: PlannerTx, id: string) =>
  tx
    .selectFrom('planner.tasks')
    .select(['id', 'workspaceId', 'parentId', 'deletedAt'])
    .where('id', '=', id)
    .where('deletedWith', '=', id)
    .forUpdate()

/** Puts back a task, at the top where its parent is gone, and what was deleted with it. */
export async function markRestored(tx: PlannerTx, workspaceId: string, id: string, at: Date): Promise<void> {
  await sql`update planner.tasks t set deleted_at = null, deleted_with = null, updated_at = ${at}, version = t.version + 1,
      parent_id = case when t.id <> ${id} or exists (
        select from planner.tasks p where p.id = t.parent_id and p.deleted_at is null) then t.parent_id end
    where t.workspace_id = ${workspaceId} and t.deleted_with = ${id}`.execute(tx)
}

/**
 * Moves a task from one of `from` to `to`; with `ofProduction` only while that is the production that it is about.
 * Returns whether it stood there.
 */
export async function moveTask(
  tx: PlannerTx,
  task: { readonly id: string; readonly ofProduction?: string },
  from: readonly TaskStatus[],
  to: TaskStatus,
  at: Date,
  set: { readonly productionId?: string; readonly waitingFor?: string } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('planner.tasks')
    .set((eb) => ({
      waitingFor: null,
      ...set,
      status: to,
      completedAt: to === 'done' ? at : null,
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', task.id)
    .where('status', 'in', [...from])
    .where('deletedAt', 'is', null)
    .$if(task.ofProduction !== undefined, (query) => query.where('productionId', '=', task.ofProduction ?? ''))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export const projectExists = (tx: PlannerDb, id: string) =>
  tx.selectFrom('planner.projects').select('id').where('id', '=', id).where('deletedAt', 'is', null)

export async function insertForeign(
  tx: PlannerTx,
  row: { workspaceId: string; source: string; externalId: string; taskId: string; fields: object },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('planner.foreignTasks')
    .values({ ...row, fields: JSON.stringify(row.fields) })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'source', 'externalId']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}
