import { goesOn, months, partsOfDay, weekdays } from './lexicon.ts'
import type { Reading } from './context.ts'
import type { Line } from './line.ts'

/** A time of day, and before which word it ended. */
export interface TimeFound {
  readonly next: number
  readonly hour: number
  readonly minute: number
  /** How sure it is, up to 1. */
  readonly sure: number
}

/** Words that say `at` in the languages whose days are read. */
const at = new Set(['at', '@', 'um', 'à', 'alle', 'om', 'kl', 'klo'])

// `3:16` is a verse behind these when its minutes are none that anybody would plan
const books = new Set(
  'genesis exodus leviticus numbers deuteronomy joshua judges ruth samuel kings psalm psalms proverbs isaiah jeremiah matthew mark luke john acts romans corinthians galatians ephesians hebrews james peter revelation'.split(
    ' ',
  ),
)

/**
 * Reads a time of day: `at 5`, `@16`, `17:30`, `6 pm`, `6 p.m.`, `at noon`, `5 o'clock`.
 * `beside` says that a day stands right beside, so that less is asked of what follows.
 */
export function timeAt(line: Line, reading: Reading, from: number, beside: boolean): TimeFound | null {
  const first = line.low(from, from)
  const glued = /^@(?=\d)/.test(first)
  const said = glued || at.has(first)
  const index = at.has(first) ? from + 1 : from
  const word = glued ? first.slice(1) : line.low(index, from)
  if (word === '') return null
  if (said || beside) {
    if (word === 'noon') return { next: index + 1, hour: 12, minute: 0, sure: 0.9 }
    if (word === 'midnight') return { next: index + 1, hour: 0, minute: 0, sure: 0.8 }
  }
  const digits = /^(\d{1,2})(?:[:.h](\d\d))?(am|pm|a\.m|p\.m|h)?$/.exec(word)
  if (digits === null) return null
  const { 1: hours = '', 2: minutes, 3: tail = '' } = digits
  if (word.includes('.') && !tail.startsWith('a') && !tail.startsWith('p')) return null
  return written(line, reading, from, index + 1, { hours, minutes, tail, said, glued, beside })
}

interface Written {
  readonly hours: string
  readonly minutes: string | undefined
  readonly tail: string
  readonly said: boolean
  readonly glued: boolean
  readonly beside: boolean
}

function written(line: Line, reading: Reading, from: number, next: number, as: Written): TimeFound | null {
  const minute = Number(as.minutes ?? 0)
  const hour = Number(as.hours)
  const half = /^[ap]/.exec(as.tail)?.[0] ?? halfOf(line, next, from)
  if (minute > 59) return null
  if (half !== null) {
    if (hour < 1 || hour > 12) return null
    const end = as.tail === '' ? next + 1 : next
    if (as.tail === '' && ['i', 'not'].includes(line.low(end, from))) return null
    return { next: end, hour: (hour % 12) + (half === 'p' ? 12 : 0), minute, sure: 0.95 }
  }
  if (hour > 24 || (hour === 24 && minute > 0)) return null
  const follows = line.low(next, from)
  if (follows === "o'clock" || follows === 'o’clock') return bare(reading, next + 1, as, 0.9)
  if (as.tail === 'h') return as.said || as.beside ? { next, hour: hour % 24, minute, sure: 0.9 } : null
  if (as.minutes !== undefined) {
    if (!as.said && !as.beside && !standsAlone(line, next, from)) return null
    if (!as.said && minute % 5 !== 0 && books.has(line.low(from - 1, from - 1))) return null
    return { next, hour: hour % 24, minute, sure: as.said || as.beside ? 0.95 : 0.8 }
  }
  if (!as.said || (!as.glued && !as.beside && !standsAlone(line, next, from))) return null
  return as.beside && !standsAlone(line, next, from) ? null : bare(reading, next, as, 0.7)
}

/** `at 5` where clocks go to twelve: nobody plans the hours from one to six at night. */
function bare(reading: Reading, next: number, as: Written, sure: number): TimeFound {
  const hour = Number(as.hours)
  const afternoon = reading.twelveHours && !as.hours.startsWith('0') && hour >= 1 && hour <= 6
  return { next, hour: (afternoon ? hour + 12 : hour) % 24, minute: Number(as.minutes ?? 0), sure }
}

/** Nothing follows that a number could count: the end, a comma, or a word that goes on. */
function standsAlone(line: Line, next: number, from: number): boolean {
  if (line.ends(next)) return true
  const follows = line.low(next, from)
  if (follows === '') return true
  return goesOn.has(follows) || isDayWord(follows)
}

const isDayWord = (word: string) =>
  weekdays.has(word) ||
  months.has(word) ||
  ['today', 'tomorrow', 'every', 'next', 'this', 'starting', 'until'].includes(word)

function halfOf(line: Line, index: number, from: number): 'a' | 'p' | null {
  const word = line.low(index, from)
  if (word === 'am' || word === 'a.m') return 'a'
  return word === 'pm' || word === 'p.m' ? 'p' : null
}

/** A part of the day, with a time in it if one follows: `morning`, `evening at 8`. */
export function partAt(line: Line, reading: Reading, from: number, begin: number): TimeFound | null {
  const part = line.low(from, begin)
  const hour = partsOfDay.get(part)
  if (hour === undefined) return null
  const time =
    line.low(from + 1, begin) === '' ? null : timeAt(line, { ...reading, twelveHours: false }, from + 1, true)
  if (time === null) return { next: from + 1, hour, minute: 0, sure: 0.85 }
  const later = part !== 'morning' && time.hour < 12 && time.hour >= (part === 'night' ? 5 : 1)
  return { ...time, hour: later ? time.hour + 12 : time.hour }
}
