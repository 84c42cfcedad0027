import { expect, test } from 'vitest'
import { minutesByClock, remainingMs } from './timer.ts'

const at = (minutes: number): Date => new Date(Date.UTC(2026, 10, 21, 12, 0, 0) + minutes * 60_000)

test.each([
  ['just begun', 0, null, 25 * 60_000],
  ['halfway', 12.5, null, 12.5 * 60_000],
  ['rung', 25, null, 0],
  ['long over', 300, null, 0],
  ['ended before it rang', 10, at(9), 0],
])('a timer that has %s', (_, minutes, finishedAt, left) => {
  expect(remainingMs({ startedAt: at(0), endsAt: at(25), finishedAt }, at(minutes))).toBe(left)
})

test.each([
  ['seconds', 0.4, 0],
  ['half a minute', 0.5, 1],
  ['ten minutes and a bit', 10.3, 10],
  ['all of it', 25, 25],
  ['a night, for it was forgotten', 600, 25],
  ['less than nothing, for the clock was set back', -3, 0],
])('of %s counts in whole minutes', (_, minutes, counted) => {
  expect(minutesByClock(at(0), at(minutes), 25)).toBe(counted)
})
