import { expect, test } from 'vitest'
import { readRule } from './read-rule.ts'
import { ruleText } from './rule.ts'

const faultsOf = (text: string) => readRule(text).faults ?? []
const normal = (text: string) => {
  const { value, faults } = readRule(text) as { value?: Parameters<typeof ruleText>[0]; faults?: readonly string[] }
  return value === undefined ? faults : ruleText(value)
}

test('a rule is written in one order, with its defaults left out', () => {
  expect(normal('byday=fr,MO;INTERVAL=1;freq=weekly;WKST=MO;')).toBe('FREQ=WEEKLY;BYDAY=MO,FR')
  expect(normal('FREQ=MONTHLY;BYDAY=+2TU,-1FR;BYHOUR=9,8,9;COUNT=3')).toBe(
    'FREQ=MONTHLY;COUNT=3;BYDAY=-1FR,2TU;BYHOUR=8,9',
  )
  expect(normal('FREQ=DAILY;UNTIL=20261231T225959Z')).toBe('FREQ=DAILY;UNTIL=20261231T225959Z')
  expect(normal('FREQ=YEARLY;UNTIL=20281231;BYMONTH=2;BYMONTHDAY=-1')).toBe(
    'FREQ=YEARLY;UNTIL=20281231;BYMONTH=2;BYMONTHDAY=-1',
  )
})

test('every fault of a rule is said at once', () => {
  expect(
    faultsOf('FREQ=SECONDLY;INTERVAL=0;COUNT=1000000000;UNTIL=20260230;BYMONTH=13;BYDAY=XX;FOO=1;WKST=ZZ'),
  ).toEqual([
    '"FOO" is no part that a rule has.',
    'FREQ=SECONDLY is refused: what recurs more often than each hour is no task.',
    'INTERVAL is a whole number from 1 to 1000, not "0".',
    'COUNT is a whole number from 1 to 1000, not "1000000000".',
    'COUNT and UNTIL exclude each other.',
    'UNTIL is a day as 20261231 or an instant of UTC as 20261231T225959Z, not "20260230".',
    'BYMONTH holds numbers from 1 to 12, not "13".',
    'BYDAY holds days as MO, 2TU or -1FR, not "XX".',
    'WKST is one of MO, TU, WE, TH, FR, SA, SU, not "ZZ".',
  ])
})

test.for([
  ['', '"" is no part of a rule; a part is NAME=VALUE.'],
  ['COUNT=3', 'FREQ is missing.'],
  ['FREQ=FORTNIGHTLY', 'FREQ is one of HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY, not "FORTNIGHTLY".'],
  ['FREQ=MINUTELY', 'FREQ=MINUTELY is refused: what recurs more often than each hour is no task.'],
  ['FREQ=DAILY;FREQ=DAILY', 'FREQ is said twice.'],
  ['RRULE:FREQ=DAILY', '"RRULE:FREQ=DAILY" is no part of a rule; a part is NAME=VALUE.'],
  ['FREQ=DAILY\r\nATTENDEE:x', '"FREQ=DAILY\\r\\nATTENDEE:X" is no part of a rule; a part is NAME=VALUE.'],
  ['FREQ=MONTHLY;RSCALE=CHINESE', 'RSCALE (RFC 7529) is not supported.'],
  ['FREQ=MONTHLY;BYMONTHDAY=0', 'BYMONTHDAY holds numbers from 1 to 31 or -31 to -1, not "0".'],
  [
    'FREQ=DAILY;UNTIL=20261231T235959',
    'UNTIL is a day as 20261231 or an instant of UTC as 20261231T225959Z, not "20261231T235959".',
  ],
  ['FREQ=DAILY;BYSECOND=30', 'BYSECOND other than 0 is refused: tasks are due at a minute.'],
  ['FREQ=DAILY;BYDAY=1MO', 'BYDAY has a number before a day only with MONTHLY and YEARLY, not with DAILY.'],
  ['FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO', 'BYDAY has no number before a day beside BYWEEKNO.'],
  ['FREQ=MONTHLY;BYWEEKNO=3', 'BYWEEKNO goes only with YEARLY, not with MONTHLY.'],
  ['FREQ=DAILY;BYYEARDAY=366', 'BYYEARDAY does not go with DAILY.'],
  ['FREQ=WEEKLY;BYMONTHDAY=3', 'BYMONTHDAY does not go with WEEKLY.'],
  ['FREQ=MONTHLY;BYSETPOS=1', 'BYSETPOS chooses from what another BY part gives; there is none.'],
  ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366', 'BYSETPOS=366 never comes: one period gives at most 5 to choose from.'],
  ['FREQ=WEEKLY;BYDAY=SA;BYSETPOS=-2', 'BYSETPOS=-2 never comes: one period gives at most 1 to choose from.'],
  ['FREQ=MONTHLY;BYDAY=6MO', 'BYDAY=6MO never comes: a month has no more than five of each day.'],
  ['FREQ=MONTHLY;BYDAY=MO,1TU', 'BYDAY with and without numbers at once is refused: programs read it differently.'],
  [
    'FREQ=YEARLY;BYWEEKNO=1;BYMONTH=1',
    'BYWEEKNO beside BYMONTH, BYYEARDAY or BYMONTHDAY is refused: programs read it differently.',
  ],
  [
    'FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1',
    'BYWEEKNO beside INTERVAL or BYSETPOS is refused: programs read it differently.',
  ],
  [
    'FREQ=YEARLY;BYYEARDAY=1;BYDAY=MO',
    'BYYEARDAY beside BYMONTH, BYMONTHDAY or BYDAY is refused: programs read it differently.',
  ],
  [
    'FREQ=YEARLY;BYMONTHDAY=13;BYDAY=20FR',
    'BYDAY with a number before a day, beside BYMONTHDAY, is refused: programs read it differently.',
  ],
  [
    `FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=${Array.from({ length: 60 }, (_, minute) => minute).join(',')}`,
    'BYHOUR and BYMINUTE give more than 48 times a day.',
  ],
  [`FREQ=YEARLY;BYYEARDAY=${'1,'.repeat(600)}1`, 'The rule is longer than 1000 characters.'],
] as const)('%j is refused', ([text, said]) => {
  expect(faultsOf(text)).toContain(said)
})

test('what makes very many occurrences to find one is refused', () => {
  const list = (most: number) => Array.from({ length: most }, (_, at) => at + 1).join(',')
  const halfHours = `BYHOUR=${list(23)};BYMINUTE=0,30`
  expect(faultsOf(`FREQ=YEARLY;BYYEARDAY=${list(13)}`)).toEqual(['BYYEARDAY names more than 12 days.'])
  expect(faultsOf(`FREQ=YEARLY;BYYEARDAY=${list(12)}`)).toEqual([])
  expect(faultsOf(`FREQ=YEARLY;BYMONTHDAY=${list(31)};${halfHours}`)).toEqual([
    'One period of YEARLY holds more than 1500 occurrences; say DAILY.',
  ])
  expect(faultsOf(`FREQ=DAILY;${halfHours}`)).toEqual([])
})
