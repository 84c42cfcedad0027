import type { Moment } from './dates.ts'
import { datesIn } from './dates.ts'
import type { Found } from './fields.ts'
import { type ReadField, type Split, type SplitTask, restOf } from './split.ts'
import { titleBetween } from './titles.ts'

/** A task as a model points to it: words of the text, and what it reads in them. */
export interface PointedTask {
  readonly quote: string
  readonly confidence: number
  readonly fields: readonly PointedField[]
}

export interface PointedField {
  readonly field: ReadField['field']
  readonly quote: string
  /** A local date, a number, or nothing: what a person is called are the words themselves. */
  readonly value: string
}

interface Span {
  readonly start: number
  readonly end: number
}

// A model that is sure of itself may still be wrong.
const SURE_MAX = 0.9

/**
 * What a model points to, as it stands in the text: every quote is found there again, no two tasks share a letter, titles
 * are words of the text, and what no quote holds is rest. Of the model's own words nothing is taken but dates and numbers.
 * Null where something it quotes is not there, or a value is none.
 */
export function refound(text: string, pointed: readonly PointedTask[], moment: Moment): Split | null {
  const tasks: SplitTask[] = []
  for (const each of pointed) {
    const span = spanOf(text, each.quote, tasks)
    if (span === null) return null
    const task = taskIn(text, span, each, moment)
    if (task === null) return null
    tasks.push(task)
  }
  tasks.sort((one, other) => one.start - other.start)
  return { tasks, rest: restOf(text, tasks) }
}

/** Where a quote stands, with whatever blanks between its words; behind the newest task if it can be, else where it is free. */
function spanOf(text: string, quote: string, taken: readonly Span[]): Span | null {
  const words = quote.trim().split(/\s+/).filter(Boolean)
  if (words.length === 0) return null
  const pattern = new RegExp(words.map((word) => RegExp.escape(word)).join(String.raw`\s+`), 'g')
  const free = [...text.matchAll(pattern)]
    .map(({ 0: found, index }) => ({ start: index, end: index + found.length }))
    .filter((span) => taken.every(({ start, end }) => span.end <= start || span.start >= end))
  const last = taken.at(-1)?.end ?? 0
  return free.find(({ start }) => start >= last) ?? free[0] ?? null
}

function taskIn(
  text: string,
  { start, end }: Span,
  { confidence, fields }: PointedTask,
  moment: Moment,
): SplitTask | null {
  const inner = text.slice(start, end)
  const dates = datesIn(text, start, end, moment)
  const read: ReadField[] = []
  for (const pointed of fields) {
    const span = spanOf(inner, pointed.quote, [])
    // What stands elsewhere in the text is said of something else too.
    if (span === null && spanOf(text, pointed.quote, []) !== null) continue
    if (span === null) return null
    const place = { start: start + span.start, end: start + span.end, confidence: Math.min(SURE_MAX, confidence) }
    const field = fieldOf(text, pointed, place, dates)
    if (field === null) return null
    if (field.field === 'person' || read.every((other) => other.field !== field.field)) read.push(field)
  }
  const left = read.filter(({ field }) => field === 'due' || field === 'priority')
  const title = titleBetween(text, start, end, left)
  if (title === null) return null
  const notes = inner.toLowerCase() === title.toLowerCase() ? '' : inner
  return { title, notes, start, end, fields: read, confidence: Math.min(SURE_MAX, confidence) }
}

const PRIORITY_MAX = 4
const MINUTES_MAX = 100_000
type Place = Omit<Found<never>, 'value'>

function fieldOf(
  text: string,
  { field, value }: PointedField,
  place: Place,
  dates: readonly Found<string>[],
): ReadField | null {
  switch (field) {
    case 'person':
      return { field, value: text.slice(place.start, place.end), ...place }
    case 'due': {
      // What the rules can read they read the same each time.
      const byRules = dates.find(({ start, end }) => start < place.end && end > place.start)
      if (byRules !== undefined) return { field, ...byRules }
      return isLocalDate(value) ? { field, value, ...place } : null
    }
    case 'priority':
      return isWhole(value, PRIORITY_MAX) ? { field, value: Number(value), ...place } : null
    case 'estimateMinutes':
      return isWhole(value, MINUTES_MAX) && Number(value) > 0 ? { field, value: Number(value), ...place } : null
  }
}

const isWhole = (value: string, max: number): boolean => /^\d{1,6}$/.test(value) && Number(value) <= max

/** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM` that the calendar has, within this century. */
function isLocalDate(value: string): boolean {
  if (!/^20\d\d-\d\d-\d\d(?:T\d\d:\d\d)?$/.test(value)) return false
  const full = value.length === 10 ? `${value}T00:00` : value
  const at = new Date(`${full}:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(full)
}
