import { type Local, isDay } from './local.ts'
import { type Rule, Weekday } from './rule.ts'

/*
 * HOURLY and DAILY rules. They step evenly, hours or days apart, and whatever else they say only leaves steps out and
 * gives each its times; so they are walked here in plain numbers. The library makes several dates of each step, which costs
 * a hundred times as much, and rules that leave out nearly all of them are the dearest that there are.
 */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How many steps without an occurrence are walked before a rule is taken to come no more: a year of hours, fifty of days. */
const STEPS_MAX = { HOURLY: 10_000, DAILY: 20_000 } as const
/** How many steps one stretch may hold. */
const STRETCH_STEPS_MAX = 40_000
/** More than anybody catches up with at once. */
const LATEST_MAX = 200

/** Nothing recurs from here on. */
const END_MS = Date.UTC(2400, 0, 1)

/** A rule that steps, from its start on, whatever its COUNT and UNTIL. */
export interface Steps {
  readonly rule: Rule
  readonly isAllDay: boolean
  /** Wall time as if it were UTC; the hour or the day in which the first step lies. */
  readonly firstMs: number
  readonly startMs: number
  readonly stepMs: number
  /** Within a step, ascending. */
  readonly timesMs: readonly number[]
  readonly exceptions: ReadonlySet<Local>
}

/** The rule as it steps from `start`; null for those in longer periods. */
export function stepsOf(rule: Rule, start: Local, exceptions: readonly Local[]): Steps | null {
  const isHourly = rule.freq === 'HOURLY'
  if (!isHourly && rule.freq !== 'DAILY') return null
  const startMs = msOf(start)
  const periodMs = isHourly ? HOUR_MS : DAY_MS
  const at = new Date(startMs)
  const or = (list: readonly number[], own: number) => (list.length > 0 ? list : [own])
  const hours = isHourly ? [0] : or(rule.byHour, at.getUTCHours())
  const minutes = or(rule.byMinute, at.getUTCMinutes())
  const secondsMs = or(rule.bySecond, at.getUTCSeconds()).map((seconds) => seconds * 1000)
  const all = hours.flatMap((hour) =>
    minutes.flatMap((minute) => secondsMs.map((ms) => hour * HOUR_MS + minute * 60_000 + ms)),
  )
  return {
    ...{ rule, isAllDay: isDay(start), startMs, firstMs: Math.floor(startMs / periodMs) * periodMs },
    ...{ stepMs: rule.interval * periodMs, timesMs: placed(all, rule.bySetPos), exceptions: new Set(exceptions) },
  }
}

/** BYSETPOS chooses from the times of one step. */
function placed(times: readonly number[], places: readonly number[]): readonly number[] {
  const sorted = times.toSorted((a, b) => a - b)
  if (places.length === 0) return sorted
  return sorted.filter((_, at) => places.includes(at + 1) || places.includes(at - sorted.length))
}

/** The first time after `after` (or at it); null when there is none within reach. */
export function stepAfter(steps: Steps, after: Local, at: 'after' | 'at-or-after'): Local | null {
  const leastMs = msOf(after) + (at === 'after' ? 1 : 0)
  for (let step = stepAt(steps, leastMs), idle = 0; idle < stepsMax(steps); step += 1, idle += 1) {
    if (hasEnded(steps, step)) return null
    for (const ms of timesIn(steps, step)) if (ms >= leastMs && isThere(steps, ms)) return localAt(steps, ms)
  }
  return null
}

/**
 * The times from `from` to `to`, both inclusive, in their order, of very many the latest hundreds; null when the stretch
 * holds more steps than are walked.
 */
export function stepsBetween(steps: Steps, from: Local, to: Local): Local[] | null {
  const [leastMs, mostMs] = [msOf(from), msOf(to)]
  const [first, last] = [stepAt(steps, leastMs), stepAt(steps, mostMs)]
  if (last - first > STRETCH_STEPS_MAX) return null
  const found: Local[] = []
  for (let step = last; step >= first && found.length < LATEST_MAX; step -= 1) {
    for (const ms of timesIn(steps, step).toReversed())
      if (ms >= leastMs && ms <= mostMs && isThere(steps, ms)) found.push(localAt(steps, ms))
  }
  return found.toReversed()
}

/** The `n`th time, from 1, or the last of all; null when it is out of reach. */
export function nthStep(steps: Steps, n: number): Local | null {
  let found = 0
  let lastMs: number | null = null
  for (let step = 0, idle = 0; step < STRETCH_STEPS_MAX && idle < stepsMax(steps); step += 1, idle += 1) {
    if (hasEnded(steps, step)) return lastMs === null ? null : localAt(steps, lastMs)
    for (const ms of timesIn(steps, step)) {
      found += 1
      idle = 0
      lastMs = ms
      if (found === n) return localAt(steps, ms)
    }
  }
  return null
}

const stepsMax = ({ rule }: Steps): number => STEPS_MAX[rule.freq === 'HOURLY' ? 'HOURLY' : 'DAILY']

const hasEnded = ({ firstMs, stepMs }: Steps, step: number): boolean => firstMs + step * stepMs >= END_MS

/** The step that holds a time, or the first. */
const stepAt = ({ firstMs, stepMs }: Steps, ms: number): number => Math.max(Math.floor((ms - firstMs) / stepMs), 0)

/** The times of a step, none before the start; empty when the rule leaves the step out. */
function timesIn(steps: Steps, step: number): readonly number[] {
  const { rule, firstMs, stepMs, timesMs, startMs } = steps
  const ms = firstMs + step * stepMs
  if (!isNamed(rule, new Date(ms))) return []
  return timesMs.map((time) => ms + time).filter((each) => each >= startMs)
}

function isNamed(rule: Rule, at: Date): boolean {
  const isIn = (list: readonly number[], value: number) => list.length === 0 || list.includes(value)
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  if (!isIn(rule.byMonth, month + 1)) return false
  if (rule.byDay.length > 0 && !rule.byDay.includes(Weekday[(at.getUTCDay() + 6) % 7] ?? '')) return false
  if (rule.freq === 'HOURLY' && !isIn(rule.byHour, at.getUTCHours())) return false
  if (rule.byMonthDay.length > 0) {
    const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    if (!rule.byMonthDay.includes(day) && !rule.byMonthDay.includes(day - last - 1)) return false
  }
  if (rule.byYearDay.length === 0) return true
  const ofYear = Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 0)) / DAY_MS)
  const inYear = Math.round((Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY_MS)
  return rule.byYearDay.includes(ofYear) || rule.byYearDay.includes(ofYear - inYear - 1)
}

const isThere = (steps: Steps, ms: number): boolean =>
  steps.exceptions.size === 0 || !steps.exceptions.has(localAt(steps, ms))

const msOf = (local: Local): number => Date.parse(isDay(local) ? `${local}T00:00:00Z` : `${local}Z`)

const localAt = ({ isAllDay }: Steps, ms: number): Local => new Date(ms).toISOString().slice(0, isAllDay ? 10 : 19)
