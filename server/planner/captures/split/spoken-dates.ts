import { Temporal } from 'temporal-polyfill'
import type { Found } from './fields.ts'

const HOURS: Readonly<Record<string, number>> = Object.fromEntries(
  'one two three four five six seven eight nine ten eleven twelve'.split(' ').map((word, n) => [word, n + 1]),
)
const DAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ')
const DAY = String.raw`(?:(?:${DAYS.join('|')}),? )?(?:the )?(\d{1,2})(?:st|nd|rd|th)\b(?! (?:of|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|time|video|episode|one|part|floor|birthday))`
const CLOCK = String.raw`(?:,? (?:at|around|about|by)? ?(\d{1,2})(?::(\d{2}))? ?([ap]m)?\b)?`
const COUNTED =
  /^(?: (?:percent|%|am|pm|a\.m|p\.m|o'?clock|people|videos|days?|weeks?|euros?|dollars?|more|other|of|times|or|to|hundred|january|february|march|april|may|june|july|august|september|october|november|december))/i

/**
 * Ways of saying a date that people use when they speak: "on the 3rd at 7", "EOD", "until 6", "from friday", "before
 * christmas". `moment.now` is when it is said; days are of the zone. Vague spans mean their first day, ends their last.
 */
export function spokenDates(part: string, moment: { readonly timeZone: string; readonly now: Date }): Found<string>[] {
  const here = Temporal.Instant.fromEpochMilliseconds(moment.now.getTime()).toZonedDateTimeISO(moment.timeZone)
  const today = here.toPlainDate()
  const found: Found<string>[] = []
  const take = (says: RegExp, confidence: number, read: (match: RegExpExecArray) => string | null): void => {
    for (const match of part.matchAll(says)) {
      const value = read(match)
      const [start, end] = [match.index, match.index + match[0].length]
      if (value === null || found.some((each) => start < each.end && each.start < end)) continue
      found.push({ value, start, end, confidence })
    }
  }
  const day = (date: Temporal.PlainDate) => () => date.toString()
  take(new RegExp(String.raw`\b(?:on |by |before |until |till |from )${DAY}${CLOCK}`, 'gi'), 0.8, (match) => {
    const date = nextDay(today, Number(match[1]))
    return date === null ? null : withTime(date, match[2], match[3], match[4])
  })
  take(new RegExp(String.raw`\b(?:from|until|till) (?:this |next )?(${DAYS.join('|')})\b`, 'gi'), 0.7, (match) => {
    const days = (DAYS.indexOf((match[1] ?? '').toLowerCase()) + 8 - today.dayOfWeek) % 7
    return today.add({ days: days === 0 ? 7 : days }).toString()
  })
  take(/\bnext week\b/gi, 0.5, day(today.add({ days: 8 - today.dayOfWeek })))
  take(
    /\b(?:by |at |before )?(?:the )?end of (?:the |this )?week\b|\b(?:by )?eow\b/gi,
    0.7,
    day(today.add({ days: (12 - today.dayOfWeek) % 7 })),
  )
  take(/\b(?:by )?(?:eod|end of (?:the )?day|close of business)\b/gi, 0.8, day(today))
  take(/\bthis month\b/gi, 0.5, day(today.with({ day: today.daysInMonth })))
  take(/\bthis week\b/gi, 0.5, day(today))
  take(/\bnow$/gi, 0.6, day(today))
  take(/\b(?:by |before |at |until )?midnight\b/gi, 0.7, () => `${today.add({ days: 1 }).toString()}T00:00`)
  take(
    /\b(?:in |after )?(?:the )?new year\b/gi,
    0.6,
    day(Temporal.PlainDate.from({ year: today.year + 1, month: 1, day: 1 })),
  )
  take(/\b(?:before|by|at|until|for) (?:christmas|xmas)\b/gi, 0.8, day(nextChristmas(today)))
  take(
    /\b(?:at|around|until|till|by|before|after) (one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})(?:[:.](\d{2}))?( ?[ap]m\b)?(?=$|[\s,.;!?)])/gi,
    0.6,
    (match) => {
      if (COUNTED.test(part.slice(match.index + match[0].length))) return null
      const said = match[1]?.toLowerCase() ?? ''
      return nextTime(here, HOURS[said] ?? Number(said), Number(match[2] ?? 0), match[3]?.trim().toLowerCase())
    },
  )
  return found.toSorted((a, b) => a.start - b.start)
}

/** The next such hour: of a bare number up to eleven the one in the daytime or evening that is still to come. */
function nextTime(here: Temporal.ZonedDateTime, hour: number, minute: number, half: string | undefined): string | null {
  if (minute > 59 || hour > 24 || hour === 0) return null
  let at = hour % 24
  if (half === 'pm' && hour < 12) at = hour + 12
  else if (half === 'am' && hour === 12) at = 0
  else if (half === undefined && hour < 12) {
    const isPast = hour < here.hour || (hour === here.hour && minute <= here.minute)
    if (hour < 7 || isPast) at = hour + 12
  }
  const time = Temporal.PlainTime.from({ hour: at, minute })
  const isOver = Temporal.PlainTime.compare(time, here.toPlainTime()) <= 0
  const date = here.toPlainDate().add({ days: isOver ? 1 : 0 })
  return date.toPlainDateTime(time).toString({ smallestUnit: 'minute' })
}

function withTime(date: Temporal.PlainDate, hour?: string, minute?: string, half?: string): string {
  const [said, minutes] = [Number(hour ?? 99), Number(minute ?? 0)]
  if (said > 23 || minutes > 59) return date.toString()
  const isLater = half?.toLowerCase() === 'pm' && said < 12
  const time = Temporal.PlainTime.from({ hour: isLater ? said + 12 : said, minute: minutes })
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

function nextChristmas(today: Temporal.PlainDate): Temporal.PlainDate {
  const date = Temporal.PlainDate.from({ year: today.year, month: 12, day: 25 })
  return Temporal.PlainDate.compare(date, today) < 0 ? date.add({ years: 1 }) : date
}
