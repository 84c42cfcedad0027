import { sql } from 'kysely'
import { fixed } from '#platform/database/fixed.ts'
import type { PlannerDb } from '../door.ts'

const labels = sql<string[]>`array(select l.label from planner.task_labels l
  where l.workspace_id = t.workspace_id and l.task_id = t.id)`

/** What this person finished in the workspace and says how long it took, the newest first. */
export const finishedBy = fixed((db: PlannerDb, workspaceId: string, userId: string, assignee: string, limit: number) =>
  db
    .selectFrom('planner.tasks as t')
    .select(['t.title', 't.estimateMinutes', 't.actualMinutes', labels.as('labels')])
    .where('t.workspaceId', '=', workspaceId)
    .where('t.deletedAt', 'is', null)
    .where('t.completedAt', 'is not', null)
    .where('t.actualMinutes', '>', 0)
    .where((eb) =>
      eb.or([eb('t.assignee', '=', assignee), eb.and([eb('t.assignee', 'is', null), eb('t.createdBy', '=', userId)])]),
    )
    .orderBy('t.completedAt', 'desc')
    .orderBy('t.id')
    .limit(limit),
)

const open = sql`o.deleted_at is null and o.status in ('inbox', 'next', 'doing')`

/**
 * Open tasks that may come first: the most urgent by priority and by what is due, `lookedAt` of each; what somebody else
 * was given and what has not begun left out.
 */
export const urgent = (
  db: PlannerDb,
  asked: { readonly workspaceId: string; readonly assignee: string; readonly now: Date; readonly lookedAt: number },
) => {
  const { workspaceId, assignee, now, lookedAt } = asked
  const most = sql<{ id: string }>`(
    (select o.id from planner.tasks o where o.workspace_id = ${workspaceId} and ${open} and o.level < 6
      order by o.priority desc, o.due_by, o.id limit ${lookedAt})
    union
    (select o.id from planner.tasks o where o.workspace_id = ${workspaceId} and o.deleted_at is null
      and o.due_by is not null and o.status not in ('done', 'dropped') and o.level < 6
      order by o.due_by, o.id limit ${lookedAt}))`
  return db
    .selectFrom(most.as('f'))
    .innerJoin('planner.tasks as t', (join) => join.on(sql<boolean>`t.id = f.id`))
    .select([
      't.id',
      't.title',
      't.priority',
      't.dueBy',
      't.timeZone',
      't.estimateMinutes',
      't.p50Minutes',
      't.energy',
      't.createdAt',
    ])
    .select(
      sql<string[]>`array(select d.depends_on_id from planner.task_dependencies d
        where d.workspace_id = t.workspace_id and d.task_id = t.id order by d.depends_on_id)`.as('waitsFor'),
    )
    .where('t.workspaceId', '=', workspaceId)
    .where('t.status', '<>', 'waiting')
    .where(sql<boolean>`(t.assignee is null or t.assignee = ${assignee})`)
    .where(sql<boolean>`(t.start_at is null or t.start_at <= ${now})`)
}
