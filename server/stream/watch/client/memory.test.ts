import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leftAt, parsePositions, parseVolume } from './memory.ts'

test('a video left in its middle is remembered, in whole seconds', () => {
  expect(leftAt({}, 'a', 61.8, 600)).toEqual({ a: 61 })
})

test('a video left near its start or its end begins anew', () => {
  expect(leftAt({ a: 61 }, 'a', 4, 600)).toEqual({})
  expect(leftAt({ a: 61 }, 'a', 590, 600)).toEqual({})
})

test('only the last hundred are kept', () => {
  const ids = Array.from({ length: 150 }, (_, index) => `video-${index}`)
  const kept = ids.reduce((positions, id) => leftAt(positions, id, 60, 600), {})
  expect(Object.keys(kept)).toEqual(ids.slice(50))
})

test('whatever lies in the storage, reading it gives positions or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) =>
      Object.values(parsePositions(text)).every((seconds) => Number.isFinite(seconds) && seconds >= 0),
    ),
  )
  expect(parsePositions('{"a":60,"b":"x","c":-1}')).toEqual({ a: 60 })
})

test('a volume is read only when it is one', () => {
  expect(parseVolume('{"volume":0.4,"muted":true}')).toEqual({ volume: 0.4, muted: true })
  expect([null, '', '{}', '{"volume":7}', '[]', 'null'].map(parseVolume)).toEqual(Array.from({ length: 6 }, () => null))
})
