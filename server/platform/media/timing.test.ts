import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rational, toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { STANDARD_RATES, approximate, frameTiming } from './timing.ts'

const timesAt = (
  rate: Rational,
  timeBase: Rational,
  frames: number,
  jitterTicks: (frame: number) => number = () => 0,
): Float64Array =>
  Float64Array.from({ length: frames }, (_, frame) =>
    Math.round((frame * rate.den * timeBase.den) / (rate.num * timeBase.num) + jitterTicks(frame)),
  )

test('every standard rate is recognised on clocks of milliseconds and of 90 kHz, over an hour', () => {
  const clocks = fc.constantFrom(rational(1, 1000), rational(1, 90_000), rational(1, 12_800))
  fc.assert(
    fc.property(
      fc.constantFrom(...STANDARD_RATES),
      clocks,
      fc.integer({ min: 60, max: 20_000 }),
      (rate, clock, frames) => {
        const timing = frameTiming(timesAt(rate, clock, frames), clock, [])
        expect(timing.isVariable).toBe(false)
        // A short film does not tell 29.97 from 30: any rate at which each frame has a slot will do.
        expect(Math.abs(toNumber(timing.frameRate) - toNumber(rate)) * frames).toBeLessThan(toNumber(rate))
      },
    ),
    { numRuns: 60 },
  )
  expect(
    frameTiming(timesAt(rational(30_000, 1001), rational(1, 1000), 108_000), rational(1, 1000), []).frameRate,
  ).toEqual(rational(30_000, 1001))
})

test('a constant rate that is no standard one is kept', () => {
  const clock = rational(1, 90_000)
  expect(frameTiming(timesAt(rational(15), clock, 500), clock, [])).toEqual({
    frameRate: rational(15),
    isVariable: false,
  })
  expect(frameTiming(timesAt(rational(1, 5), clock, 50), clock, [])).toEqual({
    frameRate: rational(1, 5),
    isVariable: false,
  })
})

test('times that shake by a third of a frame are still constant', () => {
  const clock = rational(1, 90_000)
  const timing = frameTiming(
    timesAt(rational(25), clock, 1000, (frame) => (frame * 997) % 1200),
    clock,
    [],
  )
  expect(timing).toEqual({ frameRate: rational(25), isVariable: false })
})

test('a gap makes a source variable and leaves it the rate of its frames', () => {
  const clock = rational(1, 1000)
  const times = timesAt(rational(30), clock, 300, (frame) => (frame >= 100 ? 2345 : 0))
  expect(frameTiming(times, clock, [])).toEqual({ frameRate: rational(30), isVariable: true })
})

test('a single frame has the rate that its container claims, when that makes sense', () => {
  expect(frameTiming(Float64Array.of(0), rational(1, 1000), [rational(90_000), rational(24)]).frameRate).toEqual(
    rational(24),
  )
  expect(frameTiming(Float64Array.of(0), rational(1, 1000), []).frameRate).toEqual(rational(25))
})

test('an approximation is near and its denominator small', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), (value) => {
      const near = approximate(value)
      expect(near.den).toBeLessThanOrEqual(1001)
      expect(Math.abs(toNumber(near) - value)).toBeLessThan(1 / 1001)
    }),
  )
})
