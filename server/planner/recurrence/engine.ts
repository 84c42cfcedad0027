import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { type Local, isDay } from './local.ts'
import { PERIOD_OCCURRENCES_MAX, mostInAPeriod } from './rule-checks.ts'
import { type Frequency, type Rule, Weekday } from './rule.ts'
import { type Steps, nthStep, stepAfter, stepsBetween, stepsOf } from './steps.ts'

/*
 * The one place where the library for recurrence rules is asked: for WEEKLY and longer; what steps by hours or days is
 * walked in steps.ts. It is asked in wall time, as if the clocks of the
 * world never moved; what a zone does to an occurrence is worked out in series.ts. Ends (COUNT, UNTIL) are not told to it,
 * since counting from the start again at each question would cost as much as the series is long; where COUNT ends is
 * worked out once.
 */

type Long = Exclude<Frequency, 'HOURLY' | 'DAILY'>

/**
 * How many periods without an occurrence are looked through before a rule is taken to come no more; so every question has
 * an answer in bounded time. YEARLY and MONTHLY reach over half a century. What the worst of them cost:
 * `bench/planner/recurrence.ts`.
 */
const PERIODS_MAX: Record<Long, number> = { WEEKLY: 120, MONTHLY: 600, YEARLY: 60 }
/** How many days and times one question may have made of which BYSETPOS or another part leaves most out. */
const CANDIDATES_MAX = 10_000
/** However many a period holds: years of four digits have a leap year within eight. */
const PERIODS_LEAST = 8

export type Engine = { readonly steps: Steps } | { readonly library: RRuleTemporal }

/** The rule as it runs from `start`, to its COUNT if it has one but whatever its UNTIL; occurrences in `exceptions` are left out. */
export function engineOf(said: Rule, start: Local, exceptions: readonly Local[] = []): Engine {
  const steps = stepsOf(said, start, exceptions)
  if (steps !== null) return { steps }
  const rule = inLongPeriods(said, start)
  // What a rule does not say is derived from its start (RFC 5545 §3.3.10). The library derives the day of a numbered week
  // otherwise in years that begin on another day, so it is told.
  const byDay = rule.byWeekNo.length > 0 && rule.byDay.length === 0 ? [weekdayOf(start)] : rule.byDay
  const list = <T>(values: readonly T[]) => (values.length > 0 ? { values: [...values] } : {}).values
  const parts = {
    ...{ byMonth: list(rule.byMonth), byWeekNo: list(rule.byWeekNo), byYearDay: list(rule.byYearDay) },
    ...{ byMonthDay: list(rule.byMonthDay), byDay: list(byDay), byHour: list(rule.byHour) },
    ...{ byMinute: list(rule.byMinute), bySecond: list(rule.bySecond), bySetPos: list(rule.bySetPos) },
  }
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
  const library = new RRuleTemporal({
    ...given,
    ...{ freq: rule.freq, interval: rule.interval, wkst: rule.weekStart, dtstart: floating(start) },
    ...(rule.count !== null && { count: rule.count }),
    ...(exceptions.length > 0 && { exDate: exceptions.map(floating) }),
    ...{ maxIterations: periodsMax(rule), cache: false },
  })
  return { library }
}

const periodsMax = (rule: Rule & { readonly freq: Long }): number =>
  Math.min(PERIODS_MAX[rule.freq], Math.max(Math.floor(CANDIDATES_MAX / mostInAPeriod(rule)), PERIODS_LEAST))

/** The first time after `after` (or at it) at which the rule comes true, never before its start; null when there is none within reach. */
export function matchAfter(engine: Engine, after: Local, at: 'after' | 'at-or-after' = 'after'): Local | null {
  if ('steps' in engine) return stepAfter(engine.steps, after, at)
  const { library } = engine
  const found = withinReach(() => library.next(floating(after), at === 'at-or-after'))
  return found === null ? null : localFrom(found, isDay(after))
}

/** The times from `from` to `to`, both inclusive, at which the rule comes true, in their order, of very many the latest; null when they are out of reach. */
export function matchesBetween(engine: Engine, from: Local, to: Local): Local[] | null {
  if ('steps' in engine) return stepsBetween(engine.steps, from, to)
  const { library } = engine
  const found = withinReach(() => library.between(floating(from), floating(to), true))
  return found?.flatMap((each) => localFrom(each, isDay(from)) ?? []) ?? null
}

/** The `n`th time, from 1, at which a rule comes true, or the last before the year 2400; null when it is out of reach. */
export function nthMatch(rule: Rule, start: Local, n: number): Local | null {
  const counted = engineOf({ ...rule, count: n }, start)
  if ('steps' in counted) return nthStep(counted.steps, n)
  const { length: places } = rule.bySetPos
  if (places > 0 && Math.ceil(n / places) * mostInAPeriod(rule) > CANDIDATES_MAX) return null
  const { library } = counted
  const found = withinReach(() => library.previous(floating('2399-12-31T23:59:59'), true))
  return found === null ? null : localFrom(found, isDay(start))
}

/** Asks the library; null when it gave up at one of its limits, which it says by an error without a kind of its own. */
function withinReach<T>(ask: () => T | null): T | null {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Error && /^Maximum (iterations|candidate evaluations) /.test(error.message)) return null
    throw error
  }
}

/** The same occurrences in longer periods: each Monday of May is one of the Mondays in May of its year. So fewer periods pass without one. */
function inLongPeriods(rule: Rule, start: Local): Rule & { readonly freq: Long } {
  const { freq } = rule
  if (freq === 'HOURLY' || freq === 'DAILY') throw new Error(`${freq} is walked in steps.`)
  const isYearly = freq === 'WEEKLY' && rule.interval === 1 && rule.bySetPos.length === 0 && rule.byMonth.length > 0
  const byDay = rule.byDay.length > 0 ? rule.byDay : [weekdayOf(start)]
  const yearly = { ...rule, freq: 'YEARLY', byDay } as const
  return isYearly && mostInAPeriod(yearly) <= PERIOD_OCCURRENCES_MAX ? yearly : { ...rule, freq }
}

function weekdayOf(local: Local): Weekday {
  return Weekday[Temporal.PlainDate.from(local).dayOfWeek - 1] ?? 'MO'
}

function floating(local: Local) {
  return Temporal.PlainDateTime.from(local).toZonedDateTime('UTC')
}

/** Null for years of five digits: nothing recurs there. */
function localFrom(found: { toString(): string }, isAllDay: boolean): Local | null {
  const text = found.toString()
  return /^\d{4}-/.test(text) ? text.slice(0, isAllDay ? 10 : 19) : null
}
