import type { Temporal } from 'temporal-polyfill'
import type { DayFound, Reading } from './context.ts'
import { type Unit, countOf, speaksOfDay, unitOf } from './lexicon.ts'
import type { Line } from './line.ts'

/** Reads what is counted from now: `in 3 days`, `+5 days`, `2 weeks from tomorrow`, `3 weeks ago`, `5 days` at the end. */
export function spanFrom(line: Line, reading: Reading, from: number): DayFound | null {
  const first = line.low(from, from)
  if (first === 'in') return inSpan(line, reading, from)
  const length = lengthAt(line, from, from)
  if (length === null) return null
  const { count, unit, next } = length
  if (line.low(next, from) === 'ago' && !first.startsWith('+')) return moved(reading, next + 1, -count, unit, 0.9)
  const since = line.low(next, from) === 'from' ? line.low(next + 1, from) : ''
  if (since === 'now' || since === 'today') return moved(reading, next + 2, count, unit, 0.9)
  if (since === 'tomorrow')
    return unit === 'hour' || unit === 'minute' ? null : onwards(reading, next + 2, count, unit, 1)
  if (first.startsWith('+')) return moved(reading, next, count, unit, 0.9)
  const before = line.low(from - 1, from - 1)
  const stray =
    before === 'for' || before === 'about' || before === 'take' || before === 'takes' || speaksOfDay.has(before)
  // `a week` alone is too little to go by, and minutes are an effort rather than a day
  if (stray || !line.ends(next) || unit === 'hour' || unit === 'minute' || !/^\d+$/.test(first)) return null
  return moved(reading, next, count, unit, 0.6)
}

function inSpan(line: Line, reading: Reading, from: number): DayFound | null {
  if (
    line.low(from + 1, from) === 'half' &&
    ['an', 'a'].includes(line.low(from + 2, from)) &&
    line.low(from + 3, from) === 'hour'
  ) {
    return moved(reading, from + 4, 30, 'minute', 0.9)
  }
  const length = lengthAt(line, from + 1, from)
  if (length === null || line.low(from + 1, from).startsWith('+')) return null
  return moved(reading, length.next, length.count, length.unit, 0.9)
}

export interface Length {
  readonly count: number
  readonly unit: Unit
  readonly next: number
}

/** `3 days`, `a week`, `90m`, `+5 days`; from 1 to 999. */
export function lengthAt(line: Line, at: number, from: number): Length | null {
  const word = line.low(at, from)
  const bare = word.startsWith('+') ? word.slice(1) : word
  const glued = /^(\d{1,3})([a-z]{1,7})$/.exec(bare)
  const count = glued === null ? countOf(bare) : Number(glued[1])
  const unit = unitOf(glued === null ? line.low(at + 1, from) : (glued[2] ?? ''))
  if (count === null || count < 1 || unit === null) return null
  if (glued === null && line.low(at + 1, from).length < 3) return null
  return { count, unit, next: glued === null ? at + 2 : at + 1 }
}

/** Hours and minutes are counted on the clock of the world, days and more on the calendar of the zone. */
function moved(reading: Reading, next: number, count: number, unit: Unit, sure: number): DayFound {
  if (unit !== 'hour' && unit !== 'minute') return onwards(reading, next, count, unit, 0, sure)
  const moment = reading.minute.add(unit === 'hour' ? { hours: count } : { minutes: count })
  return { next, day: moment.toPlainDate(), moment, sure }
}

function onwards(
  reading: Reading,
  next: number,
  count: number,
  unit: Exclude<Unit, 'hour' | 'minute'>,
  days: number,
  sure = 0.9,
): DayFound {
  return { next, day: plus(reading.today.add({ days }), count, unit), sure }
}

/** A day so many days, weeks, months or years on; the last of the month where a month is too short. */
export function plus(
  day: Temporal.PlainDate,
  count: number,
  unit: Exclude<Unit, 'hour' | 'minute'>,
): Temporal.PlainDate {
  switch (unit) {
    case 'day':
      return day.add({ days: count })
    case 'week':
      return day.add({ weeks: count })
    case 'month':
      return day.add({ months: count })
    case 'year':
      return day.add({ years: count })
  }
}
