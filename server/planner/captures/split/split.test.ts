import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { labelledDumps } from '../fixtures/dumps.ts'
import { type Kind, measured, precision, recall } from '../fixtures/measure.ts'
import type { Moment } from './dates.ts'
import { questionsAbout } from './questions.ts'
import { splitDump } from './split.ts'

const moment: Moment = { timeZone: 'Europe/London', locale: 'en-GB', now: new Date('2026-11-25T10:00:00Z') }

const split = (text: string) =>
  splitDump(text, moment).tasks.map(({ title, fields }) => [
    title,
    Object.fromEntries(fields.map(({ field, value }) => [field, value])),
  ])

describe('a dump without a model', () => {
  test.each<[string, [string, object][]]>([
    [
      'call mum and email the sponsor about the contract',
      [
        ['Call mum', { person: 'mum' }],
        ['Email the sponsor about the contract', {}],
      ],
    ],
    [
      'I need to renew the passport by 2 February, it is urgent. I slept badly.',
      [['Renew the passport', { due: '2027-02-02', priority: 4 }]],
    ],
    [
      '- [ ] cut the trailer\n- [x] export it\n- haircut',
      [
        ['Cut the trailer', {}],
        ['Haircut', {}],
      ],
    ],
    [
      'gotta do groceries gotta pay rent tomorrow',
      [
        ['Do groceries', {}],
        ['Pay rent', { due: '2026-11-26' }],
      ],
    ],
    [
      'milk, eggs, bread, ask Jonas for the key',
      [
        ['Milk, eggs, bread', {}],
        ['Ask Jonas for the key', { person: 'Jonas' }],
      ],
    ],
    [
      'critical: rotate the key. draft the script for 30 minutes',
      [
        ['Rotate the key', { priority: 4 }],
        ['Draft the script for 30 minutes', { estimateMinutes: 30 }],
      ],
    ],
  ])('%j', (text, tasks) => {
    expect(split(text)).toEqual(tasks)
  })

  test.each([
    'it rained and I was sad',
    'what if the channel had a second host?',
    'Today I finally finished the edit. It took six hours.',
    '',
    ' \n\t',
    '!!! ... ???',
  ])('of %j finds nothing to do', (text) => {
    expect(splitDump(text, moment).tasks).toEqual([])
  })

  test('may be as long as a capture and as odd as one likes, and is answered at once', () => {
    for (const piece of ['a,', 'and ', 'call Ann and ', '1. ', '@a ', 'by the 3rd ', '((((', 'i need to '] as const) {
      const text = piece.repeat(Math.floor(20_000 / piece.length))
      const { tasks } = splitDump(text, moment)
      expect(tasks.length).toBeLessThanOrEqual(200)
    }
  })
})

const words = fc.constantFrom(
  ...[
    'call',
    'and',
    'buy',
    'milk',
    'Ana',
    '@kim',
    'tomorrow',
    'by friday',
    'urgent',
    'because',
    'i need to',
    'the',
    'script',
    'is',
    'so',
  ],
  ...[
    '- ',
    '1. ',
    '2) ',
    '[x] ',
    '\n',
    '\r\n',
    ', ',
    '. ',
    ': ',
    '; ',
    '!!!',
    '? ',
    ' / ',
    '10 min',
    'on the 30th',
    '🐈',
    'ß',
    'é',
    '\u2028',
    'don’t forget',
  ],
)
const dumps = fc.oneof(
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

test('every character that is no blank stands in exactly one task or rest, and fields stand in their task', () => {
  fc.assert(
    fc.property(dumps, (text) => {
      const { tasks, rest } = splitDump(text, moment)
      const spans = [...tasks, ...rest].toSorted((a, b) => a.start - b.start)
      const kept = spans.map(({ start, end }) => text.slice(start, end)).join('')
      expect(kept.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
      for (const [n, span] of spans.entries()) expect(span.start).toBeGreaterThanOrEqual(spans[n - 1]?.end ?? 0)
      for (const task of tasks) {
        expect(task.title.trim()).not.toBe('')
        for (const field of task.fields) {
          expect(field.start).toBeGreaterThanOrEqual(task.start)
          expect(field.end).toBeLessThanOrEqual(task.end)
          expect(field.end).toBeGreaterThan(field.start)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('no word of a task is lost: its title or its notes hold it', () => {
  fc.assert(
    fc.property(dumps, (text) => {
      for (const { title, notes, start, end } of splitDump(text, moment).tasks) {
        const held = `${title} ${notes}`.toLowerCase()
        for (const word of text.slice(start, end).toLowerCase().split(/\s+/)) expect(held).toContain(word)
      }
    }),
  )
})

describe('questions about a dump', () => {
  const ask = (text: string, max: number) => questionsAbout(splitDump(text, moment).tasks, moment, max)

  test('are asked of what is doubtful or missing, and no more than wanted', () => {
    const text = 'okay. dishes. taxes. call the bank about the card, urgent. clean the lens this month'
    const all = ask(text, 20)
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(['0.isTask', '0.title', '2.due', '3.due']))
    expect(all.find(({ id }) => id === '2.due')).toMatchObject({ why: 'missing' })
    expect(all.find(({ id }) => id === '3.due')?.suggestions[0]).toEqual({ label: '2026-11-30', value: '2026-11-30' })
    expect(ask(text, 2)).toEqual(all.slice(0, 2))
    expect(ask(text, 0)).toEqual([])
  })

  test('are not asked of what is plain', () => {
    expect(ask('Call Ana on Friday about the contract', 5)).toEqual([])
  })
})

/** Floors a little below what is reached on the half that the splitter was not written with: docs/captures.md. */
const FLOORS: Record<Kind, readonly [precision: number, recall: number]> = {
  tasks: [0.8, 0.81],
  dates: [0.8, 0.78],
  people: [0.64, 0.73],
  priorities: [0.74, 0.6],
  titles: [0.92, 0.92],
}

test('of the half that was held back it finds what it should', ({ annotate }) => {
  const scores = measured(
    labelledDumps('held-back').map((dump) => ({ dump, split: splitDump(dump.text, dump.moment) })),
  )
  for (const [kind, score] of Object.entries(scores)) {
    const [p, r] = FLOORS[kind as Kind]
    const told = `${kind}: precision ${precision(score).toFixed(3)}, recall ${recall(score).toFixed(3)} (${score.right} of ${score.found} found and ${score.labelled} labelled)`
    void annotate(told)
    expect(precision(score), told).toBeGreaterThanOrEqual(p)
    expect(recall(score), told).toBeGreaterThanOrEqual(r)
  }
})
