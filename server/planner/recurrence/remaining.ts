import { type Local, instantOf, isDay } from './local.ts'
import { readRule } from './read-rule.ts'
import { ruleText } from './rule.ts'
import { seriesOf } from './series.ts'

/**
 * The rule of a series for programs that read it from one of its occurrences on: where it ends by COUNT is told as UNTIL,
 * since they would count from there. Null for a text that is no rule.
 */
export function remainingRule(text: string, start: Local, timeZone: string): string | null {
  const read = readRule(text)
  if (read.faults !== undefined) return null
  const { last } = seriesOf({ rule: read.value, start, timeZone })
  if (last === null) return ruleText(read.value)
  const until = isDay(last) ? last : `${instantOf(last, timeZone).toISOString().slice(0, 19)}Z`
  return ruleText({ ...read.value, count: null, until })
}
