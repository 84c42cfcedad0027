import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { SeriesTable } from '../tables.ts'
import type { Shows } from './schema.ts'

const live = (db: PlannerDb) =>
  db.selectFrom('planner.feeds').select(['id', 'name', 'shows', 'createdAt']).where('revokedAt', 'is', null)

export type FeedRow = Awaited<ReturnType<ReturnType<typeof live>['execute']>>[number]

interface Whose {
  readonly userId: string
  readonly workspaceId: string
}

/** One's own feeds, newest first. */
export const feedsOf = (
  db: PlannerDb,
  { userId, workspaceId }: Whose,
  asked: { readonly after: string | null; readonly limit: number },
) =>
  live(db)
    .where('userId', '=', userId)
    .where('workspaceId', '=', workspaceId)
    .$if(asked.after !== null, (query) => query.where('id', '<', asked.after ?? ''))
    .orderBy('id', 'desc')
    .limit(asked.limit)

export const feedCount = (tx: PlannerTx, { userId, workspaceId }: Whose) =>
  tx
    .selectFrom('planner.feeds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('userId', '=', userId)
    .where('workspaceId', '=', workspaceId)
    .where('revokedAt', 'is', null)

export async function insertFeed(
  tx: PlannerTx,
  feed: Whose & { readonly id: string; readonly name: string; readonly shows: Shows; readonly secretHash: Buffer },
): Promise<FeedRow> {
  return tx
    .insertInto('planner.feeds')
    .values(feed)
    .returning(['id', 'name', 'shows', 'createdAt'])
    .executeTakeFirstOrThrow()
}

/** Returns whether there was one's own feed with this id. */
export async function revoke(tx: PlannerTx, { userId, workspaceId }: Whose, id: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('planner.feeds')
    .set({ revokedAt: at })
    .where('id', '=', id)
    .where('userId', '=', userId)
    .where('workspaceId', '=', workspaceId)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * The feed behind a hash with what its person is in the workspace now: it ends with the membership, the workspace and the
 * person. Asked as the system, since who asks is nobody.
 */
export const feedByHash = (db: PlannerDb, secretHash: Buffer) =>
  db
    .selectFrom('planner.feeds as f')
    .innerJoin('commons.users as u', 'u.id', 'f.userId')
    .innerJoin('commons.workspaces as w', 'w.id', 'f.workspaceId')
    .innerJoin('commons.workspaceMembers as m', (join) =>
      join.onRef('m.workspaceId', '=', 'f.workspaceId').onRef('m.userId', '=', 'f.userId'),
    )
    .select(['f.id', 'f.userId', 'f.workspaceId', 'f.name', 'f.shows'])
    .where('f.secretHash', '=', secretHash)
    .where('f.revokedAt', 'is', null)
    .where('u.deletedAt', 'is', null)
    .where((eb) => eb.or([eb('u.bannedAt', 'is', null), eb('u.banEndsAt', '<', sql<Date>`now()`)]))
    .where('w.deletedAt', 'is', null)

/** The latest occurrence of a series, while it is open, tells of the series; others stand for themselves. */
const series = sql<
  | (Pick<SeriesTable, 'id' | 'rule' | 'localStart' | 'timeZone' | 'mode'> & {
      readonly exceptions: readonly string[]
      readonly occurrence: string
    })
  | null
>`(select jsonb_build_object('id', s.id, 'rule', s.rule, 'mode', s.mode, 'localStart', s.local_start,
    'timeZone', s.time_zone, 'exceptions', s.exceptions, 'occurrence', t.occurrence)
  from planner.series s where s.workspace_id = t.workspace_id and s.id = t.series_id and s.latest = t.occurrence
    and s.deleted_at is null and not s.is_paused and t.status not in ('done', 'dropped'))`

/** What a calendar shows: what is due and open, what is due soonest first, then what was closed since `closedAfter`. */
export const tasksWithDates = (db: PlannerDb, workspaceId: string, closedAfter: Date, limit: number) => {
  const dated = db
    .selectFrom('planner.tasks as t')
    .select(['t.id', 't.title', 't.notes', 't.status', 't.priority', 't.parentId', 't.dueDate', 't.dueAt', 't.startAt'])
    .select(['t.timeZone', 't.estimateMinutes', 't.completedAt', 't.createdAt', 't.updatedAt', 't.dueBy'])
    .select([
      series.as('series'),
      sql<string[]>`array(select l.label from planner.task_labels l
        where l.workspace_id = t.workspace_id and l.task_id = t.id order by l.label)`.as('labels'),
    ])
    .where('t.workspaceId', '=', workspaceId)
    .where('t.deletedAt', 'is', null)
    .where('t.dueBy', 'is not', null)
  const open = dated.where('t.status', 'not in', ['done', 'dropped']).orderBy('t.dueBy').orderBy('t.id').limit(limit)
  const done = dated
    .where('t.status', '=', 'done')
    .where('t.completedAt', '>', closedAfter)
    .orderBy('t.completedAt', 'desc')
    .orderBy('t.id')
    .limit(limit)
  return db
    .selectFrom(open.as('open'))
    .selectAll()
    .unionAll(db.selectFrom(done.as('done')).selectAll())
}

export type DatedTask = Awaited<ReturnType<ReturnType<typeof tasksWithDates>['execute']>>[number]
