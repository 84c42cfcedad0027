import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RANDOM_BYTES, codeAsTyped, codeFor } from './code.ts'
import { dayAfter } from './days.ts'

const random = fc.uint8Array({ minLength: RANDOM_BYTES, maxLength: RANDOM_BYTES })

test.each([
  ['Homework', 'HOMEWORK'],
  ['  épisode n° 4', 'EPISODE'],
  ['Überlebenskünstlerinnen', 'UBERLEBENSKU'],
  ['撮影', 'TEMPLATE'],
  ['a b c', 'TEMPLATE'],
  ['4K grading', '4K'],
])('a code begins with the first word of %j', (name, word) => {
  expect(codeFor(name, new Uint8Array(RANDOM_BYTES))).toBe(`${word}-0000-0000`)
})

test('a code is read however it is typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), random, (name, bytes) => {
      const code = codeFor(name, bytes)
      expect(code).toMatch(/^[A-Z0-9]{1,12}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
      for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), code.replaceAll('-', ''), ` ${code} `])
        expect(codeAsTyped(typed)).toBe(code)
      const [word, ...rest] = code.split('-')
      const misread = rest.join('').replaceAll('0', 'o').replaceAll('1', 'l')
      expect(codeAsTyped(`${word}-${misread}`)).toBe(code)
    }),
  )
})

test.each(['', '-', 'A7B2', 'HOMEWORK-A7B2-K9Q!', 'HOMEWORK-A7B2-K9QU', 'ABCDEFGHIJKLM-A7B2-K9QX'])(
  '%j is no code',
  (typed) => {
    expect(codeAsTyped(typed)).toBe(null)
  },
)

test('each letter of the random part is drawn from all 32', () => {
  const letters = new Set(Array.from({ length: 256 }, (_, byte) => codeFor('x', new Uint8Array(8).fill(byte)).at(-1)))
  expect(letters.size).toBe(32)
})

test('days are counted by the calendar, over ends of months, leap days and changes of the clock', () => {
  expect(dayAfter('2028-02-28', 1)).toBe('2028-02-29')
  expect(dayAfter('2027-02-28', 1)).toBe('2027-03-01')
  expect(dayAfter('2026-12-31', 365)).toBe('2027-12-31')
  expect(dayAfter('2026-03-28', 2)).toBe('2026-03-30')
  expect(dayAfter('9999-12-31', 0)).toBe('9999-12-31')
  expect(dayAfter('9999-12-31', 1)).toBe(null)
})
