import * as chrono from 'chrono-node'
import { Temporal } from 'temporal-polyfill'
import type { Found } from './fields.ts'

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
  /\d|\b(?:to-?day|tomorrow|tmrw?|tonight|noon|midnight|now|morning|afternoon|evening|night|week|month|year|day|hour|minute|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|eod|eow|christmas|xmas|end of|close of|(?:at|around|until|till|by|before|after) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))|(?:day|week)s?\b/i

/** Dates in words between two offsets, in the order in which they stand. */
export function datesIn(text: string, from: number, to: number, { timeZone, locale, now }: Moment): Found<DateText>[] {
  const part = text.slice(from, Math.min(to, from + READ_MAX))
  if (!HINT.test(part)) return []
  const here = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone)
  const reference = { instant: now, timezone: Math.round(here.offsetNanoseconds / 60e9) }
  const found: Found<DateText>[] = ownDates(part, here)
  const isBritish = locale.toLowerCase() !== 'en-us' && /\d\/\d/.test(part)
  // The British reader reads 3/4 as 3 April, but "november 30" as November 2030.
  for (const result of (isBritish ? chrono.en.GB : chrono.en.casual).parse(part, reference, { forwardDate: true })) {
    const [start, end] = [result.index, result.index + result.text.length]
    if (found.some((each) => start < each.end && each.start < end)) continue
    const value = dateOf(result.start, here)
    if (value === null || isTrap(part, start, end, result)) continue
    found.push({
      value,
      start,
      end,
      confidence: result.start.isCertain('day') || result.start.isCertain('weekday') ? 0.9 : 0.7,
    })
  }
  return found
    .map((each) => ({ ...each, start: each.start + from, end: each.end + from }))
    .toSorted((a, b) => a.start - b.start)
}

function dateOf(parts: chrono.ParsedComponents, here: Temporal.ZonedDateTime): DateText | null {
  const [year, month, day] = [parts.get('year'), parts.get('month'), parts.get('day')]
  if (year === null || month === null || day === null) return null
  // "Wednesday", said on a Wednesday, is the next one.
  const again = parts.isCertain('weekday') && !parts.isCertain('day') && here.toPlainDate().equals({ year, month, day })
  const date = Temporal.PlainDate.from({ year, month, day }).add({ days: again ? 7 : 0 })
  // What has gone by is told, not asked for.
  if (Temporal.PlainDate.compare(date, here.toPlainDate()) < 0) return null
  if (!parts.isCertain('hour')) return date.toString()
  const said = parts.get('hour') ?? 0
  // "at 3" is in the afternoon.
  const hour = said > 0 && said < 7 && !parts.isCertain('meridiem') ? said + 12 : said
  const time = Temporal.PlainTime.from({ hour, minute: parts.get('minute') ?? 0 })
  return date.toPlainDateTime(time).toString({ smallestUnit: 'minute' })
}

/** Words that look like a date and are none: "may", "sun", "the march", "the october invoice", "3 am" by itself. */
function isTrap(part: string, start: number, end: number, result: chrono.ParsedResult): boolean {
  const said = part.slice(start, end).toLowerCase()
  const before = /([\p{L}']+)\s+$/u.exec(part.slice(0, start))?.[1]?.toLowerCase() ?? ''
  if (/^(?:early |late )?(?:night|morning|evening|afternoon)$/.test(said) || /\bsec(?:ond)?s?$/.test(said)) return true
  if (/\bsince$/.test(before)) return true
  if (
    /^(?:for )?(?:\d+|an?|one|two|three|few|half)\b.*\b(?:min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?)(?: (?:after|before|in))?$/.test(
      said,
    )
  )
    return true
  // "have not called in three weeks" looks back.
  if (said.startsWith('in ') && /\b(?:not|haven'?t|hasn'?t|never)\b[^,.;]*$/i.test(part.slice(0, start))) return true
  const led = /^(?:on|by|until|till|before|from|for|this|next|in|of|due|after)$/.test(before)
  if (/^(?:may|march|mar|sun|sat|mon|wed|jan|dec|second|now)$/.test(said))
    return !led && !(said === 'now' && end >= part.trimEnd().length)
  if (/^(?:january|february|april|june|july|august|september|october|november|december)$/.test(said)) return !led
  return (
    !result.start.isCertain('day') &&
    !result.start.isCertain('weekday') &&
    !result.start.isCertain('month') &&
    /^\d{1,2} ?[ap]m$/.test(said) &&
    before === 'at' &&
    /\bwhen\b/.test(part)
  )
}

const HOURS: Readonly<Record<string, number>> = Object.fromEntries(
  'one two three four five six seven eight nine ten eleven twelve'.split(' ').map((word, n) => [word, n + 1]),
)
const DAY = String.raw`(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:the )?(\d{1,2})(?:st|nd|rd|th)\b(?! (?:of|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|time|video|episode|one|part|floor|birthday))`
const CLOCK = String.raw`(?:,? (?:at|around|about|by)? ?(\d{1,2})(?::(\d{2}))? ?([ap]m)?\b)?`

/** Ways of saying a date that people dictate: "on the 3rd", "EOD", "next week", "until 6", "before christmas". */
function ownDates(part: string, here: Temporal.ZonedDateTime): Found<DateText>[] {
  const today = here.toPlainDate()
  const found: Found<DateText>[] = []
  const take = (says: RegExp, confidence: number, read: (match: RegExpExecArray) => DateText | null): void => {
    for (const match of part.matchAll(says)) {
      const value = read(match)
      const [start, end] = [match.index, match.index + match[0].length]
      if (value === null || found.some((each) => start < each.end && each.start < end)) continue
      found.push({ value, start, end, confidence })
    }
  }
  const monday = today.add({ days: 8 - today.dayOfWeek })
  take(new RegExp(String.raw`\b(?:on |by |before |until |till |from )${DAY}${CLOCK}`, 'gi'), 0.8, (match) => {
    const date = nextDay(today, Number(match[1]))
    return date === null ? null : withTime(date, match[2], match[3], match[4])
  })
  take(/\bnext week\b/gi, 0.6, () => monday.toString())
  take(/\b(?:by |at |before )?(?:the )?end of (?:the |this )?week\b|\b(?:by )?eow\b/gi, 0.7, () =>
    today.add({ days: (12 - today.dayOfWeek) % 7 }).toString(),
  )
  take(/\b(?:by )?(?:eod|end of (?:the )?day|close of business)\b/gi, 0.8, () => today.toString())
  take(/\bthis month\b/gi, 0.6, () => today.with({ day: today.daysInMonth }).toString())
  take(/\bthis week\b/gi, 0.6, () => today.toString())
  take(/\b(?:in |after )?(?:the )?new year\b/gi, 0.6, () =>
    Temporal.PlainDate.from({ year: today.year + 1, month: 1, day: 1 }).toString(),
  )
  take(/\b(?:(?:before|by|at|until|for) )(?:christmas|xmas)\b/gi, 0.8, () => yearly(today, 12, 25).toString())
  take(
    /\b(?:at|around|until|till|by|before|after) (one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})(?:[:.](\d{2}))?( ?[ap]m\b)?(?=$|[\s,.;!?)])(?! (?:percent|%|am|pm|a\.m|p\.m|o'?clock|people|videos|days?|weeks?|euros?|dollars?|more|other|of|times|or|to|hundred|december|january|february|march|april|may|june|july|august|september|october|november))/gi,
    0.6,
    (match) => {
      // Leave to the reader what stands beside a day.
      const around =
        part.slice(Math.max(0, match.index - 14), match.index) +
        part.slice(match.index + match[0].length, match.index + match[0].length + 12)
      if (
        /(?:day|row|night|\d(?:st|nd|rd|th)?|morning|evening|weekend|january|february|march|april|may|june|july|august|september|october|november|december)\s*$/i.test(
          part.slice(Math.max(0, match.index - 14), match.index),
        ) ||
        /^\s*(?:today|tomorrow|tonight|on )/i.test(around.slice(-12))
      )
        return null
      const said = match[1]?.toLowerCase() ?? ''
      const hour = HOURS[said] ?? Number(said)
      if (hour > 24 || hour === 0) return null
      const meridiem = match[3]?.trim().toLowerCase()
      return moment(here, hour, Number(match[2] ?? 0), meridiem)
    },
  )
  return found
}

/** The next such hour: of a bare number from one to eleven the one in the daytime or evening that is still to come. */
function moment(
  here: Temporal.ZonedDateTime,
  hour: number,
  minute: number,
  meridiem: string | undefined,
): DateText | null {
  if (minute > 59) return null
  let at = hour % 24
  if (meridiem === 'pm' && hour < 12) at = hour + 12
  else if (meridiem === 'am' && hour === 12) at = 0
  else if (meridiem === undefined && hour < 12) {
    const passed = hour < here.hour || (hour === here.hour && minute <= here.minute)
    if (hour < 7 || passed) at = hour + 12
  }
  const time = Temporal.PlainTime.from({ hour: at, minute })
  const day =
    Temporal.PlainTime.compare(time, here.toPlainTime()) <= 0 ? here.toPlainDate().add({ days: 1 }) : here.toPlainDate()
  return day.toPlainDateTime(time).toString({ smallestUnit: 'minute' })
}

function withTime(date: Temporal.PlainDate, hour?: string, minute?: string, meridiem?: string): DateText {
  if (hour === undefined) return date.toString()
  const said = Number(hour)
  if (said > 23 || Number(minute ?? 0) > 59) return date.toString()
  const pm = meridiem?.toLowerCase() === 'pm' && said < 12
  const time = Temporal.PlainTime.from({ hour: pm ? said + 12 : said, minute: Number(minute ?? 0) })
  return date.toPlainDateTime(time).toString({ smallestUnit: 'minute' })
}

/** The next such day of a month that has it, today included; null for numbers that no month has. */
function nextDay(today: Temporal.PlainDate, day: number): Temporal.PlainDate | null {
  if (day < 1 || day > 31) return null
  let month = today.toPlainYearMonth()
  while (month.daysInMonth < day || Temporal.PlainDate.compare(month.toPlainDate({ day }), today) < 0)
    month = month.add({ months: 1 })
  return month.toPlainDate({ day })
}

function yearly(today: Temporal.PlainDate, month: number, day: number): Temporal.PlainDate {
  const date = Temporal.PlainDate.from({ year: today.year, month, day })
  return Temporal.PlainDate.compare(date, today) < 0 ? date.add({ years: 1 }) : date
}
