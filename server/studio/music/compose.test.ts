import { expect, test } from 'vitest'
import { moodOf } from '../direction/mood.ts'
import { compose } from './compose.ts'
import { DUCKED, duckingOf } from './room.ts'
import { SAMPLES_PER_FRAME } from './tone.ts'

const request = (seed: number, totalFrames = 240) => {
  const mood = moodOf(seed)
  const bar = mood.framesPerBeat * 4
  return { seed, mood, totalFrames, sceneStarts: [0, bar, 2 * bar], speech: [[80, 130]] as const }
}

const peakOf = (samples: Float32Array) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

test('the bed has exactly the length of the film, neither clips nor clicks, and ends in silence', () => {
  for (const seed of [1, 2, 3, 4]) {
    const { left, right } = compose(request(seed))
    for (const channel of [left, right]) {
      expect(channel).toHaveLength(240 * SAMPLES_PER_FRAME)
      expect(peakOf(channel)).toBeGreaterThan(0.1)
      expect(peakOf(channel)).toBeLessThanOrEqual(0.72)
      expect(Math.abs(channel[0] ?? 1)).toBeLessThan(1e-3)
      expect(peakOf(channel.subarray(-480))).toBeLessThan(5e-3)
      let steepest = 0
      for (let at = 1; at < channel.length; at += 1)
        steepest = Math.max(steepest, Math.abs((channel[at] ?? 0) - (channel[at - 1] ?? 0)))
      expect(steepest).toBeLessThan(0.25)
    }
  }
})

test('the same seed plays the same, another one something else', () => {
  const [first, again, other] = [compose(request(5, 90)), compose(request(5, 90)), compose(request(6, 90))]
  expect(again.left).toEqual(first.left)
  expect(other.left).not.toEqual(first.left)
})

test('the bed makes room before a voice begins, stays low while it speaks and in short pauses, and comes back', () => {
  const gains = duckingOf(48_000 * 6, [
    [48_000, 96_000],
    [105_600, 144_000],
  ])
  const at = (seconds: number) => gains[Math.round(seconds * 48_000)] ?? 0
  expect(at(0.5)).toBe(1)
  for (const seconds of [1, 1.5, 2, 2.3, 2.9]) expect(at(seconds)).toBeCloseTo(DUCKED, 3)
  expect(at(2.1)).toBeLessThan(0.45)
  expect(at(4)).toBe(1)
})
