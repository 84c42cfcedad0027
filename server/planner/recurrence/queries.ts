import { type Selectable, sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { SeriesTable } from '../tables.ts'
import type { Template, Told } from './template.ts'

export type SeriesRow = Omit<Selectable<SeriesTable>, 'template'> & { readonly template: Template }

/** A series that has not ended, held until the transaction ends. */
export const lockedSeries = (tx: PlannerTx, id: string) =>
  tx
    .selectFrom('planner.series')
    .selectAll()
    .$narrowType<{ template: Template }>()
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .forUpdate()

export async function insertSeries(
  tx: PlannerTx,
  { template, ...series }: Pick<SeriesRow, 'id' | 'workspaceId' | 'createdBy'> & SeriesPatch & Required<Kept>,
): Promise<void> {
  await tx
    .insertInto('planner.series')
    .values({ ...series, template: JSON.stringify(template) })
    .execute()
}

/** What makes a series. */
type Kept = Pick<SeriesRow, 'rule' | 'mode' | 'catchUp' | 'timeZone' | 'localStart' | 'latest' | 'template'>
export type SeriesPatch = Partial<Kept & Pick<SeriesRow, 'isPaused' | 'exceptions' | 'made' | 'deletedAt'>>

export async function updateSeries(
  tx: PlannerTx,
  id: string,
  { template, ...patch }: SeriesPatch,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('planner.series')
    .set((eb) => ({
      ...patch,
      ...(template === undefined ? {} : { template: JSON.stringify(template) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}

const BELOW_MAX = 500

/** What lies below an occurrence and was not dropped, each after its parent, siblings in their order. */
export async function belowOccurrence(
  tx: PlannerTx,
  workspaceId: string,
  id: string,
): Promise<(Told & { id: string; parentId: string; level: number })[]> {
  const { rows } = await sql<Told & { id: string; parentId: string; level: number }>`with recursive below as (
      select t.*, 0 as depth from planner.tasks t
        where t.workspace_id = ${workspaceId} and t.parent_id = ${id} and t.deleted_at is null and t.status <> 'dropped'
      union all
      select c.*, b.depth + 1 from below b join planner.tasks c
        on c.workspace_id = b.workspace_id and c.parent_id = b.id and c.deleted_at is null and c.status <> 'dropped')
    select b.id, b.parent_id, b.level, b.title, b.notes, b.priority, b.estimate_minutes, b.energy, b.kind, b.icon,
      b.champs, b.done_when, b.assignee, array(select l.label from planner.task_labels l
        where l.workspace_id = b.workspace_id and l.task_id = b.id order by l.label) as labels
    from below b order by b.depth, b.parent_id, b.position, b.id limit ${BELOW_MAX}`.execute(tx)
  return rows
}

export const projectIsThere = (tx: PlannerDb, id: string) =>
  tx.selectFrom('planner.projects').select('id').where('id', '=', id).where('deletedAt', 'is', null)

/**
 * The occurrence that came last, when it is the one after `occurrence` and nobody has touched it since: it stands as it
 * came, as does everything below it, and waits for nothing. Null otherwise.
 */
export async function untouchedAfter(
  tx: PlannerTx,
  series: Pick<SeriesRow, 'id' | 'workspaceId' | 'latest'>,
  occurrence: string,
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`with recursive below as (
      select t.workspace_id, t.id, t.version, t.created_at, t.id as root from planner.tasks t
        where t.workspace_id = ${series.workspaceId} and t.series_id = ${series.id} and t.occurrence = ${series.latest}
          and t.status = 'next' and t.deleted_at is null
      union all
      select c.workspace_id, c.id, c.version, c.created_at, b.root from below b
        join planner.tasks c on c.workspace_id = b.workspace_id and c.parent_id = b.id)
    select b.root as id from below b
      join planner.tasks r on r.workspace_id = b.workspace_id and r.id = b.root
      group by b.root
      having bool_and(b.version = 1 and b.created_at = r.created_at and not exists (
        select from planner.task_dependencies d where d.workspace_id = b.workspace_id and b.id in (d.task_id, d.depends_on_id)))
      and not exists (select from planner.tasks o where o.workspace_id = ${series.workspaceId}
        and o.series_id = ${series.id} and o.occurrence > ${occurrence} and o.occurrence < ${series.latest})`.execute(
    tx,
  )
  return rows[0]?.id ?? null
}

/** Takes an occurrence that came too early away with all below it; it is no occurrence any more, so that it can come again. */
export async function removeOccurrence(tx: PlannerTx, workspaceId: string, id: string, at: Date): Promise<void> {
  await sql`with recursive below as (
      select t.workspace_id, t.id from planner.tasks t where t.workspace_id = ${workspaceId} and t.id = ${id}
      union all
      select c.workspace_id, c.id from below b join planner.tasks c on c.workspace_id = b.workspace_id and c.parent_id = b.id)
    update planner.tasks t set deleted_at = ${at}, deleted_with = ${id}, series_id = null, occurrence = null,
      updated_at = ${at}, version = t.version + 1
    from below b where t.workspace_id = b.workspace_id and t.id = b.id`.execute(tx)
}
