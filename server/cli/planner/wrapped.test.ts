import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellsOf, wrapped } from './wrapped.ts'

const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

test.each([
  ['harbour', 7],
  ['', 0],
  [`${RED}urgent${PLAIN}`, 6],
  ['👩‍🚀', 2],
  ['❤️', 2],
  ['1', 1],
  ['e\u0301', 1],
  ['港で撮る', 8],
  ['שלום', 4],
])('%j takes %i cells', (text, cells) => {
  expect(cellsOf(text)).toBe(cells)
})

test('a long line is broken between words, and goes on below where it began', () => {
  expect(wrapped('○ film the boats of the old harbour  today', 24, 2)).toBe(
    '○ film the boats of the\n  old harbour  today',
  )
})

test('a word that is longer than a line is broken within, and no sign of it is lost', () => {
  const lines = wrapped(`+ ${'x'.repeat(60)}  ${RED}today${PLAIN}`, 25, 2).split('\n')
  expect(lines.map(cellsOf).every((cells) => cells <= 25)).toBe(true)
  expect(lines.join('').replaceAll(/[^x]/g, '')).toHaveLength(60)
  expect(lines.at(-1)).toContain(`${RED}today${PLAIN}`)
})

test('a line that fits, or that no terminal shows, stays as it is', () => {
  expect(wrapped('+ oil the bicycle  today', 24, 2)).toBe('+ oil the bicycle  today')
  expect(wrapped('x'.repeat(300), null, 2)).toBe('x'.repeat(300))
  expect(wrapped('x'.repeat(300), 5, 2)).toBe('x'.repeat(300))
})

test('whatever is written, no line is too long and no word is lost', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', ' ', ' ', '港', '👩‍🚀', 'e\u0301', `${RED}r${PLAIN}`),
    maxLength: 200,
  })
  fc.assert(
    fc.property(texts, fc.integer({ min: 20, max: 60 }), (text, columns) => {
      const lines = wrapped(text, columns, 4).split('\n')
      for (const line of lines) expect(cellsOf(line)).toBeLessThanOrEqual(columns)
      const letters = (of: string): string => of.replaceAll(/\s+/g, '')
      expect(letters(lines.join(''))).toBe(letters(text))
    }),
  )
})
