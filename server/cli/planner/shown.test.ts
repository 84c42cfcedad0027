import { describe, expect, test } from 'vitest'
import { type SeenTask, type Style, dueOf, lineOf, shownText } from './shown.ts'

const plain: Style = {
  colour: false,
  columns: null,
  locale: 'en-GB',
  timeZone: 'Europe/Lisbon',
  now: new Date('2026-11-21T23:30:00Z'),
}
const task: SeenTask = {
  ...{ id: null, title: 'Film the harbour', status: 'next', priority: 0, labels: [], dueAt: null, dueDate: null },
  ...{
    timeZone: null,
    estimateMinutes: null,
    icon: null,
    doneWhen: null,
    recurrence: null,
    progress: { done: 0, total: 0 },
  },
}

describe('when a task is due', () => {
  test.each([
    [{ dueDate: '2026-11-21' }, 'today', 0],
    [{ dueDate: '2026-11-22' }, 'tomorrow', 1],
    [{ dueDate: '2026-11-20' }, 'yesterday', -1],
    [{ dueDate: '2026-11-25' }, 'Wednesday', 4],
    [{ dueDate: '2026-12-24' }, '24 Dec', 33],
    [{ dueDate: '2028-12-24' }, '24 Dec 2028', 764],
    [{ dueAt: '2026-11-22T00:15:00Z' }, 'tomorrow 00:15', 1],
  ])('%j is %s', (due, words, inDays) => {
    expect(dueOf({ ...task, ...due }, plain)).toEqual({ words, inDays })
  })

  test('counts days where the person is', () => {
    const auckland = { ...plain, timeZone: 'Pacific/Auckland' }
    expect(dueOf({ ...task, dueDate: '2026-11-22' }, auckland)).toEqual({ words: 'today', inDays: 0 })
  })
})

test('a line says what there is to say, and no more', () => {
  expect(lineOf(task, plain)).toBe('Film the harbour')
  const full = { icon: '🎬', dueDate: '2026-11-22', priority: 4, estimateMinutes: 25, labels: ['sea'] }
  const shown = lineOf({ ...task, ...full, progress: { done: 1, total: 3 } }, plain)
  expect(shown).toBe('🎬 Film the harbour  tomorrow · urgent · 25 min · #sea · 1/3')
})

test('a task that comes again says so', () => {
  expect(lineOf({ ...task, dueDate: '2026-11-22', recurrence: {} }, plain)).toBe('Film the harbour  tomorrow · repeats')
})

test('colours are those of the terminal alone', () => {
  expect(lineOf({ ...task, priority: 4 }, { ...plain, colour: true })).toContain('\u001b[31murgent\u001b[0m')
})

test('no text of others commands the terminal', () => {
  expect(shownText('a\u001b[2J\u0007b\nc\u202Ed\u2028e')).toBe('a [2J b c d e')
  expect(shownText('👩‍🚀 flies')).toBe('👩‍🚀 flies')
})
