import { Temporal } from 'temporal-polyfill'
import { parseQuickAdd } from '../../quick-add/parse.ts'
import type { Found } from './fields.ts'
import { spokenDates } from './spoken-dates.ts'

/** From where and when a text is said. */
export interface Moment {
  /** IANA name. */
  readonly timeZone: string
  /** BCP 47: "en-US" reads 3/4 as 4 March, other English as 3 April. */
  readonly locale: string
  readonly now: Date
}

/** A day as 'YYYY-MM-DD', with a time where one is said: 'YYYY-MM-DDTHH:MM', both of the zone in which it is said. */
export type DateText = string

/** Nothing beyond so many characters of one clause is looked at: a clause is a breath, not a book. */
const READ_MAX = 600
/** Without any of these there is no date. */
const HINT =
  /\d|\b(?:to-?day|tomorrow|tmrw?|tonight|noon|midnight|now|morning|afternoon|evening|night|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec|eod|eow|christmas|xmas|new year|(?:at|around|until|till|by|before|after) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))|(?:day|week|month|year|hour|minute|januar|februar|novembe|octobe|septembe|decembe|augus)/i

/**
 * Dates in words between two offsets, in the order in which they stand: as quick add reads them, so that the same words
 * mean the same everywhere; else in ways in which people only speak.
 */
export function datesIn(text: string, from: number, to: number, moment: Moment): Found<DateText>[] {
  const part = text.slice(from, Math.min(to, from + READ_MAX))
  if (!HINT.test(part) || /^\W*\d{1,3}\W*$/.test(part)) return []
  const read = asTyped(part, moment)
  const found = read.length > 0 ? read : spokenDates(part, moment)
  return found.map((each) => ({ ...each, start: each.start + from, end: each.end + from }))
}

const WORD = 'it '

function asTyped(part: string, moment: Moment): Found<DateText>[] {
  const { timeZone } = moment
  // A date alone would be a title to quick add, which leaves none without one.
  return parseQuickAdd(WORD + part, { dialect: 'todoist', ...moment }).spans.flatMap((span) => {
    const [start, end, confidence] = [span.start - WORD.length, span.end - WORD.length, span.confidence]
    // Speakers look back too: "have not called in three weeks"
    if (/\b(?:not|haven'?t|hasn'?t|never)\b[^,.;]*$/i.test(part.slice(0, start)) && /^in\b/i.test(part.slice(start)))
      return []
    if (span.field === 'dueDate' && span.value !== null) return [{ start, end, confidence, value: span.value }]
    if (span.field !== 'dueAt' || span.value === null) return []
    const local = Temporal.Instant.from(span.value).toZonedDateTimeISO(timeZone).toPlainDateTime()
    return [{ start, end, confidence, value: local.toString({ smallestUnit: 'minute' }) }]
  })
}
