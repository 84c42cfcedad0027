import type { Temporal } from 'temporal-polyfill'
import type { Reading } from './context.ts'
import { dayAt } from './days.ts'
import { type Unit, countOf, months, partsOfDay, placeOf, unitOf, weekdays } from './lexicon.ts'
import type { Line } from './line.ts'
import { type TimeFound, partAt, timeAt } from './times.ts'

/** When something comes again, as RFC 5545 parts it. Days of the week are 1 (Monday) to 7. */
export interface Pattern {
  readonly freq: 'HOURLY' | 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'
  readonly interval: number
  readonly month?: number
  readonly monthDays?: readonly number[]
  readonly weekdays?: readonly number[]
  /** Which of those days in the month, -1 the last: of each weekday (`every 3rd friday`) or of all together (`first workday`). */
  readonly place?: { readonly of: 'weekday' | 'all'; readonly nth: number }
}

export interface RepeatFound {
  readonly next: number
  readonly pattern: Pattern
  readonly afterCompletion: boolean
  readonly time: TimeFound | null
  readonly starts: Temporal.PlainDate | null
  readonly until: Temporal.PlainDate | null
  readonly lasts: { readonly count: number; readonly unit: Exclude<Unit, 'hour' | 'minute'> } | null
  readonly times: number | null
  readonly sure: number
}

const WORKDAYS = [1, 2, 3, 4, 5]

const adverbs: ReadonlyMap<string, Pattern> = new Map([
  ['hourly', { freq: 'HOURLY', interval: 1 }],
  ['daily', { freq: 'DAILY', interval: 1 }],
  ['everyday', { freq: 'DAILY', interval: 1 }],
  ['weekly', { freq: 'WEEKLY', interval: 1 }],
  ['fortnightly', { freq: 'WEEKLY', interval: 2 }],
  ['monthly', { freq: 'MONTHLY', interval: 1 }],
  ['quarterly', { freq: 'MONTHLY', interval: 3 }],
  ['yearly', { freq: 'YEARLY', interval: 1 }],
  ['annually', { freq: 'YEARLY', interval: 1 }],
  ['biannually', { freq: 'MONTHLY', interval: 6 }],
  ['semiannually', { freq: 'MONTHLY', interval: 6 }],
  ['biennially', { freq: 'YEARLY', interval: 2 }],
])

const frequency = {
  hour: 'HOURLY',
  day: 'DAILY',
  week: 'WEEKLY',
  month: 'MONTHLY',
  year: 'YEARLY',
} as const satisfies Partial<Record<Unit, Pattern['freq']>>

interface Head {
  readonly next: number
  readonly pattern: Pattern
  readonly hour?: number
  readonly sure: number
}

/** Reads a repeat from the word at `from`: `every other tues at 9am starting 1 nov`, `daily`, `7am every day`. */
export function repeatAt(line: Line, reading: Reading, from: number): RepeatFound | null {
  const early = timeAt(line, reading, from, true)
  const start = early !== null && line.low(early.next, from) !== '' ? early.next : from
  const every = everyAt(line, reading, start)
  const head = every === null ? adverbAt(line, start) : patternAt(line, every.next)
  if (head === null) return null
  const found = {
    ...NOTHING,
    next: head.next,
    pattern: head.pattern,
    sure: head.sure,
    time: start === from ? null : early,
  }
  const whole = tails(line, reading, start, { ...found, afterCompletion: every?.completion === true }, head.hour)
  // a report that comes monthly is no task that does
  return every === null && !isAtRest(line, whole.next, head.next) ? null : whole
}

const NOTHING = { time: null, starts: null, until: null, lasts: null, times: null } as const

const isAtRest = (line: Line, next: number, afterHead: number) =>
  next > afterHead || line.ends(next) || line.low(next, next - 1) === ''

function everyAt(line: Line, reading: Reading, from: number): { next: number; completion: boolean } | null {
  const word = line.low(from, from)
  if (word !== 'every' && word !== 'ev' && !(word === 'each' && reading.dialect.each)) return null
  const completion = line.words[from]?.after === '!'
  // `every!` ends a breath as a shout would, and goes on all the same
  return completion || line.low(from + 1, from) !== '' ? { next: from + 1, completion } : null
}

function adverbAt(line: Line, from: number): Head | null {
  const pattern = adverbs.get(line.low(from, from))
  return pattern === undefined ? null : { next: from + 1, pattern, sure: 0.9 }
}

/** What stands behind `every`. The word itself begins a breath: in `every!` a sign stands before it. */
function patternAt(line: Line, from: number): Head | null {
  const word = line.low(from, from)
  const hour = partsOfDay.get(word)
  if (hour !== undefined) return { next: from + 1, pattern: { freq: 'DAILY', interval: 1 }, hour, sure: 0.95 }
  return counted(line, from) ?? placed(line, from) ?? yearly(line, from) ?? listed(line, from, 1)
}

/** `day`, `other week`, `3 days`, `second month`, `quarter`. */
function counted(line: Line, from: number): Head | null {
  const word = line.low(from, from)
  const every = word === 'other' ? 2 : (countOf(word) ?? placeOf(word))
  const next = every === null ? from : from + 1
  const named = line.low(next, from)
  const interval = every ?? 1
  if (named === 'quarter' || named === 'quarters') {
    return interval < 1 ? null : { next: next + 1, pattern: { freq: 'MONTHLY', interval: interval * 3 }, sure: 0.9 }
  }
  if (word === 'other' && weekdays.has(named)) return listed(line, next, 2)
  const unit = named.length < 3 ? null : unitOf(named)
  if (unit === null || unit === 'minute' || interval < 1) return null
  return { next: next + 1, pattern: { freq: frequency[unit], interval }, sure: 0.95 }
}

/** `3rd friday`, `last day`, `first workday`, `1st and 15th`, `27th of january`. */
function placed(line: Line, from: number): Head | null {
  const nth = nthOf(line.low(from, from))
  if (nth === null) return null
  const named = line.low(from + 1, from)
  const weekday = weekdays.get(named)
  if (weekday !== undefined && nth <= 5) {
    return inMonth(line, from, from + 2, { weekdays: [weekday], place: { of: 'weekday', nth } })
  }
  if ((named === 'workday' || named === 'weekday') && nth <= 20) {
    return inMonth(line, from, from + 2, { weekdays: WORKDAYS, place: { of: 'all', nth } })
  }
  if (nth === -1) return named === 'day' ? inMonth(line, from, from + 2, { monthDays: [-1] }) : null
  if (nth > 31 || !/^\d/.test(line.low(from, from))) return null
  const month = months.get(line.low(named === 'of' ? from + 2 : from + 1, from))
  if (month !== undefined) return dayOfYear(month, nth, named === 'of' ? from + 3 : from + 2)
  return daysOfMonth(line, from, nth)
}

function daysOfMonth(line: Line, from: number, first: number): Head {
  const days = new Set([first])
  let next = from + 1
  for (;;) {
    const and = isAnd(line.lowAfterComma(next, from)) ? next + 1 : next
    const word = line.lowAfterComma(and, from)
    const day = /^\d/.test(word) ? placeOf(word) : null
    if (day === null || day < 1 || day > 31) break
    days.add(day)
    next = and + 1
  }
  return inMonth(line, from, next, { monthDays: [...days].toSorted((a, b) => a - b) })
}

function inMonth(line: Line, from: number, next: number, by: Partial<Pattern>): Head {
  const words = [0, 1, 2].map((ahead) => line.low(next + ahead, from))
  const ofMonth = words[0] === 'of' && ['the', 'each', 'every'].includes(words[1] ?? '') && words[2] === 'month'
  return { next: ofMonth ? next + 3 : next, pattern: { freq: 'MONTHLY', interval: 1, ...by }, sure: 0.95 }
}

/** `jan 27th`, `27 jan`, `january`. */
function yearly(line: Line, from: number): Head | null {
  const word = line.low(from, from)
  const ahead = line.low(from + 1, from)
  const month = months.get(word)
  if (month !== undefined) {
    const day = placeOf(ahead) ?? (/^\d{1,2}$/.test(ahead) ? Number(ahead) : null)
    return day === null ? dayOfYear(month, 1, from + 1) : dayOfYear(month, day, from + 2)
  }
  const behind = months.get(ahead)
  return /^\d{1,2}$/.test(word) && behind !== undefined ? dayOfYear(behind, Number(word), from + 2) : null
}

function dayOfYear(month: number, day: number, next: number): Head | null {
  const most = month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31
  if (day < 1 || day > most) return null
  return { next, pattern: { freq: 'YEARLY', interval: 1, month, monthDays: [day] }, sure: 0.95 }
}

/** `mon, wed and fri`, `weekday`, `weekend`: the first Saturday and no Sunday, as Todoist has it. */
function listed(line: Line, from: number, interval: number): Head | null {
  const word = line.low(from, from)
  const pattern = { freq: 'WEEKLY', interval } as const
  if (word === 'weekday' || word === 'workday' || word === 'weekdays' || word === 'workdays') {
    return { next: from + 1, pattern: { ...pattern, weekdays: WORKDAYS }, sure: 0.95 }
  }
  if (word === 'weekend') return { next: from + 1, pattern: { ...pattern, weekdays: [6] }, sure: 0.85 }
  const days = new Set<number>()
  let next = from
  for (;;) {
    const and = next > from && isAnd(line.lowAfterComma(next, from)) ? next + 1 : next
    const found = line.lowAfterComma(and, from).split(',').map(weekdayOf)
    if (found.some((day) => day === undefined)) break
    for (const day of found) if (day !== undefined) days.add(day)
    next = and + 1
  }
  return days.size === 0
    ? null
    : { next, pattern: { ...pattern, weekdays: [...days].toSorted((a, b) => a - b) }, sure: 0.95 }
}

const weekdayOf = (word: string) => weekdays.get(word) ?? weekdays.get(word.replace(/s$/, ''))
const isAnd = (word: string) => word === 'and' || word === '&' || word === '+'
const nthOf = (word: string) => (word === 'last' ? -1 : placeOf(word))

/** What may follow, in any order, each once: a time, days (`weekly on friday`), a start, an end, how long, how often. */
function tails(line: Line, reading: Reading, from: number, head: RepeatFound, hour: number | undefined): RepeatFound {
  let found = head
  if (hour !== undefined) {
    const part = partAt(line, reading, found.next - 1, found.next - 1)
    found = { ...found, next: part?.next ?? found.next, time: part ?? { next: found.next, hour, minute: 0, sure: 0.9 } }
  }
  // six kinds of tail
  for (let round = 0; round < 6; round += 1) {
    const more = line.low(found.next, from) === '' ? null : tail(line, reading, found)
    if (more === null) break
    found = more
  }
  return found
}

function tail(line: Line, reading: Reading, found: RepeatFound): RepeatFound | null {
  const at = found.next
  const word = line.low(at, at)
  if (found.time === null) {
    const inThe = word === 'in' && line.low(at + 1, at) === 'the' ? at + 2 : at
    const time =
      timeAt(line, reading, at, true) ?? (partsOfDay.has(line.low(inThe, at)) ? partAt(line, reading, inThe, at) : null)
    if (time !== null) return { ...found, next: time.next, time }
  }
  if (word === 'on') return narrowed(line, found, at + 1)
  if (/^(?:starting|start|starts|from|beginning)$/.test(word) && found.starts === null)
    return bounded(line, reading, found, 'starts')
  if (/^(?:until|till|ending|ends|through)$/.test(word) && found.until === null)
    return bounded(line, reading, found, 'until')
  return limited(line, found, word === 'for' ? at + 1 : at, at)
}

/** `weekly on friday`, `monthly on the 5th`. */
function narrowed(line: Line, found: RepeatFound, at: number): RepeatFound | null {
  const { pattern } = found
  if (pattern.weekdays !== undefined || pattern.monthDays !== undefined || line.low(at, at - 1) === '') return null
  const start = line.low(at, at) === 'the' ? at + 1 : at
  const head =
    pattern.freq === 'WEEKLY' ? listed(line, start, 1) : pattern.freq === 'MONTHLY' ? placed(line, start) : null
  if (head === null || head.pattern.freq !== pattern.freq) return null
  return { ...found, next: head.next, pattern: { ...head.pattern, interval: pattern.interval } }
}

function bounded(line: Line, reading: Reading, found: RepeatFound, field: 'starts' | 'until'): RepeatFound | null {
  const at = found.next + 1
  if (line.low(at, found.next) === '') return null
  const day = dayAt(line, reading, at, true)
  if (day === null || day.day === null || day.moment !== undefined) return null
  return { ...found, next: day.next, [field]: day.day }
}

/** `for 8 weeks`, `for 10 times`, `5 times`. */
function limited(line: Line, found: RepeatFound, at: number, from: number): RepeatFound | null {
  if (found.lasts !== null || found.times !== null || found.until !== null) return null
  const count = countOf(line.low(at, from))
  const named = line.low(at + 1, from)
  if (count === null || count < 1) return null
  if (named === 'times' || named === 'time') return { ...found, next: at + 2, times: count }
  const unit = named.length < 3 || at === from ? null : unitOf(named)
  if (unit === null || unit === 'hour' || unit === 'minute') return null
  return { ...found, next: at + 2, lasts: { count, unit } }
}
