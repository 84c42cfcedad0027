import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refound } from './refound.ts'

const NOW = { timeZone: 'Europe/Lisbon', locale: 'en-GB', now: new Date('2026-11-21T12:00:00Z') }
const task = (
  quote: string,
  fields: { field: 'due' | 'person' | 'priority' | 'estimateMinutes'; quote: string; value: string }[] = [],
) => ({
  ...{ quote, fields, confidence: 1 },
})

test('quotes are found in their order, whatever blanks stand between their words, and never twice in one place', () => {
  const text = 'Call mum. Buy  milk\nand eggs. Call mum.'
  const found = refound(text, [task('Call mum'), task('Buy milk and eggs'), task('Call mum')], NOW)
  expect(found?.tasks.map(({ start, end, title }) => [start, end, title])).toEqual([
    [0, 8, 'Call mum'],
    [10, 28, 'Buy milk'],
    [30, 38, 'Call mum'],
  ])
  expect(refound(text, [task('Call mum'), task('Call mum'), task('Call mum')], NOW)).toBeNull()
  expect(refound(text, [task('call mum')], NOW)).toBeNull()
})

test('what the rules read in a quote counts more than what a model says of it', () => {
  const text = 'Pay rent tomorrow, 20 minutes, by the feast of Saint Martin'
  const due = (quote: string, value: string) =>
    refound(text, [task(text, [{ field: 'due', quote, value }])], NOW)?.tasks[0]?.fields
  expect(due('tomorrow', '2030-01-01')).toMatchObject([{ field: 'due', value: '2026-11-22' }])
  expect(due('the feast of Saint Martin', '2027-11-11')).toMatchObject([{ value: '2027-11-11', start: 34, end: 59 }])
  expect(due('the feast of Saint Martin', '2027-02-30')).toBeUndefined()
  expect(due('the feast of Saint Martin', 'soon')).toBeUndefined()
})

test('whatever is pointed to, no character is lost and none is in two places', () => {
  const words = fc.array(fc.constantFrom('call', 'mum', 'and', 'milk', '(a+)*', '[', '\n', '🐈', 'by Friday,'), {
    maxLength: 30,
  })
  const cuts = fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 6 })
  fc.assert(
    fc.property(words, cuts, (parts, ends) => {
      const text = parts.join(' ')
      const quotes = ends
        .map(([one, other]) => text.slice(Math.min(one, other), Math.max(one, other)))
        .filter((quote) => quote.trim() !== '')
      const found = refound(
        text,
        quotes.map((quote) => task(quote)),
        NOW,
      )
      if (found === null) return
      const spans = [...found.tasks, ...found.rest].toSorted((one, other) => one.start - other.start)
      for (const [n, { start }] of spans.entries()) expect(start).toBeGreaterThanOrEqual(spans[n - 1]?.end ?? 0)
      const kept = spans.map(({ start, end }) => text.slice(start, end)).join('')
      expect(kept.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
    }),
  )
})
