import { Temporal } from 'temporal-polyfill'

/**
 * A time as the clock on the wall shows it, without a zone: `YYYY-MM-DD` for what takes a whole day, otherwise
 * `YYYY-MM-DDTHH:MM:SS`. Texts of one kind sort as the times do.
 */
export type Local = string

/** The first and the last year in which anything recurs. */
const YEARS = { first: 1900, last: 2399 } as const

/** True for a day or a time that the calendar has, within the years in which things recur. */
export function isLocal(text: string): boolean {
  const [, year] = /^(\d{4})-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?$/.exec(text) ?? []
  if (year === undefined || Number(year) < YEARS.first || Number(year) > YEARS.last) return false
  const at = new Date(isDay(text) ? `${text}T00:00:00Z` : `${text}Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

export function isDay(local: Local): boolean {
  return local.length === 10
}

export function dayOf(local: Local): Local {
  return local.slice(0, 10)
}

/**
 * The instant at which the wall shows this time. A time that the clocks leap over is moved forward by as much as they
 * leap, of a time that comes twice it is the first (RFC 5545 §3.3.5).
 */
export function instantOf(local: Local, timeZone: string): Date {
  const zoned = Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
  return new Date(zoned.epochMilliseconds)
}

/** What the wall shows at an instant, to the second. */
export function localOf(at: Date, timeZone: string): Local {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone)
  return zoned.toPlainDateTime().toString({ smallestUnit: 'second', roundingMode: 'floor' })
}
