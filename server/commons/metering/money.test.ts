import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_MICROS, costMicros, isAmount } from './money.ts'

test.each([
  [0, 30_000_000, 0],
  [1, 150_000, 1],
  [1_000_000, 150_000, 150_000],
  [1_000_001, 150_000, 150_001],
  [90, 100_000_000, 9000],
  [1234, 0, 0],
  [Number.MAX_SAFE_INTEGER, MOST_MICROS, MOST_MICROS],
])('%i units at %i micros for a million cost %i micros', (units, perMillion, expected) => {
  expect(costMicros(units, perMillion)).toBe(expected)
})

test('what is paid for is never counted as free, nor one micro too much', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), fc.nat(200_000_000), (units, perMillion) => {
      const cost = costMicros(units, perMillion)
      const exact = (units * perMillion) / 1e6
      expect(isAmount(cost)).toBe(true)
      expect(cost).toBeGreaterThanOrEqual(Math.floor(exact))
      expect(cost).toBeLessThan(exact + 1 + exact * 1e-12)
      if (units > 0 && perMillion > 0) expect(cost).toBeGreaterThan(0)
    }),
  )
})

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, MOST_MICROS + 1])('%d is no amount', (micros) => {
  expect(isAmount(micros)).toBe(false)
})
