import { Temporal } from 'temporal-polyfill'
import type { Dialect } from './dialects.ts'

/** What a text is read against. */
export interface Reading {
  readonly dialect: Dialect
  readonly timeZone: string
  /** Two letters of the language that days are named in. */
  readonly language: string
  /** Now on the clock of the zone. */
  readonly now: Temporal.ZonedDateTime
  readonly today: Temporal.PlainDate
  /** `3/4` is the third of April. */
  readonly dayFirst: boolean
  /** `24.12.` is a way to write a day. */
  readonly dotted: boolean
  /** Clocks go to twelve: `at 5` is in the afternoon. */
  readonly twelveHours: boolean
}

/** A day, and before which word it ended. */
export interface DayFound {
  readonly next: number
  /** null is the wish for none. */
  readonly day: Temporal.PlainDate | null
  /** A moment to the minute, where the words say one. */
  readonly moment?: Temporal.ZonedDateTime
  /** A time of day that has passed moves it so many days further: 7 for `friday`, 0 for days that are named for sure. */
  readonly rollDays?: number
  readonly hour?: number
  readonly minute?: number
  /** It stands in the middle with nothing to lead to it: a noun behind it would make it a part of a name. */
  readonly loose?: boolean
  readonly sure: number
}

const DOTTED = new Set('bg bs cs da de et fi hr hu is lt lv mk nb nn no pl ro ru sk sl sr sv tr uk'.split(' '))

/**
 * @param timeZone an IANA name; an unknown one is a RangeError
 * @param locale a BCP 47 tag; what is none counts as en-US
 */
export function readingOf(dialect: Dialect, timeZone: string, locale: string, now: Date): Reading {
  const zoned = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone)
  return { dialect, timeZone, now: zoned, today: zoned.toPlainDate(), ...customsOf(locale) }
}

type Customs = Pick<Reading, 'language' | 'dayFirst' | 'dotted' | 'twelveHours'>

// asking Intl costs more than reading a line does
const customs = new Map<string, Customs>()
const LOCALES_KEPT_MAX = 200

function customsOf(locale: string): Customs {
  const kept = customs.get(locale)
  if (kept !== undefined) return kept
  const known = localeOf(locale)
  const language = known.split('-')[0] ?? 'en'
  const parts = new Intl.DateTimeFormat(known, { dateStyle: 'short', timeZone: 'UTC', calendar: 'gregory' })
    .formatToParts(0)
    .map(({ type }) => type)
  const cycle = new Intl.DateTimeFormat(known, { timeStyle: 'short', timeZone: 'UTC' }).resolvedOptions().hourCycle
  const found = {
    language,
    dayFirst: parts.indexOf('day') < parts.indexOf('month'),
    dotted: DOTTED.has(language),
    twelveHours: cycle === 'h12' || cycle === 'h11',
  }
  if (customs.size >= LOCALES_KEPT_MAX) customs.clear()
  customs.set(locale, found)
  return found
}

function localeOf(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([locale])[0] ?? 'en-US'
  } catch (error) {
    if (error instanceof RangeError) return 'en-US'
    throw error
  }
}

/** The day, or null when the calendar has none such or it lies beyond what people plan. */
export function dayOf(year: number, month: number, day: number): Temporal.PlainDate | null {
  if (![year, month, day].every(Number.isInteger)) return null
  if (year < 1900 || year > 2999 || month < 1 || month > 12 || day < 1 || day > 31) return null
  const first = Temporal.PlainDate.from({ year, month, day: 1 })
  return day > first.daysInMonth ? null : first.with({ day })
}

/** The first year from today on in which that day exists, 29 February included; null for days that no year has. */
export function nextYearly(today: Temporal.PlainDate, month: number, day: number): Temporal.PlainDate | null {
  // eight years hold a leap year even across a century
  for (let years = 0; years <= 8; years += 1) {
    const found = dayOf(today.year + years, month, day)
    if (found !== null && Temporal.PlainDate.compare(found, today) >= 0) return found
  }
  return null
}

/** The first month from today on that has that day. */
export function nextMonthly(today: Temporal.PlainDate, day: number): Temporal.PlainDate | null {
  if (day < 1 || day > 31) return null
  const first = today.with({ day: 1 })
  for (let months = 0; months <= 3; months += 1) {
    const month = first.add({ months })
    if (day > month.daysInMonth) continue
    const found = month.with({ day })
    if (Temporal.PlainDate.compare(found, today) >= 0) return found
  }
  return null
}

export const lastOfMonth = (date: Temporal.PlainDate): Temporal.PlainDate => date.with({ day: date.daysInMonth })
