import { Temporal } from 'temporal-polyfill'
import { clock } from './calendar.ts'
import type { DayFound, Reading } from './context.ts'
import { dayAt } from './days.ts'
import { goesOnAfterDay } from './lexicon.ts'
import type { Line } from './line.ts'
import { type TimeFound, partAt, timeAt } from './times.ts'

/** A day, a time, or both in one breath. */
export interface MomentFound {
  readonly from: number
  readonly next: number
  /** Absent when only a time was said; its `day` null is the wish for no date. */
  readonly day: DayFound | null
  readonly time: Temporal.PlainTime | null
  readonly sure: number
}

/** Reads a day with a time behind or in front of it, or a time alone, from the word at `from`. */
export function momentAt(line: Line, reading: Reading, from: number): MomentFound | null {
  if (line.low(from, from) === '') return null
  const day = dayAt(line, reading, from)
  if (day !== null) {
    const found = withTime(line, reading, from, day)
    return isPartOfName(line, found) ? null : found
  }
  const time = partOfToday(line, reading, from) ?? timeBefore(line, reading, from)
  if (time === null) return null
  const after = line.lowAfterComma(time.next, from) === '' ? null : dayAt(line, reading, time.next)
  if (after === null || after.day === null || after.moment !== undefined) return alone(from, time)
  return {
    from,
    next: after.next,
    day: after,
    time: clock(time.hour, time.minute),
    sure: Math.min(time.sure, after.sure),
  }
}

/** `Sunday school`, `Friday night lights`, `Jan 5 questions`: a noun goes on where a sentence would not. */
function isPartOfName(line: Line, { from, next, day, time }: MomentFound): boolean {
  if (day?.loose !== true || line.ends(next)) return false
  const digits = time !== null && /\d/.test(line.words[next - 1]?.text ?? '')
  const follows = line.low(next, from)
  return !digits && follows !== '' && !goesOnAfterDay.has(follows)
}

const alone = (from: number, time: TimeFound & { readonly today?: DayFound }): MomentFound => ({
  from,
  next: time.next,
  day: time.today ?? null,
  time: clock(time.hour, time.minute),
  sure: time.sure,
})

/** A time that may have its day behind it; without one it must stand for itself. */
function timeBefore(line: Line, reading: Reading, from: number): TimeFound | null {
  const strict = timeAt(line, reading, from, false)
  if (strict !== null) return strict
  const loose = timeAt(line, reading, from, true)
  if (loose === null || line.low(loose.next, from) === '') return null
  return dayAt(line, reading, loose.next) === null ? null : loose
}

function withTime(line: Line, reading: Reading, from: number, day: DayFound): MomentFound {
  const said = day.hour === undefined ? null : clock(day.hour, day.minute ?? 0)
  const bare = { from, next: day.next, day, time: said, sure: day.sure }
  if (day.day === null || day.moment !== undefined || line.lowAfterComma(day.next, from) === '') return bare
  const inThe = line.low(day.next, from) === 'in' && line.low(day.next + 1, from) === 'the' ? day.next + 2 : day.next
  const time = timeAt(line, reading, day.next, true) ?? partAt(line, reading, inThe, from)
  // `tonight at 8` is in the evening, and at 1 it is no more tonight
  if (time === null || (said !== null && time.hour < 5)) return bare
  const hour = said !== null && time.hour < 12 ? time.hour + 12 : time.hour
  return { from, next: time.next, day, time: clock(hour, time.minute), sure: Math.min(day.sure, time.sure) }
}

/** `this evening`, `in the morning`. */
function partOfToday(line: Line, reading: Reading, from: number): (TimeFound & { readonly today?: DayFound }) | null {
  const first = line.low(from, from)
  if (first === 'in' && line.low(from + 1, from) === 'the') return partAt(line, reading, from + 2, from)
  const part = first === 'this' ? partAt(line, reading, from + 1, from) : null
  return part === null ? null : { ...part, today: { next: part.next, day: reading.today, sure: part.sure } }
}

/** When something is due: a day, or a moment of the world. */
export type Due = { readonly date: string } | { readonly at: string }

/**
 * Local time on the calendar of the zone. A time that the zone skips moves forward by what it skips, one that comes twice
 * is the first. A time alone is today's, or tomorrow's when it has passed; a weekday whose time has passed today is next
 * week's.
 */
export function dueOf(reading: Reading, day: DayFound | null, time: Temporal.PlainTime | null): Due {
  if (day?.moment !== undefined) return { at: instant(day.moment) }
  const date = day?.day ?? reading.today
  if (time === null) return { date: date.toString() }
  const passed = Temporal.PlainDateTime.compare(date.toPlainDateTime(time), reading.now.toPlainDateTime()) <= 0
  const roll = passed && date.equals(reading.today) ? (day === null ? 1 : (day.rollDays ?? 0)) : 0
  return { at: instantOf(reading, date.add({ days: roll }), time) }
}

export const instantOf = (reading: Reading, day: Temporal.PlainDate, time: Temporal.PlainTime): string =>
  instant(day.toZonedDateTime({ timeZone: reading.timeZone, plainTime: time }))

const instant = (moment: Temporal.ZonedDateTime) => moment.toInstant().toString({ smallestUnit: 'second' })
