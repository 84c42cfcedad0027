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
  /** The same without its seconds. */
  readonly minute: Temporal.ZonedDateTime
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
  const minute = zoned.round({ smallestUnit: 'minute', roundingMode: 'trunc' })
  return { dialect, timeZone, now: zoned, minute, today: zoned.toPlainDate(), ...customsOf(locale) }
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
