import { sql } from 'kysely'
import type { PlannerDb } from '../door.ts'

/** One row of figures. `dayBegan` is when today began for who asks, `dayEnds` when it ends. */
export const figures = (
  db: PlannerDb,
  workspaceId: string,
  { timeZone, now, dayBegan, dayEnds }: { timeZone: string; now: Date; dayBegan: Date; dayEnds: Date },
) => {
  const open = sql`status in ('inbox', 'next', 'doing', 'waiting')`
  const since = (days: number) => sql`completed_at >= ${dayBegan}::timestamptz - make_interval(days => ${days})`
  const both = sql`completed_at >= ${now}::timestamptz - interval '90 days' and actual_minutes is not null`
  return db
    .selectFrom('planner.tasks')
    .select([
      sql<number>`count(*) filter (where status = 'inbox')`.as('inbox'),
      sql<number>`count(*) filter (where status = 'next')`.as('next'),
      sql<number>`count(*) filter (where status = 'doing')`.as('doing'),
      sql<number>`count(*) filter (where status = 'waiting')`.as('waiting'),
      sql<number>`count(*) filter (where status = 'done')`.as('done'),
      sql<number>`count(*) filter (where status = 'dropped')`.as('dropped'),
      sql<number>`count(*) filter (where ${open} and due_by <= ${now})`.as('overdue'),
      sql<number>`count(*) filter (where ${open} and due_by <= ${dayEnds})`.as('dueToday'),
      sql<number>`count(*) filter (where ${since(0)})`.as('completedToday'),
      sql<number>`count(*) filter (where ${since(6)})`.as('completedWeek'),
      sql<number>`count(distinct timezone(${timeZone}, completed_at)::date) filter (where ${since(27)})`.as(
        'activeDays28',
      ),
      sql<number | null>`percentile_cont(0.5) within group (order by actual_minutes) filter (where ${both})`.as(
        'medianActualMinutes',
      ),
      sql<number | null>`(sum(actual_minutes) filter (where ${both} and estimate_minutes is not null))::float
        / nullif(sum(estimate_minutes) filter (where ${both}), 0)`.as('estimateRatio'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is', null)
}
