import { expect, test } from 'vitest'
import { type CatchUp, type RecurrenceMode, following } from './follow.ts'
import type { Local } from './local.ts'
import { readRule } from './read-rule.ts'
import { openSeries } from './series.ts'

function after(
  text: string,
  start: Local,
  done: {
    readonly occurrence: Local
    readonly now: Local
    readonly mode?: RecurrenceMode
    readonly catchUp?: CatchUp
    readonly made?: number
  },
) {
  const rule = readRule(text)
  if (rule.faults !== undefined) throw new Error(rule.faults.join(' '))
  const opened = openSeries({ rule: rule.value, start, timeZone: 'Europe/Berlin' })
  if (opened.faults !== undefined) throw new Error(opened.faults.join(' '))
  return following(opened.value, { mode: 'fixed', catchUp: 'keep_one', made: 1, ...done })?.local ?? null
}

const missed = { occurrence: '2026-03-02T09:00:00', now: '2026-03-06T12:00:00' }

test('done in time, the next occurrence is the rule’s, whatever the catch-up', () => {
  for (const catchUp of ['skip_missed', 'keep_one', 'keep_all'] as const)
    expect(
      after('FREQ=DAILY', '2026-03-01T09:00:00', {
        occurrence: '2026-03-02T09:00:00',
        now: '2026-03-02T10:00:00',
        catchUp,
      }),
    ).toBe('2026-03-03T09:00:00')
})

test('done before it is due, it is not asked for again', () => {
  for (const catchUp of ['skip_missed', 'keep_one', 'keep_all'] as const)
    expect(after('FREQ=DAILY', '2026-03-01', { occurrence: '2026-03-09', now: '2026-03-02T10:00:00', catchUp })).toBe(
      '2026-03-10',
    )
})

test('what was missed is skipped, kept once, or kept whole', () => {
  expect(after('FREQ=DAILY', '2026-03-01T09:00:00', { ...missed, catchUp: 'skip_missed' })).toBe('2026-03-07T09:00:00')
  expect(after('FREQ=DAILY', '2026-03-01T09:00:00', { ...missed, catchUp: 'keep_one' })).toBe('2026-03-06T09:00:00')
  expect(after('FREQ=DAILY', '2026-03-01T09:00:00', { ...missed, catchUp: 'keep_all' })).toBe('2026-03-03T09:00:00')
})

test('a day is not missed while it lasts', () => {
  const done = { occurrence: '2026-03-02', now: '2026-03-06T23:00:00' }
  expect(after('FREQ=DAILY', '2026-03-01', { ...done, catchUp: 'skip_missed' })).toBe('2026-03-06')
  expect(after('FREQ=DAILY', '2026-03-01', { ...done, catchUp: 'keep_one' })).toBe('2026-03-06')
})

test('of years that were missed keep_all keeps the latest thirty', () => {
  const done = { occurrence: '2001-01-01T09:00:00', now: '2026-03-06T12:00:00', catchUp: 'keep_all' } as const
  expect(after('FREQ=HOURLY', '2001-01-01T09:00:00', done)).toBe('2026-03-05T07:00:00')
  expect(after('FREQ=DAILY', '2001-01-01T09:00:00', done)).toBe('2026-02-05T09:00:00')
})

test('after completion the rule begins anew on the day of completion, at its own time of day', () => {
  const mode = 'after_completion'
  expect(after('FREQ=DAILY;INTERVAL=3', '2026-03-01T09:00:00', { ...missed, mode })).toBe('2026-03-09T09:00:00')
  expect(after('FREQ=MONTHLY', '2026-01-31', { occurrence: '2026-01-31', now: '2026-01-31T10:00:00', mode })).toBe(
    '2026-03-31',
  )
  expect(
    after('FREQ=MONTHLY;BYMONTHDAY=1', '2026-01-01', { occurrence: '2026-02-01', now: '2026-03-05T10:00:00', mode }),
  ).toBe('2026-04-01')
  expect(after('FREQ=HOURLY;INTERVAL=8', '2026-03-01T09:00:00', { ...missed, now: '2026-03-06T12:34:56', mode })).toBe(
    '2026-03-06T20:34:00',
  )
})

test('after completion the next occurrence is later than the one that is done, however early it was done', () => {
  const done = { occurrence: '2026-03-05', now: '2026-03-02T10:00:00', mode: 'after_completion' } as const
  expect(after('FREQ=DAILY;INTERVAL=3', '2026-03-01', done)).toBe('2026-03-08')
})

test('a series ends with its last occurrence', () => {
  expect(
    after('FREQ=DAILY;COUNT=2', '2026-03-01', { occurrence: '2026-03-02', now: '2026-03-02T10:00:00', made: 2 }),
  ).toBeNull()
  expect(
    after('FREQ=DAILY;COUNT=2', '2026-03-01', {
      occurrence: '2026-03-05',
      now: '2026-03-05T10:00:00',
      made: 2,
      mode: 'after_completion',
    }),
  ).toBeNull()
  expect(
    after('FREQ=DAILY;UNTIL=20260303', '2026-03-01', {
      occurrence: '2026-03-02',
      now: '2026-03-09T10:00:00',
      catchUp: 'skip_missed',
    }),
  ).toBeNull()
  expect(
    after('FREQ=DAILY;UNTIL=20260303', '2026-03-01', { occurrence: '2026-03-01', now: '2026-03-09T10:00:00' }),
  ).toBe('2026-03-03')
})
