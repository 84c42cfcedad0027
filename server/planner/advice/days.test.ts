import { expect, test } from 'vitest'
import { daysUntil } from './days.ts'

test.each([
  // A day in Lisbon ends at midnight there: this one is the 30th.
  ['2026-11-30T23:00:00Z', '2026-12-01T00:00:00Z', 'Europe/Lisbon', 0],
  ['2026-11-30T12:00:00Z', '2026-12-02T00:00:00Z', 'Europe/Lisbon', 1],
  ['2026-11-30T12:00:00Z', '2026-11-29T00:00:00Z', 'UTC', -2],
  // Already tomorrow in Auckland.
  ['2026-11-30T12:00:00Z', '2026-11-30T13:00:00Z', 'Pacific/Auckland', 0],
  ['2026-11-30T10:30:00Z', '2026-11-30T12:00:00Z', 'Pacific/Auckland', 1],
  // The night in which the clocks go forward.
  ['2026-03-28T23:30:00Z', '2026-03-29T22:00:00Z', 'Europe/Berlin', 0],
])('from %s to %s in %s are %i days', (now, dueBy, timeZone, days) => {
  expect(daysUntil(new Date(dueBy), new Date(now), timeZone)).toBe(days)
})

test('without a due time there are none', () => {
  expect(daysUntil(null, new Date('2026-11-30T12:00:00Z'), 'UTC')).toBeNull()
})
