import { sql } from 'kysely'
import type { Champs } from '../champs/vocabulary.ts'
import type { PlannerDb } from '../door.ts'
import { STEP_MINUTES, UNKNOWN_MINUTES } from './next.ts'

/** What is asked of the next step. */
export interface NextAsked {
  readonly workspaceId: string
  readonly userId: string
  readonly now: Date
  /** Only below this one; null for all. */
  readonly parentId: string | null
  /** Tags that must be there where tags are kept. */
  readonly tags: Partial<Pick<Champs, 'conversation' | 'movement'>>
  /** How long it may take at most, guessed where nobody said; null for any length. */
  readonly maxMinutes: number | null
  /** The time that is there; null when nobody said. What nobody has measured may fit. */
  readonly minutes: number | null
  readonly limit: number
}

// The most urgent steps and tasks that are looked at: it bounds what one question costs, however many there are. Where
// tags are asked, so many more steps are held against them first.
const LOOKED_AT = 120
const HELD_AGAINST_TAGS = 2000

const open = (table: string) => sql`${sql.ref(`${table}.deleted_at`)} is null
  and ${sql.ref(`${table}.status`)} in ('inbox', 'next', 'doing')`

const urgentFirst = (limit: number) => sql`order by o.priority desc, o.due_by, o.id limit ${sql.lit(limit)}`

const hasTags = (table: string, { tags }: NextAsked) =>
  sql<boolean>`${sql.ref(`${table}.champs`)} @> ${JSON.stringify(tags)}::jsonb`

const isAsked = ({ tags }: NextAsked): boolean => Object.keys(tags).length > 0

/** The most urgent steps; where tags are asked, those of the most urgent that have them. */
function steps(asked: NextAsked) {
  const most = (limit: number) => sql`select o.id, o.champs, o.priority, o.due_by from planner.tasks o
    where o.workspace_id = ${asked.workspaceId} and ${open('o')} and o.level = 6 ${urgentFirst(limit)}`
  return isAsked(asked)
    ? sql`select o.id from (${most(HELD_AGAINST_TAGS)}) o where ${hasTags('o', asked)} ${urgentFirst(LOOKED_AT)}`
    : sql`select o.id from (${most(LOOKED_AT)}) o`
}

function first(asked: NextAsked) {
  const { workspaceId, parentId } = asked
  return parentId === null
    ? sql<{ id: string }>`((${steps(asked)}) union (select o.id from planner.tasks o
        where o.workspace_id = ${workspaceId} and ${open('o')} ${urgentFirst(LOOKED_AT)}))`
    : sql<{ id: string }>`(select o.id from planner.tasks o
        where o.workspace_id = ${workspaceId} and o.parent_id = ${parentId} and ${open('o')}
        order by o.position, o.id limit ${sql.lit(LOOKED_AT)})`
}

/** Whether something open lies below. */
const hasParts = sql`exists (select from planner.tasks c
  where c.workspace_id = t.workspace_id and c.parent_id = t.id
    and c.deleted_at is null and c.status not in ('done', 'dropped'))`

/** Whether something open has to be done before it, or before what it is a part of. */
const waits = sql`exists (select from planner.task_dependencies d
  join planner.tasks o on o.workspace_id = d.workspace_id and o.id = d.depends_on_id
  where d.workspace_id = t.workspace_id and d.task_id in (t.id, t.parent_id)
    and o.deleted_at is null and o.status not in ('done', 'dropped'))`

/** Whether an earlier step of the same thing is open: steps are done in their order. */
const comesLater = sql`(t.level = 6 and exists (select from planner.tasks s
  where s.workspace_id = t.workspace_id and s.parent_id = t.parent_id and s.level = 6
    and s.deleted_at is null and s.status not in ('done', 'dropped') and (s.position, s.id) < (t.position, t.id)))`

const measured = sql`coalesce(t.p50_minutes, t.estimate_minutes)`
const guessed = sql`coalesce(${measured},
  case when t.level = 6 then ${sql.lit(STEP_MINUTES)} else ${sql.lit(UNKNOWN_MINUTES)} end)`

/**
 * What could be done now by this person: open, begun if it has a beginning, without parts of its own, waiting for nothing,
 * the first step of its thing, with the tags that are asked where it has any. Steps before tasks, the most urgent first;
 * a step is as urgent as what it belongs to.
 */
export const doable = (db: PlannerDb, asked: NextAsked) =>
  db
    .selectFrom(sql`${first(asked)}`.as('f'))
    .innerJoin('planner.tasks as t', (join) => join.on(sql<boolean>`t.id = f.id`))
    .leftJoin('planner.tasks as p', (join) =>
      join.onRef('p.workspaceId', '=', 't.workspaceId').onRef('p.id', '=', 't.parentId').on('p.deletedAt', 'is', null),
    )
    .select(['t.id', 't.title', 't.level', 't.status', 't.estimateMinutes', 't.p50Minutes', 't.energy', 't.createdAt'])
    .select(['t.parentId', 'p.title as parentTitle'])
    .select([
      sql<Champs | null>`t.champs`.as('champs'),
      sql<number>`greatest(t.priority, p.priority)`.as('priority'),
      sql<Date | null>`least(t.due_by, p.due_by)`.as('dueBy'),
      sql<string>`coalesce(t.time_zone, p.time_zone, 'UTC')`.as('timeZone'),
    ])
    .where('t.workspaceId', '=', asked.workspaceId)
    .where(sql<boolean>`(t.assignee is null or t.assignee = ${`user:${asked.userId}`})`)
    .where(sql<boolean>`(t.start_at is null or t.start_at <= ${asked.now})`)
    .where(sql<boolean>`not ${hasParts}`)
    .where(sql<boolean>`not ${waits}`)
    .where(sql<boolean>`not ${comesLater}`)
    .$if(asked.maxMinutes !== null, (q) => q.where(sql<boolean>`${guessed} <= ${asked.maxMinutes}`))
    .$if(asked.minutes !== null, (q) => q.where(sql<boolean>`coalesce(${measured} <= ${asked.minutes}, true)`))
    .$if(isAsked(asked), (q) => q.where(sql<boolean>`(t.champs is null or ${hasTags('t', asked)})`))
    .orderBy(sql`(t.level = 6)`, 'desc')
    .orderBy(sql`greatest(t.priority, p.priority)`, 'desc')
    .orderBy(sql`least(t.due_by, p.due_by)`)
    .orderBy('t.position')
    .orderBy('t.id')
    .limit(asked.limit)
