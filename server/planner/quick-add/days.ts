import { dayOf, lastOfMonth, nextMonthly, nextYearly } from './calendar.ts'
import type { DayFound, Reading } from './context.ts'
import { countOf, measures, months, placeOf, speaksOfDay, weekdays } from './lexicon.ts'
import type { Line } from './line.ts'
import { numericDay } from './numeric-days.ts'
import { spanFrom } from './spans-of-time.ts'

/**
 * Reads a day in English or in digits from the word at `from`, with the preposition in front of it. `led`: what stands
 * before says already that a day follows, such as `until`.
 */
export function dayAt(line: Line, reading: Reading, from: number, led = false): DayFound | null {
  const words = prepositions(line, from)
  const start = words > 0 && line.low(from + words, from) !== '' ? from + words : from
  const found = dayOnly(line, reading, start, led || start > from)
  return found === null && start > from ? dayOnly(line, reading, from, led) : found
}

function dayOnly(line: Line, reading: Reading, from: number, led: boolean): DayFound | null {
  const english = reading.language === 'en' || reading.dialect.name === 'vikunja'
  const loose = !led && !line.begins(from)
  const numeric = numericDay(line, reading, from, led)
  if (numeric !== null) return { ...numeric, loose }
  const found = english ? worded(line, reading, from, led) : null
  return found === null ? null : { ...found, loose: loose && found.loose === true }
}

/** How many words say that a day follows: `on`, `due by`. */
function prepositions(line: Line, from: number): number {
  const first = line.low(from, from)
  if (first === 'due') return ['on', 'by'].includes(line.low(from + 1, from)) ? 2 : 1
  if (first === 'at') return ['the', 'end'].includes(line.low(from + 1, from)) ? 1 : 0
  return ['on', 'by', 'for', 'before', 'am', 'le', 'el', 'il', 'op', 'på'].includes(first) ? 1 : 0
}

function worded(line: Line, reading: Reading, from: number, led: boolean): DayFound | null {
  const word = line.low(from, from)
  if (word === '') return null
  const before = led ? '' : line.low(from - 1, from - 1)
  const free = led || before === '' || !speaksOfDay.has(before)
  return (
    wish(line, from) ??
    phrase(line, reading, from, word) ??
    inMonth(line, reading, from, led) ??
    (free ? (place(line, reading, from, led) ?? named(line, reading, from, word)) : null) ??
    spanFrom(line, reading, from)
  )
}

/** `no date`, at the end. */
function wish(line: Line, from: number): DayFound | null {
  if (line.low(from, from) !== 'no') return null
  const date = line.low(from + 1, from) === 'due' ? from + 2 : from + 1
  return line.low(date, from) === 'date' && line.ends(date + 1) ? { next: date + 1, day: null, sure: 0.9 } : null
}

/** Phrases that nothing else is said with. */
function phrase(line: Line, reading: Reading, from: number, first: string): DayFound | null {
  const { today } = reading
  const start = first === 'the' ? from + 1 : from
  const words = [0, 1, 2].map((ahead) => line.low(start + ahead, from))
  // the film has its capitals
  const film = line.words[start + 1]?.text === 'After'
  if (words[0] === 'day' && words[1] === 'after' && words[2] === 'tomorrow' && !film) {
    return { next: start + 3, day: today.add({ days: 2 }), sure: 0.95 }
  }
  if (words[0] === 'day' && words[1] === 'before' && words[2] === 'yesterday') {
    return { next: start + 3, day: today.subtract({ days: 2 }), sure: 0.95 }
  }
  if (words[0] === 'end' && words[1] === 'of') return endOf(line, reading, start, from)
  if (first === 'mid' || first === 'mid-') return midOf(line, reading, from, line.low(from + 1, from), 2)
  if (first.startsWith('mid-')) return midOf(line, reading, from, first.slice(4), 1)
  return null
}

function endOf(line: Line, reading: Reading, start: number, from: number): DayFound | null {
  const { today } = reading
  const index = line.low(start + 2, from) === 'the' ? start + 3 : start + 2
  const what = line.low(index, from)
  if (what === 'month') return { next: index + 1, day: lastOfMonth(today), sure: 0.95 }
  if (what === 'year') return { next: index + 1, day: today.with({ month: 12, day: 31 }), sure: 0.95 }
  const month = months.get(what)
  if (month === undefined) return null
  const first = dayOf(month < today.month ? today.year + 1 : today.year, month, 1)
  return first === null ? null : { next: index + 1, day: lastOfMonth(first), sure: 0.9 }
}

function midOf(line: Line, reading: Reading, from: number, name: string, length: number): DayFound | null {
  const month = months.get(name)
  const day = month === undefined ? null : nextYearly(reading.today, month, 15)
  return day === null || !line.isFree(from) ? null : { next: from + length, day, sure: 0.9 }
}

/** `today`, `friday`, `next week` and their like; where `the` or `since` stands before, a text speaks of them. */
function named(line: Line, reading: Reading, from: number, word: string): DayFound | null {
  const { today, dialect } = reading
  const days = relative(line, from, word)
  if (days !== null) return { next: from + 1, day: today.add({ days }), sure: word.length > 3 ? 0.95 : 0.7 }
  if (word === 'tonight') {
    return { next: from + 1, day: today, hour: dialect.tonightHour, minute: 0, sure: 0.9 }
  }
  if (word === 'this' || word === 'next') return coming(line, reading, from, word)
  if (word === 'later') return laterInWeek(line, reading, from)
  const weekday = weekdays.get(word)
  if (weekday === undefined || !isMeant(line, from, word)) return null
  const sure = line.ends(from + 1) || line.begins(from) ? 0.9 : 0.6
  return {
    next: from + 1,
    day: today.add({ days: (weekday - today.dayOfWeek + 7) % 7 }),
    rollDays: 7,
    loose: true,
    sure,
  }
}

function relative(line: Line, from: number, word: string): number | null {
  switch (word) {
    case 'today':
      return 0
    case 'tomorrow':
    case 'tmr':
    case 'tmrw':
      return 1
    case 'yesterday':
      return -1
    case 'tod':
    case 'tom':
      // Tom is a name, unless he is small and nothing is done with him
      if (line.words[from]?.text !== word || !isAtRest(line, from)) return null
      return word === 'tod' ? 0 : 1
    default:
      return null
  }
}

/** The word ends the text, or a time of day follows. */
const isAtRest = (line: Line, from: number): boolean => line.ends(from + 1) || isTimeAhead(line, from)

/** A time of day stands behind the word: a bare number would be too little. */
function isTimeAhead(line: Line, from: number): boolean {
  const next = line.low(from + 1, from)
  if (next === 'at' || next === '@' || /^@\d/.test(next) || /^\d{1,2}(?::\d\d|:\d\dpm|:\d\dam|am|pm)$/.test(next))
    return true
  return /^\d{1,2}(?::\d\d)?$/.test(next) && /^[ap]\.?m$/.test(line.low(from + 2, from))
}

/** Who sits: `he sat`, `the cat that sat`. */
const sitters = new Set('i we he she they you it who that had has have'.split(' '))

/** `sat down` and `Sun Tzu` are no days: a short name needs a time or a comma behind it, or the end. */
function isMeant(line: Line, from: number, word: string): boolean {
  if (word.endsWith('day')) return true
  if (sitters.has(line.low(from - 1, from - 1))) return false
  return isAtRest(line, from) || line.words[from]?.after === ','
}

/** `this friday`, `next friday`, `next week`. */
function coming(line: Line, reading: Reading, from: number, word: 'this' | 'next'): DayFound | null {
  const { today, dialect } = reading
  const next = from + 2
  const ahead = line.low(from + 1, from)
  const weekday = weekdays.get(ahead)
  if (weekday !== undefined) {
    const days = (weekday - today.dayOfWeek + 7) % 7
    if (word === 'this') return { next, day: today.add({ days }), rollDays: 7, sure: 0.9 }
    const more = dialect.nextIsSecond || days === 0 ? 7 : 0
    return { next, day: today.add({ days: days + more }), sure: 0.85 }
  }
  const saturday = (6 - today.dayOfWeek + 7) % 7
  switch (`${word} ${ahead}`) {
    case 'this weekend':
      return { next, day: today.add({ days: saturday }), sure: 0.85 }
    case 'next weekend':
      return { next, day: today.add({ days: saturday + 7 }), sure: 0.85 }
    case 'next week':
      return { next, day: today.add({ days: dialect.nextWeekIsMonday ? 8 - today.dayOfWeek : 7 }), sure: 0.9 }
    case 'next month':
      return { next, day: lastOfMonth(today).add({ days: 1 }), sure: 0.9 }
    case 'next year':
      return { next, day: dayOf(today.year + 1, 1, 1), sure: 0.9 }
    default:
      return null
  }
}

/** `later this week` is two days on, or today from Friday on; `later next week` seven days after that. */
function laterInWeek(line: Line, reading: Reading, from: number): DayFound | null {
  const which = line.low(from + 1, from)
  if ((which !== 'this' && which !== 'next') || line.low(from + 2, from) !== 'week') return null
  const days = (reading.today.dayOfWeek >= 5 ? 0 : 2) + (which === 'next' ? 7 : 0)
  return { next: from + 3, day: reading.today.add({ days }), sure: 0.8 }
}

/** `in january`, `next july`, `in may 2027`: its first day. */
function inMonth(line: Line, reading: Reading, from: number, led: boolean): DayFound | null {
  if (!['in', 'next'].includes(line.low(from, from)) || led) return null
  const month = months.get(line.low(from + 1, from))
  if (month === undefined) return null
  const year = /^[12]\d{3}$/.test(line.low(from + 2, from)) ? Number(line.low(from + 2, from)) : null
  const next = from + (year === null ? 2 : 3)
  if (year === null && /^\d/.test(line.low(next, from))) return null
  const day = year === null ? nextYearly(reading.today, month, 1) : dayOf(year, month, 1)
  return day === null ? null : { next, day, sure: 0.6 }
}

/** A day of a month: `jan 27`, `Sat, the 27th of January 2028`, `27th`. */
function place(line: Line, reading: Reading, from: number, led: boolean): DayFound | null {
  let index = from
  if (weekdays.has(line.low(from, from))) index += 1
  if (line.lowAfterComma(index, from) === 'the') index += 1
  const first = line.lowAfterComma(index, from)
  const month = months.get(first)
  if (month !== undefined) {
    const day = numberOfDay(line.low(index + 1, from))
    return day === null ? null : inYear(line, reading, from, index + 2, month, day)
  }
  const day = numberOfDay(first)
  if (day === null) return null
  const of = line.low(index + 1, from) === 'of' ? index + 2 : index + 1
  const monthAfter = months.get(line.low(of, from))
  if (monthAfter !== undefined) return inYear(line, reading, from, of + 1, monthAfter, day)
  return index > from && weekdays.has(line.low(from, from)) ? null : bareDay(line, reading, from, index, first, led)
}

function inYear(line: Line, reading: Reading, from: number, next: number, month: number, day: number): DayFound | null {
  const year = line.lowAfterComma(next, from)
  const hasYear = /^(?:19|2\d)\d\d$/.test(year)
  if (!hasYear && measures.has(line.low(next, from))) return null
  const found = hasYear ? dayOf(Number(year), month, day) : nextYearly(reading.today, month, day)
  return found === null ? null : { next: hasYear ? next + 1 : next, day: found, loose: !hasYear, sure: 0.95 }
}

/** `27th` alone: at the end, or before a time. */
function bareDay(
  line: Line,
  reading: Reading,
  from: number,
  index: number,
  word: string,
  led: boolean,
): DayFound | null {
  if (!/^\d/.test(word) || placeOf(word) === null) return null
  const follows = line.low(index + 1, from)
  if (!line.ends(index + 1) && follows !== 'at' && !follows.startsWith('@')) return null
  const day = nextMonthly(reading.today, placeOf(word) ?? 0)
  return day === null ? null : { next: index + 1, day, sure: led ? 0.9 : 0.75 }
}

/** A day of the month as people write it; words only up to `tenth`. */
function numberOfDay(word: string): number | null {
  const day = placeOf(word) ?? (/^\d{1,2}$/.test(word) ? countOf(word) : null)
  return day !== null && day >= 1 && day <= 31 ? day : null
}
