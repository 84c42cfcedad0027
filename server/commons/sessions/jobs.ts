import { Type } from 'typebox'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#kernel/clock.ts'
import { defineJob } from '#platform/jobs/job.ts'
import { type Schedule, defineSchedule } from '#platform/jobs/schedule.ts'
import { commons, sweepSessions, sweepVerifications } from './queries.ts'
import { asSystem } from './service.ts'

/** People see where they were signed in for a while after; then nobody needs to know. */
const KEPT_MS = 30 * DAY_MS

/** Forgets sessions that ended long ago and what was sent for one use and never used. */
export function sessionSchedules(): readonly Schedule[] {
  const job = defineJob({
    name: 'identity.sweep-sessions',
    input: Type.Object({}),
    retry: { limit: 2, backoff: 'exponential', delayMs: MINUTE_MS },
    timeoutMs: HOUR_MS,
    concurrency: 'io',
    key: () => 'all',
    run: async (ctx) => {
      await commons.writeOne(asSystem(ctx), (db) => sweepSessions(db, KEPT_MS))
      await commons.writeOne(asSystem(ctx), (db) => sweepVerifications(db))
    },
  })
  return [defineSchedule({ name: 'identity.sweep-sessions', cron: '37 2 * * *', job, input: {} })]
}
