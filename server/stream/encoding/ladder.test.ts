import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { videoLadder } from './ladder.ts'

const sizes = (width: number, height: number): string[] =>
  videoLadder(width, height, rational(30)).map((rung) => `${rung.name} ${rung.width}x${rung.height}`)

test.each([
  [
    'a full HD picture',
    1920,
    1080,
    ['1080p 1920x1080', '720p 1280x720', '480p 854x480', '360p 640x360', '240p 426x240', '144p 256x144'],
  ],
  [
    'an upright one',
    1080,
    1920,
    ['1080p 1080x1920', '720p 720x1280', '480p 480x854', '360p 360x640', '240p 240x426', '144p 144x256'],
  ],
  [
    'a wide film',
    1920,
    800,
    ['1080p 1920x800', '720p 1280x534', '480p 854x356', '360p 640x266', '240p 426x178', '144p 256x106'],
  ],
  ['a square', 600, 600, ['720p 600x600', '480p 480x480', '360p 360x360', '240p 240x240', '144p 144x144']],
  [
    'a size just over a step',
    1366,
    768,
    ['720p 1280x720', '480p 854x480', '360p 640x360', '240p 426x240', '144p 256x144'],
  ],
  ['a small picture', 320, 180, ['240p 320x180', '144p 256x144']],
  ['a picture a pixel over the lowest step', 427, 240, ['240p 426x240', '144p 256x144']],
  ['odd sides', 501, 283, ['360p 500x282', '240p 424x240', '144p 254x144']],
  ['a single pixel', 1, 1, ['144p 16x16']],
])('%s gets the rungs that fit it', (_, width, height, expected) => {
  expect(sizes(width, height)).toEqual(expected)
})

test('every ladder is even, falling, never scaled up and ends with a rung for slow lines', () => {
  const side = fc.integer({ min: 16, max: 8192 })
  fc.assert(
    fc.property(side, side, fc.constantFrom(24, 30, 60), (width, height, rate) => {
      const rungs = videoLadder(width, height, rational(rate))
      expect(rungs.length).toBeGreaterThan(0)
      expect(new Set(rungs.map((rung) => rung.name)).size).toBe(rungs.length)
      for (const [index, rung] of rungs.entries()) {
        expect([rung.width % 2, rung.height % 2]).toEqual([0, 0])
        expect(rung.width).toBeLessThanOrEqual(Math.max(16, width))
        expect(rung.height).toBeLessThanOrEqual(Math.max(16, height))
        const above = rungs[index - 1]
        if (above !== undefined) {
          expect(rung.width * rung.height).toBeLessThanOrEqual(above.width * above.height)
          expect(rung.maxBitrateBps).toBeLessThanOrEqual(above.maxBitrateBps)
        }
      }
      expect(rungs.at(-1)?.maxBitrateBps).toBe(112_000)
    }),
  )
})

test.each([
  [1920, 1080, 30, 40],
  [1920, 1080, 60, 42],
  [1280, 720, 30, 31],
  [3840, 2160, 30, 51],
  [3840, 2160, 60, 52],
  [426, 240, 30, 21],
])('the top rung of %i × %i at %i frames a second is of level %i', (width, height, rate, level) => {
  expect(videoLadder(width, height, rational(rate))[0]?.level).toBe(level)
})
