import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { planAudioCuts } from './audio.ts'

const rates = fc.constantFrom(8000, 44_100, 48_000)

/** Ends of segments: whole frames of a real frame rate, each segment at least a quarter of a second. */
const boundaries = fc
  .tuple(
    fc.constantFrom([24_000, 1001], [25, 1], [30_000, 1001], [60, 1]),
    fc.array(fc.integer({ min: 15, max: 400 }), { minLength: 1, maxLength: 30 }),
  )
  .map(([[num = 1, den = 1], lengths]) => {
    let frames = 0
    return lengths.map((length) => rational((frames += length) * den, num))
  })

test('sound lasts as long as the picture, to half a sample', () => {
  fc.assert(
    fc.property(boundaries, rates, (ends, rate) => {
      const { endFrames, lastFrameSamples } = planAudioCuts(ends, rate)
      const samples = ((endFrames.at(-1) ?? 0) - 1) * 1024 + lastFrameSamples
      const end = ends.at(-1) ?? rational(0)
      expect(Math.abs(samples - (end.num / end.den) * rate)).toBeLessThanOrEqual(0.5 + 1e-6)
      expect(lastFrameSamples).toBeGreaterThanOrEqual(1)
      expect(lastFrameSamples).toBeLessThanOrEqual(1024)
    }),
  )
})

test('every segment has frames and ends within half a frame of the picture where there is room', () => {
  fc.assert(
    fc.property(boundaries, rates, (ends, rate) => {
      const { endFrames } = planAudioCuts(ends, rate)
      expect(endFrames).toHaveLength(ends.length)
      for (const [index, end] of endFrames.slice(0, -1).entries()) {
        expect(end).toBeGreaterThan(endFrames[index - 1] ?? 0)
        const wanted = (((ends[index]?.num ?? 0) / (ends[index]?.den ?? 1)) * rate) / 1024
        // The boundary itself is first rounded to a sample: half a sample more.
        expect(Math.abs(end - wanted)).toBeLessThanOrEqual(0.5 + 0.5 / 1024 + 1e-9)
      }
    }),
  )
})

test('a last segment of one picture frame still has sound', () => {
  const { endFrames, lastFrameSamples } = planAudioCuts([rational(6), rational(361, 60)], 48_000)
  expect(endFrames).toEqual([281, 283])
  expect(lastFrameSamples).toBe(288_800 - 282 * 1024)
  expect(planAudioCuts([rational(1024, 48_000), rational(1025, 48_000)], 48_000).endFrames).toEqual([1, 2])
})

test('boundaries that do not rise, or leave no frame for a segment, are refused', () => {
  expect(() => planAudioCuts([], 48_000)).toThrow(RangeError)
  expect(() => planAudioCuts([rational(6), rational(6)], 48_000)).toThrow(RangeError)
  expect(() => planAudioCuts([rational(1, 100), rational(1, 90)], 48_000)).toThrow(RangeError)
})
