import { Temporal } from 'temporal-polyfill'
import { dayOf, nextYearly } from './calendar.ts'
import type { DayFound, Reading } from './context.ts'
import { numberedThings, portions } from './lexicon.ts'
import type { Line } from './line.ts'

/**
 * Reads a day in digits: `2026-12-01`, an RFC 3339 time, `12/24`, `24.12.2026`, `24.12.`. Those without a year stand only
 * at the beginning, at the end, behind a preposition (`led`) or before `at`, so that The 9/11 Report stays a book.
 */
export function numericDay(line: Line, reading: Reading, from: number, led: boolean): DayFound | null {
  const word = line.low(from, from)
  if (!/^\d/.test(word)) return null
  const follows = line.low(from + 1, from)
  const placed =
    led || line.begins(from) || line.ends(from + 1) || follows === 'at' || follows.startsWith('@') || follows === 'um'
  return (
    standard(word, reading, from) ??
    dotted(line, reading, from, word, led) ??
    (placed ? slashed(line, reading, from, word, led) : null)
  )
}

/** ISO 8601: unmistakable wherever it stands. */
function standard(word: string, reading: Reading, from: number): DayFound | null {
  const match = /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:t(\d\d):(\d\d)(?::\d\d(?:\.\d{1,9})?)?(z|[+-]\d\d:\d\d)?)?$/.exec(
    word,
  )
  if (match === null) return null
  const day = dayOf(Number(match[1]), Number(match[3]), Number(match[4]))
  if (day === null) return null
  if (match[5] === undefined) return { next: from + 1, day, sure: 1 }
  const hour = Number(match[5])
  const minute = Number(match[6])
  if (hour > 23 || minute > 59) return null
  if (match[7] === undefined) return { next: from + 1, day, hour, minute, sure: 1 }
  const moment = momentOf(word, reading)
  return moment === null ? null : { next: from + 1, day: moment.toPlainDate(), moment, sure: 1 }
}

function momentOf(word: string, reading: Reading): Temporal.ZonedDateTime | null {
  try {
    return Temporal.Instant.from(word.toUpperCase()).toZonedDateTimeISO(reading.timeZone)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** `24.12.2026` anywhere; `24.12.` where a preposition or the language says that it is a day: `24.12` may be a version. */
function dotted(line: Line, reading: Reading, from: number, word: string, led: boolean): DayFound | null {
  const match = /^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d\d))?$/.exec(word)
  if (match === null) return null
  const year = match[3]
  const pointed = line.words[from]?.after.startsWith('.') === true
  if (year === undefined ? !(led || (reading.dotted && pointed)) : year.length === 2 && !reading.dotted) return null
  const day = within(reading, year, Number(match[2]), Number(match[1]))
  return day === null ? null : { next: from + 1, day, sure: 0.9 }
}

function slashed(line: Line, reading: Reading, from: number, word: string, led: boolean): DayFound | null {
  const match = /^(\d{1,2})(?:\/(\d{1,2})(?:\/(\d{4}|\d\d))?|-(\d{1,2})-(\d{4}))$/.exec(word)
  if (match === null) return null
  const first = Number(match[1])
  const second = Number(match[2] ?? match[4])
  const year = match[3] ?? match[5]
  if (year === undefined && !led && isNoDay(line, from, word)) return null
  const asked = reading.dayFirst ? within(reading, year, second, first) : within(reading, year, first, second)
  if (asked !== null) return { next: from + 1, day: asked, sure: year === undefined ? 0.75 : 0.9 }
  // `24/12` where months come first can only be meant the other way
  const turned = reading.dayFirst ? within(reading, year, first, second) : within(reading, year, second, first)
  return turned === null ? null : { next: from + 1, day: turned, sure: 0.6 }
}

/** Fractions, parts of a whole, and what is known by its numbers. */
function isNoDay(line: Line, from: number, word: string): boolean {
  const before = line.low(from - 1, from - 1)
  return (
    word === '24/7' ||
    word === '9/11' ||
    portions.has(line.low(from + 1, from)) ||
    numberedThings.has(before) ||
    /^\d+$/.test(before)
  )
}

/** Two digits of a year count from 2000. Without a year the day is the next to come. */
function within(reading: Reading, year: string | undefined, month: number, day: number): Temporal.PlainDate | null {
  if (year === undefined) return month < 1 || month > 12 ? null : nextYearly(reading.today, month, day)
  return dayOf(Number(year) + (year.length === 2 ? 2000 : 0), month, day)
}
