import { assertNever } from '#kernel/assert.ts'
import { engineOf } from './engine.ts'
import { type Local, dayOf, isDay } from './local.ts'
import { type Occurrence, type Series, latestOccurrences, nextOccurrence } from './series.ts'

/** `fixed`: the next occurrence is the rule's; `after_completion`: the rule begins anew on the day of completion. */
export const RecurrenceMode = ['fixed', 'after_completion'] as const
export type RecurrenceMode = (typeof RecurrenceMode)[number]

/**
 * What becomes of occurrences that passed while an earlier one was open, in mode `fixed`:
 * `skip_missed` goes on with the first that is still to come, `keep_one` with the latest that was missed,
 * `keep_all` with each in its turn, of very many the latest 30.
 */
export const CatchUp = ['skip_missed', 'keep_one', 'keep_all'] as const
export type CatchUp = (typeof CatchUp)[number]

const KEPT_MAX = 30

/** Where a series stands when its open occurrence is done or skipped. */
export interface Standing {
  readonly mode: RecurrenceMode
  readonly catchUp: CatchUp
  /** The occurrence that is done. */
  readonly occurrence: Local
  /** How many occurrences there have been, that one included: what COUNT is held against in mode `after_completion`. */
  readonly made: number
  /** When it was done, on the wall clock of the series' zone. */
  readonly now: Local
}

/** The occurrence that comes after one that is done; null when the series has ended. Always later than that one. */
export function following(series: Series, standing: Standing): Occurrence | null {
  switch (standing.mode) {
    case 'fixed':
      return followingByRule(series, standing)
    case 'after_completion':
      return followingCompletion(series, standing)
    default:
      return assertNever(standing.mode)
  }
}

function followingByRule(series: Series, { catchUp, occurrence, now }: Standing): Occurrence | null {
  // A day is not missed while it lasts; a time is as soon as it has passed.
  const next = () => nextOccurrence(series, occurrence)
  switch (catchUp) {
    case 'skip_missed':
      return nextOccurrence(series, later(occurrence, isDay(series.start) ? dayBefore(now) : now))
    case 'keep_one':
      return latestOccurrences(series, occurrence, now, 1)[0] ?? next()
    case 'keep_all':
      return latestOccurrences(series, occurrence, now, KEPT_MAX)[0] ?? next()
    default:
      return assertNever(catchUp)
  }
}

function followingCompletion(series: Series, { occurrence, made, now }: Standing): Occurrence | null {
  const { rule, start } = series
  if (rule.count !== null && made >= rule.count) return null
  // What recurs by the day keeps its time of day; what recurs by the hour is counted from the very minute.
  const from = rule.freq === 'HOURLY' ? `${now.slice(0, 16)}:00` : `${dayOf(now)}${start.slice(10)}`
  const anew = {
    ...series,
    start: from,
    last: null,
    engine: engineOf({ ...rule, count: null }, from, [...series.exceptions]),
  }
  return nextOccurrence(anew, later(from, occurrence))
}

function later(one: Local, other: Local): Local {
  return one > other ? one : other
}

function dayBefore(local: Local): Local {
  return new Date(Date.parse(`${dayOf(local)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}
