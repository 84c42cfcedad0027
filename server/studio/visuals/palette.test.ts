import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moodOf } from '../direction/mood.ts'
import { contrastOf, luminanceOf, rgbOf } from './colour.ts'
import { paletteOf } from './palette.ts'

test('letters can be read on every ground of every palette, and figures are seen', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 30 }), (seed, scene) => {
      const palette = paletteOf(seed, moodOf(seed), scene)
      for (const ground of [palette.base, palette.veil]) expect(contrastOf(palette.ink, ground)).toBeGreaterThan(9)
      for (const ground of palette.drift) expect(contrastOf(palette.ink, ground)).toBeGreaterThan(4.5)
      expect(contrastOf(palette.accent, palette.base)).toBeGreaterThan(2.4)
    }),
  )
})

test('OKLCH becomes the colours that are known for it', () => {
  const rounded = (l: number, c: number, h: number) => rgbOf({ l, c, h }).map(Math.round)
  expect(rounded(1, 0, 0)).toEqual([255, 255, 255])
  expect(rounded(0, 0, 0)).toEqual([0, 0, 0])
  expect(rounded(0.62796, 0.25768, 29.234)).toEqual([255, 0, 0])
  expect(rounded(0.45201, 0.31321, 264.052)).toEqual([0, 0, 255])
})

test('a colour that no screen shows keeps its lightness', () => {
  const grey = luminanceOf(rgbOf({ l: 0.7, c: 0, h: 0 }))
  for (const h of [0, 90, 180, 270])
    expect(Math.abs(luminanceOf(rgbOf({ l: 0.7, c: 0.4, h })) - grey)).toBeLessThan(0.09)
})

test('contrast is that of WCAG', () => {
  expect(contrastOf([255, 255, 255], [0, 0, 0])).toBeCloseTo(21, 5)
  expect(contrastOf([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2)
})
