import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { corpus } from '#tests/support/quick-add-corpus.ts'
import { readRule } from '../recurrence/read-rule.ts'
import { ruleText } from '../recurrence/rule.ts'
import { parseQuickAdd } from './parse.ts'

// Its declarations promise a default export that its module has not for everybody who asks.
const { RRule } = createRequire(import.meta.url)('rrule') as typeof import('rrule')

const repeats = corpus().flatMap((line) => {
  const { recurrence } = parseQuickAdd(line.text, line).fields
  return recurrence === null ? [] : [{ at: line.at, ...recurrence }]
})

test('every rule that is read is one that tasks are repeated by, written as it is kept', () => {
  expect(repeats.length).toBeGreaterThan(100)
  for (const { at, rule } of repeats) {
    const read = readRule(rule)
    expect([at, read.faults ?? ruleText(read.value)]).toEqual([at, rule])
  }
})

test('the first day is the first that the rule names, as another library counts', () => {
  for (const { at, rule, startsOn } of repeats) {
    // floating times: the library's UTC stands for the local time of the zone, so that the end is only held to its day
    const floating = rule.replace(/UNTIL=(\d{8})(?:T\d{6}Z)?/, 'UNTIL=$1T235959Z')
    const start = new Date(`${startsOn.length === 10 ? `${startsOn}T00:00` : startsOn}:00Z`)
    const options = { ...RRule.parseString(floating), dtstart: start }
    const [first] = new RRule(options).all((_, index) => index < 1)
    expect([at, first?.toISOString()]).toEqual([at, start.toISOString()])
  }
})
