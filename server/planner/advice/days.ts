import { Temporal } from 'temporal-polyfill'

/**
 * Days from the day around `now` to the day on which something is due, in a zone: 0 today, negative when the day is past,
 * null without. `dueBy` is when it is over: the end of its day for what is due on a day.
 */
export function daysUntil(dueBy: Date | null, now: Date, timeZone: string): number | null {
  if (dueBy === null) return null
  const day = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()
  // What is due on a day ends when the next one begins: a millisecond earlier it is still that day.
  return day(now.getTime()).until(day(dueBy.getTime() - 1)).days
}
