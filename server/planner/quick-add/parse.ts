import { readingOf } from './context.ts'
import { type DialectName, dialects } from './dialects.ts'
import { fieldsOf, type QuickAddFields, type QuickAddSpan } from './fields.ts'
import { Line, type Stretch } from './line.ts'
import { marksOf, namesCalled, signsOf } from './marks.ts'
import { titleOf } from './title.ts'
import { NEVER, type When, whenOf } from './when.ts'

/** Longer texts are not read: they are a title as they are. In UTF-16 units, of which a character has at most two. */
export const QUICK_ADD_LENGTH_MAX = 4000

export interface QuickAddOptions {
  readonly dialect: DialectName
  /** IANA name of the zone in which days and times are meant. @throws RangeError when it is unknown */
  readonly timeZone: string
  /** BCP 47: order of day and month, clock, language of days. What is no tag counts as en-US. */
  readonly locale: string
  readonly now: Date
  /** Who can be named; others stay in the title. Absent: everybody can. */
  readonly people?: readonly string[]
}

export interface QuickAdd {
  /** What is left, in one line with single spaces. Empty only for a text without a word. */
  readonly title: string
  readonly fields: QuickAddFields
  /** In the order of the text; they never overlap. */
  readonly spans: readonly QuickAddSpan[]
  /** The stretches of the text that the title is made of: with the spans they are the whole text, each unit once. */
  readonly kept: readonly Stretch[]
}

/**
 * Reads a line that somebody typed in a hurry. It never throws for any text, and a text of which nothing would be left
 * as a title stays as it is. The work is bounded by the length: each word is looked at by each reader, each reader looks
 * at a bounded number of words, and chrono sees at most `WINDOW_LENGTH_MAX` characters at once.
 */
export function parseQuickAdd(text: string, options: QuickAddOptions): QuickAdd {
  const reading = readingOf(dialects[options.dialect], options.timeZone, options.locale, options.now)
  if (text.length > QUICK_ADD_LENGTH_MAX) return assembled(text, [], NEVER)
  const quoted = wholeQuote(text)
  if (quoted !== null) return assembled(text, quoted, NEVER)
  const line = new Line(text, signsOf(options.dialect))
  const marks = marksOf(line, reading, options.people ?? null)
  const when = whenOf(line, reading)
  const spans = [
    ...marks.map((mark): QuickAddSpan => ({ ...mark, confidence: 1 })),
    ...line.escapes.map((at): QuickAddSpan => ({ ...at, field: 'quote', value: null, confidence: 1 })),
    ...when.spans,
  ].toSorted((one, other) => one.start - other.start)
  const found = assembled(text, spans, when)
  return found.title === '' ? assembled(text, [], NEVER) : found
}

/** The names that the text calls people by, so that they can be looked up and given as `people`. */
export function peopleCalled(text: string, options: Omit<QuickAddOptions, 'people'>): string[] {
  if (text.length > QUICK_ADD_LENGTH_MAX || wholeQuote(text) !== null) return []
  const reading = readingOf(dialects[options.dialect], options.timeZone, options.locale, options.now)
  return namesCalled(new Line(text, signsOf(options.dialect)), reading)
}

/** A text within one pair of quotes is a title, whatever it says. */
function wholeQuote(text: string): QuickAddSpan[] | null {
  const match = /^\s*(["'“«])/.exec(text)
  const opens = match?.[1]
  const closes = opens === '“' ? '”' : opens === '«' ? '»' : opens
  const trimmed = text.trimEnd()
  if (match === null || opens === undefined || closes === undefined || !trimmed.endsWith(closes)) return null
  const start = match[0].length - 1
  const inner = text.slice(start + 1, trimmed.length - 1)
  if (trimmed.length < start + 3 || inner.trim() === '' || inner.includes(opens) || inner.includes(closes)) return null
  const sign = { field: 'quote', value: null, confidence: 1 } as const
  return [
    { ...sign, start, end: start + 1 },
    { ...sign, start: trimmed.length - 1, end: trimmed.length },
  ]
}

function assembled(text: string, spans: readonly QuickAddSpan[], when: Pick<When, 'due'>): QuickAdd {
  const kept: Stretch[] = []
  let at = 0
  for (const { start, end } of spans) {
    if (start > at) kept.push({ start: at, end: start })
    at = end
  }
  if (at < text.length) kept.push({ start: at, end: text.length })
  return { title: titleOf(text, kept), fields: { ...fieldsOf(spans), ...when.due }, spans, kept }
}
