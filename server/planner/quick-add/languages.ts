import type { ParsedResult } from 'chrono-node'
import type { Temporal } from 'temporal-polyfill'
import { clock as timeOfDay, dayOf } from './calendar.ts'
import type { DayFound, Reading } from './context.ts'
import { foreignReader } from './foreign-readers.ts'
import type { Line } from './line.ts'

/** chrono sees no more at once: what its expressions cost grows faster than the text, for some with its cube. */
export const WINDOW_LENGTH_MAX = 200

/** chrono is asked no more often: each question costs something, however short. The middle of a text is left out first. */
export const WINDOWS_MAX = 30

// hours from now are for this week; also keeps what no date can hold, such as 99999999999 hours, away
const FAR_MS = 366 * 24 * 3_600_000

/** Days that chrono found, by offsets of the text. */
export interface ForeignFound {
  readonly start: number
  readonly end: number
  readonly day: Omit<DayFound, 'next'>
  readonly time: Temporal.PlainTime | null
}

/**
 * Reads the days of a text in the language of the person, if it is one of those that chrono-node has besides English (some
 * only in part); what is taken or quoted is hidden from it.
 */
export function foreignDays(line: Line, reading: Reading): ForeignFound[] {
  const reader = foreignReader(reading.language)
  if (reader === null) return []
  const { now } = reading
  // the wall clock of the zone, as if it were the machine's: chrono calculates with the parts of local dates
  const clock = new Date(now.year, now.month - 1, now.day, now.hour, now.minute)
  return windowsOf(line).flatMap(({ start, text }) =>
    reader
      .parse(text, clock, { forwardDate: true })
      .map((result) => trusted(line, reading, start, result, clock))
      .filter((found) => found !== null),
  )
}

interface Window {
  readonly start: number
  readonly text: string
}

/**
 * Stretches of the text that hold nothing but free words, none longer than `WINDOW_LENGTH_MAX`, at most `WINDOWS_MAX` of
 * them. Those without a letter are left out: no day is read from them.
 */
export function windowsOf(line: Line): Window[] {
  const found = stretchesOf(line).filter(({ text }) => /\p{L}/u.test(text))
  if (found.length <= WINDOWS_MAX) return found
  return [...found.slice(0, WINDOWS_MAX / 2), ...found.slice(-WINDOWS_MAX / 2)]
}

function stretchesOf(line: Line): Window[] {
  const found: Window[] = []
  let open: Window | null = null
  for (const [index, word] of line.words.entries()) {
    const free = line.isFree(index) && word.end - word.start <= WINDOW_LENGTH_MAX
    const gap: number = open === null ? 0 : word.start - (open.start + open.text.length)
    if (open !== null && (!free || gap > 2 || open.text.length + gap + word.text.length > WINDOW_LENGTH_MAX)) {
      found.push(open)
      open = null
    }
    if (!free) continue
    open =
      open === null
        ? { start: word.start, text: word.text }
        : { start: open.start, text: line.text.slice(open.start, word.end) }
  }
  if (open !== null) found.push(open)
  return found
}

/** What chrono found, unless it is a lone month, a bare number, a name too short to mean a day, or a part of a word. */
function trusted(line: Line, reading: Reading, offset: number, result: ParsedResult, clock: Date): ForeignFound | null {
  const text = result.text.trimEnd()
  const said = offset + result.index
  const end = said + text.length
  const scripted = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)
  if (!scripted && (isLetter(line.text[said - 1]) || isLetter(line.text[end]))) return null
  const letters = text.replaceAll(/[^\p{L}]/gu, '').length
  if (letters < (scripted ? 1 : 4) && !/\d.*\p{L}{3}/u.test(text)) return null
  const from = result.start
  // `le 24 décembre`: what only leads to the day goes with it
  const start =
    said -
    (/(?:^|\s)((?:le|am|el|il|op|på|den|du|zum|bis) )$/i.exec(line.text.slice(Math.max(0, said - 5), said))?.[1]
      ?.length ?? 0)
  const tags = from.tags()
  if (tags.has('result/relativeDateAndTime')) {
    const milliseconds = from.date().getTime() - clock.getTime()
    if (!(Math.abs(milliseconds) < FAR_MS)) return null
    const moment = reading.now.add({ milliseconds }).round({ smallestUnit: 'minute', roundingMode: 'trunc' })
    return { start, end, day: { day: moment.toPlainDate(), moment, sure: 0.8 }, time: null }
  }
  const timed = from.isCertain('hour') && /\d/.test(text)
  const dated = from.isCertain('day') || from.isCertain('weekday') || tags.has('result/relativeDate')
  if (!dated) return null
  const day = dayOf(from.get('year') ?? 0, from.get('month') ?? 0, from.get('day') ?? 0)
  if (day === null) return null
  const time = timed ? timeOfDay(from.get('hour') ?? 0, from.get('minute') ?? 0) : null
  const rollDays = from.isCertain('day') ? 0 : 7
  return { start, end, day: { day, rollDays, sure: 0.8 }, time }
}

const isLetter = (sign: string | undefined) => sign !== undefined && /\p{L}/u.test(sign)
