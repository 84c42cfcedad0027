import { Temporal } from 'temporal-polyfill'

/*
 * Days worked out in numbers. A line may speak of hundreds of days of which one is meant, and making one of Temporal's
 * costs as much as reading a dozen words: so one is made only where its numbers are known.
 */

/** What a pattern asks about a day of the Gregorian calendar; days of the week are 1 (Monday) to 7. */
export type CalendarDay = Pick<Temporal.PlainDate, 'year' | 'month' | 'day' | 'dayOfWeek' | 'daysInMonth'>

/** From 28 to 31, in the Gregorian calendar. `month` is 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The day after, or with `month` the first of the next month. */
export function dayAfter(at: CalendarDay, far: 'day' | 'month' = 'day'): CalendarDay {
  const days = far === 'day' ? 1 : at.daysInMonth - at.day + 1
  const dayOfWeek = ((at.dayOfWeek - 1 + days) % 7) + 1
  const { year, month, daysInMonth: last } = at
  if (at.day + days <= last) return { year, month, day: at.day + days, dayOfWeek, daysInMonth: last }
  const next = month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 }
  return { ...next, day: 1, dayOfWeek, daysInMonth: daysInMonth(next.year, next.month) }
}

/** The day, or null when the calendar has none such or it lies beyond what people plan. */
export function dayOf(year: number, month: number, day: number): Temporal.PlainDate | null {
  return isDay(year, month, day) ? new Temporal.PlainDate(year, month, day) : null
}

function isDay(year: number, month: number, day: number): boolean {
  if (![year, month, day].every(Number.isInteger)) return false
  if (year < 1900 || year > 2999 || month < 1 || month > 12) return false
  return day >= 1 && day <= daysInMonth(year, month)
}

/** The first year from today on in which that day exists, 29 February included; null for days that no year has. */
export function nextYearly(today: Temporal.PlainDate, month: number, day: number): Temporal.PlainDate | null {
  const hasPassed = month < today.month || (month === today.month && day < today.day)
  const first = today.year + (hasPassed ? 1 : 0)
  // eight years hold a leap year even across a century
  for (let year = first; year <= today.year + 8; year += 1) {
    if (isDay(year, month, day)) return dayOf(year, month, day)
  }
  return null
}

/** The first month from today on that has that day. */
export function nextMonthly(today: Temporal.PlainDate, day: number): Temporal.PlainDate | null {
  if (day < 1 || day > 31) return null
  let at: CalendarDay = day < today.day ? dayAfter(today, 'month') : today
  // of two months in a row one is long
  while (day > at.daysInMonth) at = dayAfter(at, 'month')
  return dayOf(at.year, at.month, day)
}

export const lastOfMonth = (date: Temporal.PlainDate): Temporal.PlainDate => date.with({ day: date.daysInMonth })

// the 1440 that there are, each made when it is first read
const times = new Map<number, Temporal.PlainTime>()

/** A time of day to the minute. */
export function clock(hour: number, minute: number): Temporal.PlainTime {
  const key = hour * 60 + minute
  const kept = times.get(key)
  if (kept !== undefined) return kept
  const time = Temporal.PlainTime.from({ hour, minute })
  times.set(key, time)
  return time
}
