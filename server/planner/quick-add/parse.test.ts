import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Case, corpus } from '#tests/support/quick-add-corpus.ts'
import { WINDOW_LENGTH_MAX, windowsOf } from './languages.ts'
import { Line } from './line.ts'
import { type QuickAdd, QUICK_ADD_LENGTH_MAX, parseQuickAdd } from './parse.ts'

const cases = corpus()

/** The local wall time of an instant, by Intl rather than by what the parser computes with. */
function local(instant: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return parts.format(new Date(instant)).replace(' ', 'T')
}

/** What was read in the words of the corpus, as far as the line speaks of it. */
function told({ fields }: QuickAdd, line: Case): Record<string, string> {
  const { recurrence, dueAt, dueDate } = fields
  const due = dueAt === null ? dueDate : local(dueAt, line.timeZone)
  const reminders = fields.reminders.map((one) =>
    'at' in one ? local(one.at, line.timeZone) : `-${one.beforeMinutes}`,
  )
  const all: Record<string, string | number | null> = {
    due: fields.noDate ? 'none' : due,
    dueAt: line.fields['dueAt'] === undefined ? null : dueAt,
    repeat: recurrence?.rule ?? null,
    mode: recurrence === null || recurrence.mode === 'fixed' ? null : recurrence.mode,
    starts: line.fields['starts'] === undefined ? null : (recurrence?.startsOn ?? null),
    project: fields.project,
    section: fields.section,
    labels: fields.labels.join(',') || null,
    priority: fields.priority,
    assignee: fields.assignee,
    reminders: reminders.join(',') || null,
    deadline: fields.deadline,
    estimate: fields.estimateMinutes,
    energy: fields.energy,
    area: fields.zone,
    uncompletable: fields.uncompletable ? 'true' : null,
  }
  // an instant says more than a local time, and a repeat has a first day without saying so
  if (line.fields['dueAt'] !== undefined || (recurrence !== null && line.fields['due'] === undefined)) all['due'] = null
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  )
}

test('the corpus has its lines for both dialects', () => {
  expect(cases.length).toBeGreaterThanOrEqual(400)
  for (const dialect of ['todoist', 'vikunja']) {
    expect(cases.filter((line) => line.dialect === dialect).length).toBeGreaterThanOrEqual(100)
  }
  expect(cases.filter((line) => line.taken.length === 0).length).toBeGreaterThanOrEqual(150)
})

test('every line of the corpus is read as it was meant', () => {
  const wrong = cases.flatMap((line) => {
    const found = parseQuickAdd(line.text, line)
    const read = {
      title: found.title,
      taken: found.spans.filter(({ field }) => field !== 'quote').map(({ start, end }) => line.text.slice(start, end)),
      fields: told(found, line),
    }
    const meant = { title: line.title, taken: line.taken, fields: line.fields }
    return JSON.stringify(sorted(read)) === JSON.stringify(sorted(meant))
      ? []
      : [{ at: line.at, text: line.text, read, meant }]
  })
  expect(wrong).toEqual([])
})

const sorted = ({ fields, ...rest }: { fields: Readonly<Record<string, string>> }) => ({
  ...rest,
  fields: Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1)),
})

/** Lines that are likely to be read: pieces of the corpus, signs and anything at all, with all kinds of white space. */
const words = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...new Set(cases.flatMap(({ text }) => text.split(/\s+/)))) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"', "'", '“', '«', '{', '}', '\\', '!', '#"', '@', '~', '\ud83d', '\udc69', '🎉'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...'in 99999999999 9999 Stunden Tagen jours heures il y a dans vor nach 前 後 時間 日 ساعة بعد'.split(' '),
    ),
  },
)
const spaces = fc.constantFrom(' ', '  ', '\n', '\t', '\u00a0', '\u2003', '')
const texts = fc
  .array(fc.tuple(words, spaces), { maxLength: 24 })
  .map((pairs) => pairs.map((pair) => pair.join('')).join(''))
const settings = fc.record({
  dialect: fc.constantFrom('todoist' as const, 'vikunja' as const),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'),
  locale: fc.constantFrom('en-US', 'en-GB', 'de-DE', 'fr-FR', 'ja-JP', 'ar-EG', 'no such locale'),
  now: fc.date({ min: new Date('1975-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
})

const bare = (text: string) => text.replaceAll(/\s/g, '')

test('title and spans are the text, each character once and in its order, and no word of the title is lost', () => {
  fc.assert(
    fc.property(texts, settings, (text, options) => {
      const { spans, kept, title } = parseQuickAdd(text, options)
      let at = 0
      for (const { start, end } of [...spans, ...kept].toSorted((one, other) => one.start - other.start)) {
        expect([start, end > start]).toEqual([at, true])
        at = end
      }
      expect(at).toBe(text.length)
      expect(bare(title)).toBe(bare(kept.map(({ start, end }) => text.slice(start, end)).join('')))
      expect(title === '').toBe(text.trim() === '')
      for (const { confidence } of spans) expect(confidence > 0 && confidence <= 1).toBe(true)
    }),
    { numRuns: 400 },
  )
})

test('a day and a time stand on the clock of the zone, moved forward by as much as the zone skips', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'America/Santiago',
    'Asia/Tehran',
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.date({ min: new Date('2020-01-01'), max: new Date('2037-12-31'), noInvalidDate: true }),
      (timeZone, at) => {
        const wall = at.toISOString().slice(0, 16)
        const { fields } = parseQuickAdd(`Call ${wall.replace('T', ' ')}`, {
          dialect: 'todoist',
          timeZone,
          locale: 'en-US',
          now: at,
        })
        const reached = local(fields.dueAt ?? '', timeZone)
        // the same wall time a moment earlier would be the first of two
        if (reached === wall) return reached === wall
        const before = local(new Date(Date.parse(fields.dueAt ?? '') - 3 * 3_600_000).toISOString(), timeZone)
        return reached > wall && before < wall
      },
    ),
    { numRuns: 300 },
  )
})

test('a text that is too long is a title and nothing else, and one that is just short enough is read', () => {
  const options = {
    dialect: 'todoist',
    timeZone: 'UTC',
    locale: 'en-US',
    now: new Date('2026-11-21T09:30:00Z'),
  } as const
  const longest = `${'x'.repeat(QUICK_ADD_LENGTH_MAX - 9)} tomorrow`
  expect(parseQuickAdd(longest, options).fields.dueDate).toBe('2026-11-22')
  expect(parseQuickAdd(`x${longest}`, options)).toMatchObject({ title: `x${longest}`, spans: [] })
  expect(parseQuickAdd('tomorrow p1 '.repeat(100_000), options).spans).toEqual([])
})

test('what is shown to the library of other languages is bounded, however long the text is', () => {
  fc.assert(
    fc.property(texts, (text) => {
      for (const window of windowsOf(new Line(`${text} `.repeat(20), '#'))) {
        expect(window.text.length).toBeLessThanOrEqual(WINDOW_LENGTH_MAX)
      }
    }),
    { numRuns: 50 },
  )
})

test('texts made to be slow are read as any others', () => {
  const hostile = [
    ...['"', '“', "'", '#"', '{', '!', '\\', '(', 'every ', 'every mon, ', 'in ', '1st and ', '@1', 'the ', 'jan '],
    ...['~1', '2026-', '12/', '\u00a0', '\ud83d', '!30 ', 'in 3 days at ', '99999999999', 'second  fourth jum ', '* '],
  ]
  for (const piece of hostile) {
    const text = piece.repeat(Math.floor(QUICK_ADD_LENGTH_MAX / piece.length))
    for (const locale of ['en-US', 'de-DE', 'fr-FR']) {
      const { spans, kept } = parseQuickAdd(text, {
        dialect: 'todoist',
        timeZone: 'Europe/Berlin',
        locale,
        now: new Date('2026-11-21T09:30:00Z'),
      })
      expect([...spans, ...kept].reduce((sum, { start, end }) => sum + end - start, 0)).toBe(text.length)
    }
  }
})
