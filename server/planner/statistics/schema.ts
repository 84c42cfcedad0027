import { type Static, Type } from 'typebox'
import { orNull } from '#platform/fields.ts'
import { TaskStatus } from '../tasks/schema.ts'

export const StatisticsQuery = Type.Object(
  {
    timeZone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA name: where days begin.' }),
    ),
  },
  { additionalProperties: false },
)
export type StatisticsQuery = Static<typeof StatisticsQuery>

const count = (description: string) => Type.Integer({ description })

export const Statistics = Type.Object({
  total: count('Tasks that are there, those that were dropped left out.'),
  byStatus: Type.Object(Object.fromEntries(TaskStatus.map((status) => [status, Type.Integer()]))),
  open: count('Of these, those that are to be done.'),
  completed: count('Of these, those that are done.'),
  completionRate: orNull(Type.Number(), 'completed ÷ total; null without tasks.'),
  overdue: count('Open tasks whose due time is over; of those of a day, the day in their own zone.'),
  dueToday: count('Open tasks that are due before the end of today.'),
  completedToday: count('Done since the day began.'),
  completedWeek: count('Done within the last seven days, today among them.'),
  activeDays28: count('Days of the last 28 on which something was done.'),
  medianActualMinutes: orNull(
    Type.Number(),
    'Of what was done in the last 90 days and says how long it took; null without any.',
  ),
  estimateRatio: orNull(
    Type.Number(),
    'Sum of actual ÷ sum of estimated minutes of the same, where both are said; null without any.',
  ),
})
export type Statistics = Static<typeof Statistics>
