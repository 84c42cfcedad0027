/** How often a period begins. SECONDLY and MINUTELY of the RFC are refused: nobody has a task each minute. */
export const Frequency = ['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
export type Frequency = (typeof Frequency)[number]

export const Weekday = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Weekday = (typeof Weekday)[number]

/**
 * A recurrence rule (RFC 5545 §3.3.10), without the time at which it starts. A list that is empty is a part that was
 * not said; lists are sorted and hold nothing twice.
 */
export interface Rule {
  readonly freq: Frequency
  /** From 1 to 1000. */
  readonly interval: number
  /** How many occurrences there are, the start among them; null without such an end. */
  readonly count: number | null
  /** `YYYY-MM-DD`, or an instant `YYYY-MM-DDTHH:MM:SSZ`, the last moment of an occurrence; null without such an end. */
  readonly until: string | null
  readonly byMonth: readonly number[]
  readonly byWeekNo: readonly number[]
  readonly byYearDay: readonly number[]
  readonly byMonthDay: readonly number[]
  /** `MO`, or with its place in the month or year: `2MO`, `-1FR`. */
  readonly byDay: readonly string[]
  readonly byHour: readonly number[]
  readonly byMinute: readonly number[]
  /** Empty or `[0]`. */
  readonly bySecond: readonly number[]
  readonly bySetPos: readonly number[]
  readonly weekStart: Weekday
}

/** What was read, or every fault of it in words. */
export type Checked<T> = { readonly value: T; readonly faults?: undefined } | { readonly faults: readonly string[] }

/** The rule as the value of an RRULE property, its parts in one order, what is the default left out. Reading it again gives the same rule. */
export function ruleText(rule: Rule): string {
  const parts: [string, string | number | readonly (string | number)[] | null][] = [
    ['FREQ', rule.freq],
    ['INTERVAL', rule.interval === 1 ? null : rule.interval],
    ['COUNT', rule.count],
    ['UNTIL', rule.until?.replaceAll(/[-:]/g, '') ?? null],
    ['BYMONTH', rule.byMonth],
    ['BYWEEKNO', rule.byWeekNo],
    ['BYYEARDAY', rule.byYearDay],
    ['BYMONTHDAY', rule.byMonthDay],
    ['BYDAY', rule.byDay],
    ['BYHOUR', rule.byHour],
    ['BYMINUTE', rule.byMinute],
    ['BYSECOND', rule.bySecond],
    ['BYSETPOS', rule.bySetPos],
    ['WKST', rule.weekStart === 'MO' ? null : rule.weekStart],
  ]
  return parts
    .filter(([, value]) => value !== null && String(value) !== '')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(';')
}
