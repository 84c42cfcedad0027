import { DAY_MS } from '#kernel/clock.ts'

const calendars = new Map<string, Intl.DateTimeFormat>()
const CALENDARS_MAX = 100

/** Days since 1970 of the day that it is in a zone at an instant. */
function dayAt(atMs: number, timeZone: string): number {
  let calendar = calendars.get(timeZone)
  if (calendar === undefined) {
    // Making one costs a thousand times as much as asking it. Canadian English writes a day as YYYY-MM-DD.
    calendar = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    if (calendars.size >= CALENDARS_MAX) calendars.clear()
    calendars.set(timeZone, calendar)
  }
  const [year = 0, month = 1, day = 1] = calendar.format(atMs).split('-').map(Number)
  return Math.round(Date.UTC(year, month - 1, day) / DAY_MS)
}

/**
 * Days from the day around `now` to the day on which something is due, in a zone: 0 today, negative when the day is past,
 * null without. `dueBy` is when it is over: the end of its day for what is due on a day.
 */
export function daysUntil(dueBy: Date | null, now: Date, timeZone: string): number | null {
  if (dueBy === null) return null
  // What is due on a day ends when the next one begins: a millisecond earlier it is still that day.
  return dayAt(dueBy.getTime() - 1, timeZone) - dayAt(now.getTime(), timeZone)
}
