import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentRange, parseRange } from './range.ts'

const range = (start: number, end: number) => ({ kind: 'range', range: { start, end } })

test.each([
  ['bytes=0-', range(0, 999)],
  ['bytes=0-0', range(0, 0)],
  ['bytes=-1', range(999, 999)],
  ['bytes=-5000', range(0, 999)],
  ['bytes=990-2000', range(990, 999)],
  ['Bytes = 5-9', range(5, 9)],
])('%s of 1000 bytes is one range', (header, expected) => {
  expect(parseRange(header, 1000)).toEqual(expected)
})

test.each([
  'bytes=5-2',
  'bytes=1000-',
  'bytes=-0',
  'bytes=-',
  'bytes=',
  'bytes=a-b',
  'bytes=0-1,2-3',
  'bytes=1e3-',
  'bytes=--1',
])('%s of 1000 bytes cannot be had', (header) => {
  expect(parseRange(header, 1000)).toEqual({ kind: 'unsatisfiable' })
})

test('a thousand ranges are refused, not answered in a thousand parts', () => {
  const header = `bytes=${Array.from({ length: 1000 }, (_, index) => `${index}-${index}`).join(',')}`
  expect(parseRange(header, 1000)).toEqual({ kind: 'unsatisfiable' })
})

test.each([undefined, 'seconds=1-2', 'bites=0-'])('%s asks for everything', (header) => {
  expect(parseRange(header, 1000)).toEqual({ kind: 'whole' })
})

test('an empty object has no range', () => {
  for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) {
    expect(parseRange(header, 0)).toEqual({ kind: 'unsatisfiable' })
  }
})

test('whatever is asked, a range lies within the object', () => {
  const headers = fc.oneof(
    fc.tuple(fc.nat(), fc.nat()).map(([first, last]) => `bytes=${first}-${last}`),
    fc.string().map((text) => `bytes=${text}`),
  )
  fc.assert(
    fc.property(headers, fc.nat(), (header, sizeBytes) => {
      const parsed = parseRange(header, sizeBytes)
      if (parsed.kind !== 'range') return
      expect(parsed.range.start).toBeGreaterThanOrEqual(0)
      expect(parsed.range.end).toBeGreaterThanOrEqual(parsed.range.start)
      expect(parsed.range.end).toBeLessThan(sizeBytes)
    }),
  )
  expect(contentRange({ start: 0, end: 99 }, 1000)).toBe('bytes 0-99/1000')
})
