import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { prioritise, type Rankable } from './prioritise.ts'

const NOTHING = { energy: null, minutes: null }
const task = (id: string, over: Partial<Rankable> = {}): Rankable => ({
  id,
  priority: 0,
  dueInDays: null,
  estimateMinutes: null,
  energy: null,
  ageDays: 0,
  waitsFor: [],
  ...over,
})
const idsOf = (tasks: Rankable[], now: Parameters<typeof prioritise>[1] = NOTHING) =>
  prioritise(tasks, now).order.map(({ id }) => id)
const reasonsOf = (tasks: Rankable[], id: string, now: Parameters<typeof prioritise>[1] = NOTHING) =>
  prioritise(tasks, now).order.find((each) => each.id === id)?.reasons

describe('the order', () => {
  test('puts what is past before what is due today, soon, later, never', () => {
    const days = { never: null, later: 30, soon: 2, today: 0, past: -3 }
    const tasks = Object.entries(days).map(([id, dueInDays]) => task(id, { dueInDays }))
    expect(idsOf(tasks)).toEqual(['past', 'today', 'soon', 'later', 'never'])
  })

  test('follows priority where dates are equal', () => {
    expect(idsOf([0, 4, 2].map((priority) => task(`p${priority}`, { priority })))).toEqual(['p4', 'p2', 'p0'])
  })

  test('prefers what fits the energy and the time at hand', () => {
    const tasks = [task('hard', { energy: 3, estimateMinutes: 90 }), task('easy', { energy: 1, estimateMinutes: 20 })]
    expect(idsOf(tasks, { energy: 1, minutes: 30 })).toEqual(['easy', 'hard'])
    expect(idsOf(tasks, { energy: 3, minutes: 120 })).toEqual(['hard', 'easy'])
  })

  test('lets what is old move up a little', () => {
    expect(idsOf([task('new'), task('old', { ageDays: 60 })])).toEqual(['old', 'new'])
    expect(idsOf([task('old', { ageDays: 3650 }), task('urgent', { priority: 4 })])).toEqual(['urgent', 'old'])
  })

  test('puts what others wait for before them, with their urgency along a chain', () => {
    const tasks = [
      task('z-first'),
      task('middle', { waitsFor: ['z-first'] }),
      task('last', { dueInDays: 0, waitsFor: ['middle', 'gone'] }),
      task('other', { priority: 2 }),
    ]
    expect(idsOf(tasks)).toEqual(['z-first', 'middle', 'last', 'other'])
    expect(reasonsOf(tasks, 'middle')).toEqual([
      { code: 'unblocks', tasks: 1 },
      { code: 'waits-for', taskIds: ['z-first'] },
    ])
  })

  test('says why', () => {
    const tasks = [task('a', { dueInDays: -2, priority: 3, energy: 1, estimateMinutes: 10, ageDays: 20.5 })]
    expect(reasonsOf(tasks, 'a', { energy: 2, minutes: 15 })).toEqual([
      { code: 'overdue', days: 2 },
      { code: 'priority', priority: 3 },
      { code: 'fits-energy' },
      { code: 'fits-time' },
      { code: 'quick' },
      { code: 'old', days: 20 },
    ])
  })

  test('holds every task once, nothing before what it waits for, however they depend on each other', () => {
    const some = fc.integer({ min: 2, max: 12 }).chain((count) =>
      fc.array(
        fc.record({
          priority: fc.integer({ min: 0, max: 4 }),
          dueInDays: fc.option(fc.integer({ min: -30, max: 30 })),
          waits: fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 3 }),
        }),
        { minLength: count, maxLength: count },
      ),
    )
    fc.assert(
      fc.property(some, fc.boolean(), (list, circles) => {
        const tasks = list.map(({ waits, ...rest }, at) =>
          task(String(at), { ...rest, waitsFor: waits.filter((to) => circles || to < at).map(String) }),
        )
        const ids = idsOf(tasks)
        expect(ids.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted())
        expect(idsOf(tasks.toReversed())).toEqual(ids)
        if (circles) return
        for (const { id, waitsFor } of tasks)
          for (const before of waitsFor) expect(ids.indexOf(before)).toBeLessThan(ids.indexOf(id))
      }),
    )
  })
})
