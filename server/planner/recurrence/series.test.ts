import { expect, test } from 'vitest'
import type { Local } from './local.ts'
import { readRule } from './read-rule.ts'
import { type Series, latestOccurrences, nextOccurrence, occurrencesBetween, openSeries } from './series.ts'

const opened = (text: string, start: Local, timeZone = 'UTC', exceptions: Local[] = []) => {
  const rule = readRule(text)
  return rule.faults === undefined ? openSeries({ rule: rule.value, start, timeZone, exceptions }) : rule
}
const series = (...input: Parameters<typeof opened>): Series => {
  const { faults, ...made } = opened(...input)
  if (!('value' in made)) throw new Error(faults?.join(' '))
  return made.value
}
const faultsOf = (...input: Parameters<typeof opened>) => opened(...input).faults
/** The first occurrences, as the wall shows them. */
const first = (count: number, ...input: Parameters<typeof opened>) =>
  occurrencesBetween(series(...input), '1900-01-01', '2399-12-31', count).map(({ local }) => local)
/** The first occurrences after a time, as instants. */
const instantsAfter = (after: Local, count: number, ...input: Parameters<typeof opened>) =>
  occurrencesBetween(series(...input), after, '2399-12-31', count).map(({ at }) => at?.toISOString())

test('a time that the clocks leap over moves forward by as much, and only that once', () => {
  expect(instantsAfter('2026-03-28', 3, 'FREQ=DAILY', '2026-03-01T02:30:00', 'Europe/Berlin')).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:30:00.000Z', // 03:30 of summer: 02:30 is not on that day
    '2026-03-30T00:30:00.000Z',
  ])
  const [, moved] = occurrencesBetween(
    series('FREQ=DAILY', '2026-03-01T02:30:00', 'Europe/Berlin'),
    '2026-03-28',
    '2026-04-01',
    2,
  )
  expect(moved?.local).toBe('2026-03-29T02:30:00')
})

test('of a time that comes twice it is the first', () => {
  expect(instantsAfter('2026-10-24', 3, 'FREQ=DAILY', '2026-03-01T02:30:00', 'Europe/Berlin')).toEqual([
    '2026-10-24T00:30:00.000Z',
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ])
})

test('nine in the morning stays nine in the morning on both sides of summer', () => {
  expect(instantsAfter('2026-10-24', 2, 'FREQ=DAILY', '2026-07-01T09:00:00', 'America/New_York')).toEqual([
    '2026-10-24T13:00:00.000Z',
    '2026-10-25T13:00:00.000Z',
  ])
  expect(instantsAfter('2026-11-01', 1, 'FREQ=DAILY', '2026-07-01T09:00:00', 'America/New_York')).toEqual([
    '2026-11-01T14:00:00.000Z',
  ])
})

test('an hour that is leapt over and the hour that it moves to are one occurrence', () => {
  expect(instantsAfter('2026-03-29T00:00:00', 4, 'FREQ=HOURLY', '2026-03-29T00:00:00', 'Europe/Berlin')).toEqual([
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T00:00:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-29T02:00:00.000Z',
  ])
})

test('a day that a zone left out altogether is the day after', () => {
  expect(instantsAfter('2011-12-29', 3, 'FREQ=DAILY', '2011-12-01T09:00:00', 'Pacific/Apia')).toEqual([
    '2011-12-29T19:00:00.000Z',
    '2011-12-30T19:00:00.000Z', // the 30th fell on the 31st, where there is one already
    '2011-12-31T19:00:00.000Z',
  ])
})

test('the 31st of months that have none is skipped and never moved', () => {
  expect(first(5, 'FREQ=MONTHLY', '2026-01-31')).toEqual([
    '2026-01-31',
    '2026-03-31',
    '2026-05-31',
    '2026-07-31',
    '2026-08-31',
  ])
  expect(first(3, 'FREQ=MONTHLY;BYMONTHDAY=30', '2026-01-30T08:00:00')).toEqual([
    '2026-01-30T08:00:00',
    '2026-03-30T08:00:00',
    '2026-04-30T08:00:00',
  ])
  expect(first(3, 'FREQ=MONTHLY;BYMONTHDAY=-1', '2028-01-31')).toEqual(['2028-01-31', '2028-02-29', '2028-03-31'])
})

test('the 29th of February comes in leap years, and 2100 is none', () => {
  expect(first(3, 'FREQ=YEARLY', '2024-02-29')).toEqual(['2024-02-29', '2028-02-29', '2032-02-29'])
  expect(first(3, 'FREQ=YEARLY', '2092-02-29T09:00:00')).toEqual([
    '2092-02-29T09:00:00',
    '2096-02-29T09:00:00',
    '2104-02-29T09:00:00',
  ])
  expect(first(2, 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO', '2044-02-29')).toEqual(['2044-02-29', '2072-02-29'])
})

test('the last working day of a month is chosen from its working days', () => {
  expect(first(3, 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-01-30')).toEqual([
    '2026-01-30',
    '2026-02-27',
    '2026-03-31',
  ])
  expect(first(3, 'FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1', '2026-01-07')).toEqual([
    '2026-01-07',
    '2026-01-12',
    '2026-01-19',
  ])
})

test('the day that a week starts on matters every other week (the example of RFC 5545)', () => {
  expect(first(4, 'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', '1997-08-05')).toEqual([
    '1997-08-05',
    '1997-08-10',
    '1997-08-19',
    '1997-08-24',
  ])
  expect(first(4, 'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', '1997-08-05')).toEqual([
    '1997-08-05',
    '1997-08-17',
    '1997-08-19',
    '1997-08-31',
  ])
})

test('the start is the first occurrence and is counted though the rule does not name it', () => {
  expect(first(9, 'FREQ=WEEKLY;BYDAY=MO;COUNT=3', '2026-01-07')).toEqual(['2026-01-07', '2026-01-12', '2026-01-19'])
  expect(first(9, 'FREQ=WEEKLY;BYDAY=MO;COUNT=1', '2026-01-07')).toEqual(['2026-01-07'])
})

test('what is left out is not there, and counts all the same', () => {
  expect(first(9, 'FREQ=DAILY;COUNT=4', '2026-01-01', 'UTC', ['2026-01-01', '2026-01-03'])).toEqual([
    '2026-01-02',
    '2026-01-04',
  ])
  const without = series('FREQ=DAILY', '2026-01-01T09:00:00', 'Europe/Berlin', ['2026-01-02T09:00:00'])
  expect(nextOccurrence(without, '2026-01-01T09:00:00')?.local).toBe('2026-01-03T09:00:00')
  expect(latestOccurrences(without, '2025-12-01', '2026-01-02T23:00:00', 5).map(({ local }) => local)).toEqual([
    '2026-01-01T09:00:00',
  ])
})

test('UNTIL takes its own moment in', () => {
  expect(first(9, 'FREQ=DAILY;UNTIL=20260102', '2026-01-01')).toEqual(['2026-01-01', '2026-01-02'])
  expect(first(9, 'FREQ=DAILY;UNTIL=20260102T080000Z', '2026-01-01T09:00:00', 'Europe/Berlin')).toEqual([
    '2026-01-01T09:00:00',
    '2026-01-02T09:00:00',
  ])
  expect(first(9, 'FREQ=DAILY;UNTIL=20260102T075959Z', '2026-01-01T09:00:00', 'Europe/Berlin')).toEqual([
    '2026-01-01T09:00:00',
  ])
})

test('the latest occurrences before a time are found from behind', () => {
  const rule = series('FREQ=HOURLY', '2001-01-01T00:30:00', 'UTC')
  expect(latestOccurrences(rule, '2001-01-01', '2026-06-01T12:00:00', 2).map(({ local }) => local)).toEqual([
    '2026-06-01T10:30:00',
    '2026-06-01T11:30:00',
  ])
  const leap = series('FREQ=YEARLY', '2024-02-29')
  expect(latestOccurrences(leap, '2024-02-29', '2031-01-01', 3).map(({ local }) => local)).toEqual(['2028-02-29'])
  expect(latestOccurrences(leap, '2028-02-29', '2031-01-01', 3)).toEqual([])
})

test.for([
  ['FREQ=HOURLY', '2026-01-01', 'UTC', 'FREQ=HOURLY needs a time of day; the task is due on a day.'],
  [
    'FREQ=DAILY;BYHOUR=9',
    '2026-01-01',
    'UTC',
    'BYHOUR, BYMINUTE and BYSECOND need a time of day; the task is due on a day.',
  ],
  [
    'FREQ=DAILY;UNTIL=20260201T000000Z',
    '2026-01-01',
    'UTC',
    'UNTIL is a day, as 20261231, since the task is due on a day.',
  ],
  [
    'FREQ=DAILY;UNTIL=20260201',
    '2026-01-01T09:00:00',
    'UTC',
    'UNTIL is an instant of UTC, as 20261231T225959Z, since the task is due at a time.',
  ],
  ['FREQ=DAILY;UNTIL=20251231', '2026-01-01', 'UTC', 'UNTIL lies before the start.'],
  ['FREQ=DAILY', '2026-02-30', 'UTC', 'The start is no day or time of the calendar from 1900 to 2399.'],
  ['FREQ=DAILY', '2026-01-01', '+02:00', 'The time zone is none of the IANA database.'],
  ['FREQ=DAILY', '2026-01-01', 'Europe/Nowhere', 'The time zone is none of the IANA database.'],
  [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    '2026-01-01',
    'UTC',
    'The rule does not come true again within reach, which is at most 50 years.',
  ],
  [
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    '2026-01-01',
    'UTC',
    'The rule does not come true again within reach, which is at most 50 years.',
  ],
  [
    'FREQ=HOURLY;INTERVAL=24;BYHOUR=3',
    '2026-01-01T09:00:00',
    'UTC',
    'The rule does not come true again within reach, which is at most 50 years.',
  ],
  [
    'FREQ=DAILY;INTERVAL=7;BYDAY=MO',
    '2026-01-06',
    'UTC',
    'The rule does not come true again within reach, which is at most 50 years.',
  ],
  [
    'FREQ=YEARLY;INTERVAL=999',
    '2026-01-01',
    'UTC',
    'The rule does not come true again within reach, which is at most 50 years.',
  ],
  [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1000',
    '2028-02-29',
    'UTC',
    'COUNT=1000 reaches too far to be counted out; say UNTIL.',
  ],
] as const)('%s from %s in %s is refused', ([text, start, zone, said]) => {
  expect(faultsOf(text, start, zone)).toEqual([said])
})

test('of an hour that comes forty-eight times the latest are found after forty years, months without one behind them', () => {
  const minutes = Array.from({ length: 48 }, (_, at) => at).join(',')
  const spring = series(`FREQ=HOURLY;BYMONTH=3,4;BYMINUTE=${minutes}`, '2026-03-01T09:00:00')
  const latest = latestOccurrences(spring, '2026-03-01T09:00:00', '2066-02-01T00:00:00', 2)
  expect(latest.map(({ local }) => local)).toEqual(['2065-04-30T23:46:00', '2065-04-30T23:47:00'])
})
