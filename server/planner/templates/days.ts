const LAST_YEAR = 9999

/**
 * The day so many days after another, both as YYYY-MM-DD: days of the calendar, whatever the zone. Null when it lies
 * beyond the year 9999, which is as far as a day can be written.
 */
export function dayAfter(day: string, days: number): string | null {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.getUTCFullYear() > LAST_YEAR ? null : at.toISOString().slice(0, 10)
}
