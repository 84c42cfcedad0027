import ICAL from 'ical.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instantOf } from '../recurrence/local.ts'
import { calendarOf } from './calendar.ts'
import type { FeedTask } from './entries.ts'

const NOW = new Date('2026-11-21T12:00:00.000Z')
const task = (told: Partial<FeedTask> = {}): FeedTask => ({
  ...{ id: '019a0000-0000-7000-8000-000000000001', title: 'Film the harbour', notes: '', status: 'next', priority: 0 },
  ...{ parentId: null, labels: [], dueDate: null, dueAt: null, startAt: null, timeZone: null, estimateMinutes: null },
  ...{ completedAt: null, createdAt: NOW, updatedAt: NOW, series: null, ...told },
})
const read = (tasks: readonly FeedTask[], shows: 'tasks' | 'events' | 'both' = 'tasks', name = 'Mine') => {
  const text = calendarOf({ name, shows }, tasks, NOW)
  return { text, calendar: new ICAL.Component(ICAL.parse(text) as never[]) }
}
const only = (told: Partial<FeedTask>, kind = 'vtodo') => {
  const { calendar } = read([task(told)], kind === 'vtodo' ? 'tasks' : 'events')
  const found = calendar.getAllSubcomponents(kind)
  expect(found.length).toBe(1)
  return found[0] ?? new ICAL.Component('none')
}
const value = (component: ICAL.Component, name: string) => String(component.getFirstPropertyValue(name))

test('a to-do says what a task says, and has no end', () => {
  const todo = only({
    ...{
      dueAt: new Date('2026-12-01T08:00:00Z'),
      startAt: new Date('2026-12-01T06:00:00Z'),
      timeZone: 'Europe/Berlin',
    },
    ...{ priority: 4, labels: ['a,b', 'c;d'], notes: 'One\nTwo', status: 'doing' },
  })
  expect(todo.jCal[1].map(([name]: [string]) => name).toSorted()).toEqual([
    ...['categories', 'created', 'description', 'dtstamp', 'dtstart', 'due', 'last-modified', 'priority', 'status'],
    ...['summary', 'uid'],
  ])
  expect(value(todo, 'due')).toBe('2026-12-01T09:00:00')
  expect(value(todo, 'dtstart')).toBe('2026-12-01T07:00:00')
  expect(todo.getFirstProperty('due')?.getParameter('tzid')).toBe('Europe/Berlin')
  expect(todo.getFirstProperty('categories')?.getValues()).toEqual(['a,b', 'c;d'])
  expect([value(todo, 'priority'), value(todo, 'status'), value(todo, 'description')]).toEqual([
    '1',
    'IN-PROCESS',
    'One\nTwo',
  ])
})

test.for([
  [0, '0'],
  [1, '9'],
  [2, '5'],
  [3, '3'],
  [4, '1'],
] as const)('priority %i is told as %s', ([priority, told]) => {
  expect(value(only({ priority, dueDate: '2026-12-01' }), 'priority')).toBe(told)
})

test('what is done is done since then, and what is dropped is cancelled', () => {
  const done = only({ dueDate: '2026-12-01', status: 'done', completedAt: new Date('2026-11-20T10:00:00Z') })
  expect([value(done, 'status'), value(done, 'completed'), value(done, 'percent-complete')]).toEqual([
    'COMPLETED',
    '2026-11-20T10:00:00Z',
    '100',
  ])
  expect(value(only({ dueDate: '2026-12-01', status: 'dropped' }), 'status')).toBe('CANCELLED')
})

test('a day is a day, in whatever zone', () => {
  const todo = only({ dueDate: '2026-12-01', timeZone: 'Asia/Tokyo', startAt: new Date('2026-11-30T20:00:00Z') })
  expect([value(todo, 'due'), todo.getFirstProperty('due')?.getParameter('value')]).toEqual(['2026-12-01', undefined])
  expect(value(todo, 'dtstart')).toBe('2026-12-01')
  expect(value(only({ dueDate: '2026-12-01' }, 'vevent'), 'dtstart')).toBe('2026-12-01')
})

test('an event lasts as long as is thought, and blocks no time', () => {
  const event = only({ dueAt: new Date('2026-12-01T08:00:00Z'), timeZone: 'UTC', estimateMinutes: 90 }, 'vevent')
  expect([value(event, 'dtstart'), value(event, 'duration'), value(event, 'transp')]).toEqual([
    '2026-12-01T08:00:00Z',
    'PT90M',
    'TRANSPARENT',
  ])
})

test('a child names its parent where the feed holds it, and nothing names itself', () => {
  const [parent, child] = [
    task({ id: 'p', dueDate: '2026-12-01' }),
    task({ id: 'c', parentId: 'p', dueDate: '2026-12-01' }),
  ]
  const relations = (tasks: readonly FeedTask[]) =>
    read(tasks)
      .calendar.getAllSubcomponents('vtodo')
      .map((todo) => todo.getFirstPropertyValue('related-to'))
  expect(relations([parent, child])).toEqual([null, 'p'])
  expect(relations([child])).toEqual([null])
  expect(relations([task({ id: 'c', parentId: 'c', dueDate: '2026-12-01' })])).toEqual([null])
})

const weekly = {
  id: 's',
  rule: 'FREQ=WEEKLY;BYDAY=TU',
  occurrence: '2026-12-01T09:00:00',
  exceptions: ['2026-11-24T09:00:00', '2026-12-08T09:00:00'],
  timeZone: 'Europe/Berlin',
}
const recurring = { timeZone: 'Europe/Berlin', series: weekly }

test('what recurs has its rule and what is left out of it, and reads back as the same times', () => {
  const todo = only({ ...recurring, dueAt: new Date('2026-12-01T08:00:00Z') })
  expect([value(todo, 'uid'), value(todo, 'rrule'), value(todo, 'dtstart')]).toEqual([
    's',
    'FREQ=WEEKLY;BYDAY=TU',
    '2026-12-01T09:00:00',
  ])
  expect(todo.getAllProperties('exdate').map((each) => String(each.getFirstValue()))).toEqual(['2026-12-08T09:00:00'])
  const times = todo.getFirstProperty('rrule')?.getFirstValue() as ICAL.Recur
  const iterator = times.iterator(
    ICAL.Time.fromDateTimeString('2026-12-01T09:00:00', todo.getFirstProperty('dtstart') ?? undefined),
  )
  expect([1, 2, 3].map(() => String(iterator.next()))).toEqual([
    '2026-12-01T09:00:00',
    '2026-12-08T09:00:00',
    '2026-12-15T09:00:00',
  ])
})

test('an occurrence that was moved is told apart from its series', () => {
  const { calendar } = read([task({ ...recurring, dueAt: new Date('2026-12-03T10:00:00Z') })])
  const [master, moved] = calendar.getAllSubcomponents('vtodo')
  expect([value(master!, 'uid'), value(master!, 'due')]).toEqual(['s', '2026-12-01T09:00:00'])
  expect([value(moved!, 'uid'), value(moved!, 'recurrence-id'), value(moved!, 'due')]).toEqual([
    's',
    '2026-12-01T09:00:00',
    '2026-12-03T11:00:00',
  ])
  expect(moved?.getFirstProperty('rrule')).toBeNull()
})

test.for(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Casablanca'])(
  'a calendar knows the time in %s from the feed alone',
  (timeZone) => {
    const { calendar } = read([task({ dueAt: NOW, timeZone })])
    const zone = new ICAL.Timezone(calendar.getFirstSubcomponent('vtimezone')!)
    for (let week = 0; week < 52 * 3; week += 1) {
      const local = new Date(Date.UTC(2026, 0, 5 + week * 7, 12)).toISOString().slice(0, 19)
      const told = ICAL.Time.fromDateTimeString(local)
      told.zone = zone
      expect(told.toJSDate().toISOString(), local).toBe(instantOf(local, timeZone).toISOString())
    }
  },
)

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      ';',
      ',',
      '\\',
      ':',
      '"',
      '\0',
      '\u2028',
      '\u0085',
      'é',
      '🎬',
      'BEGIN:VALARM',
      'END:VTODO',
      ' ',
      '\t',
    ),
    maxLength: 80,
  }),
  fc.string({ unit: 'binary', maxLength: 100 }),
)
/* The program that reads takes the comma behind a backslash that is escaped for one that is escaped itself. */
const label = nasty.filter((text) => !asRead(text).endsWith('\\'))
/** Every line break as one, and without what may stand in no value. */
const asRead = (text: string) =>
  text
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .toWellFormed()
    .replaceAll(/(?![\t\n])\p{Cc}/gu, '')

test('whatever people wrote reads back as it was, in lines of 75 octets, and brings no line of its own', () => {
  fc.assert(
    fc.property(nasty, nasty, fc.array(label, { minLength: 1, maxLength: 3 }), nasty, (title, notes, labels, name) => {
      const { text, calendar } = read([task({ title, notes, labels, dueDate: '2026-12-01' })], 'tasks', name)
      expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true)
      for (const line of text.slice(0, -2).split('\r\n')) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
        expect(line).not.toMatch(/[\r\n\0]/)
      }
      const [todo, ...others] = calendar.getAllSubcomponents()
      expect([todo?.name, others.length, todo?.getAllSubcomponents().length]).toEqual(['vtodo', 0, 0])
      expect(value(todo!, 'summary')).toBe(asRead(title))
      if (notes !== '') expect(value(todo!, 'description')).toBe(asRead(notes))
      expect(todo?.getFirstProperty('categories')?.getValues()).toEqual(labels.map(asRead))
      expect(calendar.getAllProperties().length).toBe(7)
      expect(todo?.getAllProperties().length).toBe(notes === '' ? 9 : 10)
    }),
    { numRuns: 300 },
  )
})
