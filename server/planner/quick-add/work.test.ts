import { ParsingContext } from 'chrono-node'
import { Temporal } from 'temporal-polyfill'
import { afterEach, expect, test } from 'vitest'
import { foreignLanguages, foreignReader } from './foreign-readers.ts'
import { WINDOWS_MAX, windowsOf } from './languages.ts'
import { Line } from './line.ts'
import { parseQuickAdd, peopleCalled } from './parse.ts'
import { TEXT_LENGTH_MAX } from './schema.ts'

/*
 * What reading a line costs, counted rather than timed: how often words are asked for, and how often the calendar is. The
 * milliseconds of the same lines: `node bench/planner/quick-add.ts`.
 */

const options = { dialect: 'todoist', timeZone: 'Europe/Berlin', now: new Date('2026-11-21T09:30:00Z') } as const

/** What was found to cost the most of each kind, and what one would try. */
const dear = [
  ...[
    '!9am ',
    '!30 ',
    '!tomorrow 9am ',
    '{march 30} ',
    '{',
    '!',
    '+1h ',
    '+5d ',
    'in 3h ',
    'in 3h. ',
    'mar 3 ',
    '5pm ',
  ],
  ...['today ', 'friday, ', '27th at ', 'the 27th of january 2028 ', 'in may. ', '9 ', 'x ', '12/3 ', '2026-11-21 '],
  ...['every ', 'every feb 29 until yesterday ', 'every 5th monday until yesterday ', 'daily until today ', '1st and '],
  ...['every mon, ', 'weekly on mon, ', 'at 5 every ', '@1 ', '+a ', '#a ', '"', '"a" ', '«" “" ', '\\a ', '( ', '), '],
]

/** Undoes what counting changed. */
const undo: (() => void)[] = []
afterEach(() => {
  for (const back of undo.splice(0)) back()
})

/** Counts the calls of these methods from now on; asking how many there were begins anew. */
function count(of: object, names: readonly string[]): () => number {
  let calls = 0
  for (const name of names) {
    const method: (...given: unknown[]) => unknown = Reflect.get(of, name)
    Reflect.set(of, name, function counted(this: unknown, ...given: unknown[]) {
      calls += 1
      return method.apply(this, given)
    })
    undo.push(() => Reflect.set(of, name, method))
  }
  return () => {
    const told = calls
    calls = 0
    return told
  }
}

const methodsOf = (of: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(of)).flatMap(([name, { value }]) =>
    typeof value === 'function' && name !== 'constructor' ? [name] : [],
  )

/** What reading the dear lines asks for, each at this length: of words, and of the calendar. */
function workAt(length: number): { piece: string; asked: number; dated: number }[] {
  const questions = count(Line.prototype, ['low', 'lowAfterComma', 'isFree', 'ends', 'begins', 'stretch'])
  const { PlainDate, PlainTime, PlainDateTime, ZonedDateTime, Instant } = Temporal
  const kinds = [PlainDate, PlainTime, PlainDateTime, ZonedDateTime, Instant]
  const calendars = kinds.map(({ prototype }) => count(prototype, methodsOf(prototype)))
  return dear.map((piece) => {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
    peopleCalled(text, { ...options, locale: 'en-US' })
    parseQuickAdd(text, { ...options, locale: 'en-US' })
    return { piece, asked: questions(), dated: calendars.reduce((sum, calls) => sum + calls(), 0) }
  })
}

test('twice the line is by far not four times the work, and no line asks for more than a few looks at each character', () => {
  const half = workAt(TEXT_LENGTH_MAX / 2)
  for (const back of undo.splice(0)) back()
  for (const [index, { piece, asked, dated }] of workAt(TEXT_LENGTH_MAX).entries()) {
    const before = half[index] ?? { asked: 0, dated: 0 }
    expect(asked, piece).toBeLessThanOrEqual(3 * before.asked + 100)
    expect(asked, piece).toBeLessThanOrEqual(45 * TEXT_LENGTH_MAX)
    expect(dated, piece).toBeLessThanOrEqual(3 * before.dated + 100)
    expect(dated, piece).toBeLessThanOrEqual(0.6 * TEXT_LENGTH_MAX)
  }
})

test('the library of other languages is asked seldom, whatever parts a line', () => {
  for (const parting of ['), ', ' ("', '… ', '.\n\n', ' “x” ']) {
    const windows = windowsOf(new Line(`mot${parting}`.repeat(400), '#'))
    expect(windows.length, parting).toBeGreaterThan(0)
    expect(windows.length, parting).toBeLessThanOrEqual(WINDOWS_MAX)
  }
  expect(windowsOf(new Line('17:30. « ) 24 '.repeat(100), '#'))).toEqual([])
})

/** Lengths of time in a row, which the expressions of the library share out among their parts in very many ways. */
const rows = {
  ...{ ar: 'ساعة  ', de: '3 Std  ', es: '3 h  ', fi: '3 h  ', fr: '3 h  ', id: '3 jam  ', it: '17h  ', nl: '3 uur  ' },
  ...{ ru: '3 ч  ', sv: '3 tim  ', uk: 'год  ', vi: '3 giờ  ' },
}

test('no expression of the library looks for many lengths of time in a row, and rows of them are read like any text', () => {
  let bounded = 0
  for (const language of foreignLanguages) {
    const context = new ParsingContext('', options.now, { forwardDate: true })
    const sources = foreignReader(language)?.parsers.map((parser) => parser.pattern(context).source) ?? []
    expect(sources.length).toBeGreaterThan(0)
    for (const source of sources) {
      expect(source).not.toMatch(/\)\{\d*,(?:[2-9]|\d\d+)\}/)
      if (source.includes('){0,1}')) bounded += 1
    }
  }
  // what would no longer be found in the library's expressions would no longer be bounded either
  expect(bounded).toBeGreaterThanOrEqual(Object.keys(rows).length)
  for (const [locale, piece] of Object.entries(rows)) {
    const text = piece.repeat(TEXT_LENGTH_MAX / piece.length)
    const { spans, kept } = parseQuickAdd(text, { ...options, locale })
    expect([...spans, ...kept].reduce((sum, { start, end }) => sum + end - start, 0)).toBe(text.length)
  }
})
