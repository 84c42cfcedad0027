import { Temporal } from 'temporal-polyfill'
import { type CalendarDay, clock, dayAfter, dayOf } from './calendar.ts'
import type { Reading } from './context.ts'
import type { Pattern, RepeatFound } from './repeats.ts'
import { plus } from './spans-of-time.ts'

/** How a task comes again. */
export interface Recurrence {
  /** The value of an RRULE (RFC 5545 §3.3.10), UNTIL or COUNT in it; times of day stand in `startsOn` alone. */
  readonly rule: string
  /** From the day that it was due, or from the day that it was done (`every!`). */
  readonly mode: 'fixed' | 'after_completion'
  /** The first day that the rule names, `2026-11-23`, or its local time in the zone of the task, `2026-11-23T09:00`. */
  readonly startsOn: string
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const

/** A leap day comes again within eight years, looked for month by month; every other pattern sooner. */
const STEPS_MAX = 8 * 12 + 2 * 31

/** The rule of a repeat, from `starts` on or else from today, at `time` or else on whole days. */
export function recurrenceOf(
  reading: Reading,
  found: RepeatFound,
  starts: Temporal.PlainDate | null,
  time: Temporal.PlainTime | null,
): { recurrence: Recurrence; first: Temporal.PlainDate; time: Temporal.PlainTime | null } | null {
  const hourly = found.pattern.freq === 'HOURLY' && time === null && starts === null
  const moment = hourly ? reading.now.add({ hours: found.pattern.interval }) : null
  const at = moment === null ? (time ?? (found.pattern.freq === 'HOURLY' ? clock(9, 0) : null)) : wholeMinute(moment)
  const first = moment?.toPlainDate() ?? firstDay(reading, found.pattern, starts, at)
  if (first === null) return null
  const last =
    found.until ??
    (found.lasts === null ? null : plus(first, found.lasts.count, found.lasts.unit).subtract({ days: 1 }))
  // an end before the beginning would be a rule that never holds
  if (last !== null && Temporal.PlainDate.compare(last, first) < 0) return null
  return {
    first,
    time: at,
    recurrence: {
      rule: ruleOf(found.pattern, limitOf(reading, found, last, at !== null)),
      mode: found.afterCompletion ? 'after_completion' : 'fixed',
      startsOn: at === null ? first.toString() : first.toPlainDateTime(at).toString({ smallestUnit: 'minute' }),
    },
  }
}

const wholeMinute = (moment: Temporal.ZonedDateTime) =>
  moment.toPlainTime().round({ smallestUnit: 'minute', roundingMode: 'trunc' })

/** In the order in which rules are kept and shown. */
function ruleOf({ freq, interval, month, monthDays, weekdays, place }: Pattern, limit: string | null): string {
  const nth = place?.of === 'weekday' ? String(place.nth) : ''
  return [
    `FREQ=${freq}`,
    interval > 1 && `INTERVAL=${interval}`,
    limit,
    month !== undefined && `BYMONTH=${month}`,
    monthDays !== undefined && `BYMONTHDAY=${monthDays.join(',')}`,
    weekdays !== undefined && `BYDAY=${weekdays.map((day) => `${nth}${WEEKDAYS[day - 1]}`).join(',')}`,
    place?.of === 'all' && `BYSETPOS=${place.nth}`,
  ]
    .filter((part) => typeof part === 'string')
    .join(';')
}

/** RFC 5545: UNTIL is a date where the start is one, and UTC where it has a time; here the last second of the day. */
function limitOf(reading: Reading, found: RepeatFound, last: Temporal.PlainDate | null, timed: boolean): string | null {
  if (found.times !== null) return `COUNT=${found.times}`
  if (last === null) return null
  if (!timed) return `UNTIL=${last.toString().replaceAll('-', '')}`
  const end = last.toZonedDateTime({ timeZone: reading.timeZone, plainTime: '23:59:59' }).toInstant()
  return `UNTIL=${end.toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}`
}

/** The first day from `starts` on, or from today while the time has not passed, that the pattern names; null when none is. */
function firstDay(
  reading: Reading,
  pattern: Pattern,
  starts: Temporal.PlainDate | null,
  time: Temporal.PlainTime | null,
): Temporal.PlainDate | null {
  const passed = starts === null && time !== null && Temporal.PlainTime.compare(time, reading.now.toPlainTime()) <= 0
  let at: CalendarDay = starts ?? (passed ? dayAfter(reading.today) : reading.today)
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (names(pattern, at)) return dayOf(at.year, at.month, at.day)
    at = dayAfter(at, pattern.month !== undefined && at.month !== pattern.month ? 'month' : 'day')
  }
  return null
}

function names(pattern: Pattern, day: CalendarDay): boolean {
  const { month, monthDays, weekdays, place } = pattern
  if (month !== undefined && day.month !== month) return false
  if (
    monthDays !== undefined &&
    !monthDays.some((nth) => nth === day.day || (nth === -1 && day.day === day.daysInMonth))
  ) {
    return false
  }
  if (weekdays !== undefined && !weekdays.includes(day.dayOfWeek)) return false
  return place === undefined || isPlace(place.nth, place.of === 'all' ? (weekdays ?? []) : [day.dayOfWeek], day)
}

/** Whether the day is the `nth` of its month among days of these weekdays. */
function isPlace(nth: number, weekdays: readonly number[], day: CalendarDay): boolean {
  const of = (from: number, to: number) => {
    let count = 0
    for (let at = from; at <= to; at += 1) {
      if (weekdays.includes(((((day.dayOfWeek - 1 + at - day.day) % 7) + 7) % 7) + 1)) count += 1
    }
    return count
  }
  return nth > 0 ? of(1, day.day) === nth : of(day.day, day.daysInMonth) === 1
}
