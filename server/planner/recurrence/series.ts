import { isTimeZone } from '#kernel/time-zone.ts'
import { type Engine, engineOf, matchAfter, matchesBetween, nthMatch } from './engine.ts'
import { type Local, dayOf, instantOf, isDay, isLocal, localOf } from './local.ts'
import type { Checked, Rule } from './rule.ts'

/** A rule with all that says when it comes true. Made by `openSeries`, which has checked it. */
export interface Series {
  readonly rule: Rule
  /** The first occurrence (DTSTART), whether or not the rule names it. A day makes it a series of whole days. */
  readonly start: Local
  /** The zone whose wall clock `start` is told in; for whole days it says when a day begins. */
  readonly timeZone: string
  /** Occurrences that are left out (EXDATE). They count in COUNT all the same. */
  readonly exceptions: ReadonlySet<Local>
  /** The last one that COUNT leaves; null without COUNT. */
  readonly last: Local | null
  readonly engine: Engine
}

/** One occurrence. `local` names it within its series for good (RECURRENCE-ID), wherever the task is moved later. */
export interface Occurrence {
  readonly local: Local
  /** The instant that it falls on; null for a whole day. */
  readonly at: Date | null
}

export interface SeriesInput {
  readonly rule: Rule
  readonly start: Local
  readonly timeZone: string
  readonly exceptions?: readonly Local[]
}

/** How many occurrences of one series may be left out. */
export const EXCEPTIONS_MAX = 500
/** How many years after its start a rule must come true again. */
const REACH_YEARS = 50

/**
 * Checks a rule against its start and opens the series, or says every fault. Takes bounded time whatever the rule: one
 * that never comes true, or comes too rarely to be found in that time, is a fault.
 */
export function openSeries(input: SeriesInput): Checked<Series> {
  const faults = [...faultsOf(input)]
  if (faults.length > 0) return { faults }
  const series = seriesOf(input)
  const reach = `${Number(input.start.slice(0, 4)) + REACH_YEARS}${input.start.slice(4)}`
  const again = matchAfter(engineOf({ ...input.rule, count: null }, input.start), input.start)
  if (again === null || again > reach)
    return { faults: [`The rule does not come true again within reach, which is at most ${REACH_YEARS} years.`] }
  if (input.rule.count !== null && series.last === null)
    return { faults: [`COUNT=${input.rule.count} reaches too far to be counted out; say UNTIL.`] }
  return { value: series }
}

/** A series that was checked before, such as one that is kept. */
export function seriesOf({ rule, start, timeZone, exceptions = [] }: SeriesInput): Series {
  const engine = engineOf({ ...rule, count: null }, start, exceptions)
  return { rule, start, timeZone, engine, exceptions: new Set(exceptions), last: lastOf(rule, start) }
}

/** The first occurrence after `after`, a wall time of the series' zone; null when the series has ended or nothing is within reach. */
export function nextOccurrence(series: Series, after: Local): Occurrence | null {
  const { start } = series
  let from = asKindOf(series, after)
  if (from < start) {
    if (!series.exceptions.has(start)) return occurrenceAt(series, start)
    from = start
  }
  for (;;) {
    const local = matchAfter(series.engine, from)
    if (local === null || hasEnded(series, local)) return null
    if (!fallsOnAnother(series, local)) return occurrenceAt(series, local)
    from = local
  }
}

/** The occurrences from `from` to `to`, both inclusive, the earliest first, at most `limit` (to 100). */
export function occurrencesBetween(series: Series, from: Local, to: Local, limit: number): Occurrence[] {
  const found: Occurrence[] = []
  const until = asKindOf(series, to)
  let at = nextOccurrence(series, justBefore(asKindOf(series, from)))
  while (at !== null && at.local <= until && found.length < Math.min(limit, 100)) {
    found.push(at)
    at = nextOccurrence(series, at.local)
  }
  return found
}

/**
 * The latest occurrences after `after` and up to `upTo`, that is `(after, upTo]`, the earliest first, at most `most`.
 * Empty when there are none, or when those there are lie out of reach.
 */
export function latestOccurrences(series: Series, after: Local, upTo: Local, most: number): Occurrence[] {
  const [first, end] = [asKindOf(series, after), earlier(asKindOf(series, upTo), endOf(series))]
  if (end <= first) return []
  // Windows that grow backwards, so that a rule of each hour and one of each leap day both cost a few questions.
  for (let days = 1; ; days *= 3) {
    const from = daysBefore(end, days)
    const isWhole = from <= first
    const matches = matchesBetween(series.engine, isWhole ? first : from, end)
    if (matches === null) return []
    const found = latestOf(series, matches, { first, end, from, most })
    if (isWhole || found.length === most) return found.toReversed().map((local) => occurrenceAt(series, local))
  }
}

/** The latest occurrences among a window's matches and the start, the latest first; no more are looked at than are wanted. */
function latestOf(
  series: Series,
  matches: readonly Local[],
  {
    first,
    end,
    from,
    most,
  }: { readonly first: Local; readonly end: Local; readonly from: Local; readonly most: number },
): Local[] {
  const isStartMissing = !matches.includes(series.start) && !series.exceptions.has(series.start)
  const found: Local[] = []
  for (const local of (isStartMissing ? [series.start, ...matches] : matches).toReversed()) {
    if (found.length === most) break
    const isInside = local > first && local <= end && local >= from
    if (isInside && !hasEnded(series, local) && !fallsOnAnother(series, local)) found.push(local)
  }
  return found
}

/** The occurrence that falls at `local` by the rule. */
export function occurrenceAt({ timeZone }: Series, local: Local): Occurrence {
  return { local, at: isDay(local) ? null : instantOf(local, timeZone) }
}

function* faultsOf({ rule, start, timeZone, exceptions = [] }: SeriesInput): Generator<string> {
  if (!isLocal(start)) return yield 'The start is no day or time of the calendar from 1900 to 2399.'
  if (!isTimeZone(timeZone)) return yield 'The time zone is none of the IANA database.'
  const isAllDay = isDay(start)
  if (isAllDay && rule.freq === 'HOURLY') yield 'FREQ=HOURLY needs a time of day; the task is due on a day.'
  if (isAllDay && rule.byHour.length + rule.byMinute.length + rule.bySecond.length > 0)
    yield 'BYHOUR, BYMINUTE and BYSECOND need a time of day; the task is due on a day.'
  if (exceptions.length > EXCEPTIONS_MAX) yield `More than ${EXCEPTIONS_MAX} occurrences are left out.`
  if (exceptions.some((local) => !isLocal(local) || isDay(local) !== isAllDay))
    yield `What is left out is told like the start, as ${isAllDay ? '2026-12-31' : '2026-12-31T09:00:00'}.`
  if (rule.until === null) return
  if (isDay(rule.until) !== isAllDay)
    yield isAllDay
      ? 'UNTIL is a day, as 20261231, since the task is due on a day.'
      : 'UNTIL is an instant of UTC, as 20261231T225959Z, since the task is due at a time.'
  else if (isAllDay ? rule.until < start : new Date(rule.until) < instantOf(start, timeZone))
    yield 'UNTIL lies before the start.'
}

/** The last occurrence that COUNT leaves, the start being the first of them. */
function lastOf(rule: Rule, start: Local): Local | null {
  if (rule.count === null) return null
  if (rule.count === 1) return start
  const engine = engineOf({ ...rule, count: null }, start)
  const isNamed = matchAfter(engine, start, 'at-or-after') === start
  return nthMatch(rule, start, isNamed ? rule.count : rule.count - 1)
}

function hasEnded({ rule, last, timeZone }: Series, local: Local): boolean {
  if (last !== null && local > last) return true
  if (rule.until === null) return false
  return isDay(local) ? local > rule.until : instantOf(local, timeZone) > new Date(rule.until)
}

/** A wall time after which there is no occurrence. */
function endOf({ rule, last, timeZone, start }: Series): Local {
  if (last !== null) return last
  if (rule.until === null) return '9999'
  return isDay(start) ? rule.until : localOf(new Date(rule.until), timeZone)
}

function earlier(one: Local, other: Local): Local {
  return one < other ? one : other
}

/**
 * True when the clocks leap over this occurrence and the time that it moves to is an occurrence already: a recurrence set
 * holds an instant once.
 */
function fallsOnAnother({ engine, timeZone }: Series, local: Local): boolean {
  if (isDay(local)) return false
  const shown = localOf(instantOf(local, timeZone), timeZone)
  return shown !== local && matchAfter(engine, shown, 'at-or-after') === shown
}

/** A wall time as days are told when the series is one of whole days, and with a time otherwise. */
function asKindOf({ start }: Series, local: Local): Local {
  if (isDay(start)) return dayOf(local)
  return isDay(local) ? `${local}T00:00:00` : local
}

function justBefore(local: Local): Local {
  return isDay(local) ? daysBefore(local, 1) : shifted(local, -1000)
}

function daysBefore(local: Local, days: number): Local {
  return shifted(local, -days * 86_400_000)
}

function shifted(local: Local, ms: number): Local {
  const at = new Date(isDay(local) ? `${local}T00:00:00Z` : `${local}Z`)
  return new Date(at.getTime() + ms).toISOString().slice(0, local.length)
}
