import { Temporal } from 'temporal-polyfill'
import { isTimeZone } from '#kernel/time-zone.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { figures } from './queries.ts'
import type { Statistics, StatisticsQuery } from './schema.ts'

/**
 * How the tasks of the workspace stand, counted when it is asked.
 * @throws InvalidInput when the zone is none
 */
export async function statistics(ctx: Ctx, { timeZone = 'UTC' }: StatisticsQuery): Promise<Statistics> {
  const { workspaceId } = personOf(ctx)
  if (!isTimeZone(timeZone)) {
    throw InvalidInput({ errors: [{ pointer: '?timeZone', detail: 'is no IANA time zone' }] })
  }
  const now = ctx.clock.now()
  const [dayBegan, dayEnds] = dayAround(now, timeZone)
  const asked = { timeZone, now, dayBegan, dayEnds }
  const [row] = await planner.one(ctx, (db) => figures(db, workspaceId, asked))
  const { inbox = 0, next = 0, doing = 0, waiting = 0, done = 0, dropped = 0, ...rest } = row ?? {}
  const open = inbox + next + doing + waiting
  const total = open + done
  return {
    ...{ overdue: 0, dueToday: 0, completedToday: 0, completedWeek: 0, activeDays28: 0 },
    ...{ medianActualMinutes: null, estimateRatio: null },
    ...rest,
    ...{ total, open, completed: done, completionRate: total === 0 ? null : done / total },
    byStatus: { inbox, next, doing, waiting, done, dropped },
  }
}

/** The instants at which the day around `now` begins and ends where the zone is. */
function dayAround(now: Date, timeZone: string): [began: Date, ends: Date] {
  const day = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).startOfDay()
  return [new Date(day.epochMilliseconds), new Date(day.add({ days: 1 }).startOfDay().epochMilliseconds)]
}
