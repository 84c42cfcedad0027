import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chanceOf, seedOf } from './chance.ts'
import { LEAST_FRAMES, type Spoken, planFilm } from './plan.ts'

const spokenLines = fc
  .array(
    fc.record({
      role: fc.constantFrom('opening', 'words', 'words', 'ask', 'invitation'),
      paragraph: fc.integer({ min: 0, max: 3 }),
      continues: fc.boolean(),
      durationMs: fc.double({ min: 1, max: 9_000, noNaN: true }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((lines) => lines as Spoken[])

test('every plan is exact: scenes join on beats, lines are in order and apart, the whole is their sum', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), spokenLines, (seed, spoken) => {
      const plan = planFilm(seed, spoken)
      const beat = plan.mood.framesPerBeat
      let frame = 0
      for (const scene of plan.scenes) {
        expect(scene.startFrame).toBe(frame)
        expect(scene.startFrame % beat).toBe(0)
        expect(scene.endFrame).toBeGreaterThan(scene.startFrame)
        frame = scene.endFrame
      }
      expect(frame).toBe(plan.totalFrames)
      expect(frame % beat).toBe(0)
      expect(frame).toBeGreaterThanOrEqual(LEAST_FRAMES)
      expect(plan.lines.map(({ line }) => line)).toEqual(spoken.map((_, index) => index))
      let free = 0
      for (const { line, startFrame, endFrame } of plan.lines) {
        expect(startFrame).toBeGreaterThanOrEqual(free)
        expect((endFrame - startFrame) * (1000 / 30)).toBeGreaterThanOrEqual(spoken[line]?.durationMs ?? 0)
        if (spoken[line]?.continues !== true) {
          expect(startFrame % beat, `line ${line} follows a beat`).toBe(1)
        }
        free = endFrame
      }
      expect(free).toBeLessThan(plan.totalFrames)
      // Each line belongs to the scene in which it begins.
      for (const scene of plan.scenes) {
        for (const line of scene.lines) {
          const start = plan.lines[line]?.startFrame ?? -1
          expect(start >= scene.startFrame && start < scene.endFrame).toBe(true)
        }
      }
      expect(plan.scenes.flatMap(({ lines }) => lines)).toEqual(spoken.map((_, index) => index))
      expect(planFilm(seed, spoken)).toEqual(plan)
    }),
  )
})

test('one word is a film of twenty seconds and not much more', () => {
  const plan = planFilm(7, [{ role: 'words', paragraph: 0, continues: false, durationMs: 640 }])
  expect(plan.totalFrames).toBeGreaterThanOrEqual(600)
  expect(plan.totalFrames).toBeLessThan(700)
  expect(plan.scenes.length).toBeGreaterThan(1)
})

test('films with other ids have other moods, tempos and tones', () => {
  const spoken: Spoken[] = [{ role: 'words', paragraph: 0, continues: false, durationMs: 3_000 }]
  const moods = Array.from({ length: 60 }, (_, index) => planFilm(seedOf(`film ${index}`), spoken).mood)
  expect(new Set(moods.map(({ name }) => name)).size).toBe(6)
  expect(new Set(moods.map((mood) => JSON.stringify(mood))).size).toBe(60)
})

test('chance is spread evenly and is the same each time', () => {
  const chance = chanceOf(1, 'a')
  const drawn = Array.from({ length: 6_000 }, () => chance.whole(0, 5))
  for (let face = 0; face < 6; face += 1) {
    const count = drawn.filter((number) => number === face).length
    expect(Math.abs(count - 1_000)).toBeLessThan(120)
  }
  const again = chanceOf(1, 'a')
  expect(drawn.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => again.whole(0, 5)))
})
