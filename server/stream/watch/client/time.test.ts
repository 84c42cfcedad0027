import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatClock, framesPerSecond, isoDuration, parseStart, stepTime } from './time.ts'

test('a start time is read in every way that people write it', () => {
  expect(['90', '90s', '1m30s', '1:30', '01:30', '0:90', '90.7'].map(parseStart)).toEqual([90, 90, 90, 90, 90, 90, 90])
  expect(['1h2m3s', '1:02:03', '1h', '2m'].map(parseStart)).toEqual([3723, 3723, 3600, 120])
})

test('what is no time is no start', () => {
  expect([null, '', '-5', 'abc', '1e9', 'Infinity', '99999999999', '1:2:3:4', ' '].map(parseStart)).toEqual(
    Array.from({ length: 9 }, () => null),
  )
})

test('any whole second survives being written as a clock and read again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_599_999 }), (seconds) => parseStart(formatClock(seconds)) === seconds),
  )
})

test('any text at all is either null or a time that is not negative', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const start = parseStart(text)
      return start === null || (Number.isSafeInteger(start) && start >= 0)
    }),
  )
})

test('a clock of nonsense is zero', () => {
  expect([Number.NaN, -1, Infinity].map(formatClock)).toEqual(['0:00', '0:00', '0:00'])
})

test('a duration is written as ISO 8601 has it', () => {
  expect(isoDuration(62_500)).toBe('PT62.5S')
})

test('a frame rate is read from its fraction, and 25 stands in for one that cannot be read', () => {
  expect(framesPerSecond('30000/1001')).toBeCloseTo(29.97, 2)
  expect([null, '', '0/0', 'x', '25', '1/0'].map(framesPerSecond)).toEqual([25, 25, 25, 25, 25, 25])
})

test('a step lands inside the next frame, and a step back undoes it', () => {
  const rates = fc.constantFrom(24_000 / 1001, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), rates, (frame, rate) => {
      const next = stepTime(frame / rate, rate, 1)
      return Math.floor(next * rate) === frame + 1 && Math.floor(stepTime(next, rate, -1) * rate) === frame
    }),
  )
})

test('there is no step before the first frame', () => {
  expect(stepTime(0, 25, -1)).toBe(0.02)
})
