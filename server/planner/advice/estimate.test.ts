import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateTask, weightedQuantile, type PastTask } from './estimate.ts'

const past = (over: Partial<PastTask> = {}): PastTask => ({
  title: 'Write the report',
  labels: [],
  estimateMinutes: 30,
  actualMinutes: 45,
  ...over,
})
const many = (count: number, over: Partial<PastTask> = {}) => Array.from({ length: count }, () => past(over))
const task = (over: Partial<Parameters<typeof estimateTask>[0]> = {}) => ({
  title: 'Write the report',
  labels: [],
  estimateMinutes: 20,
  ...over,
})

describe('an estimate', () => {
  test('of a person stays as it is below ten finished tasks', () => {
    const answer = estimateTask(task(), many(9))
    expect(answer).toMatchObject({ p50Minutes: 20, path: 'rules', basedOn: 0 })
    expect(answer.p80Minutes).toBeGreaterThan(20)
  })

  test('follows from ten on what the person took in proportion to what they thought', () => {
    expect(estimateTask(task(), many(10))).toMatchObject({
      p50Minutes: 30,
      p80Minutes: 30,
      path: 'statistics',
      basedOn: 10,
    })
  })

  test('has a range that covers four of five', () => {
    const history = Array.from({ length: 100 }, (_, at) => past({ estimateMinutes: 10, actualMinutes: at + 1 }))
    const { p50Minutes, p80Minutes } = estimateTask(task({ estimateMinutes: 10 }), history)
    expect(p50Minutes).toBeLessThan(p80Minutes)
    const covered = history.filter(({ actualMinutes }) => actualMinutes <= p80Minutes).length
    expect(covered).toBeGreaterThanOrEqual(70)
    expect(covered).toBeLessThanOrEqual(85)
  })

  test('listens most to tasks of the same words', () => {
    const history = [...many(15, { title: 'Clean the car', actualMinutes: 30 }), ...many(5, { actualMinutes: 90 })]
    expect(estimateTask(task(), history).p50Minutes).toBe(60)
    expect(estimateTask(task({ title: 'Clean the car' }), history).p50Minutes).toBe(20)
  })

  test('listens more to what was finished lately', () => {
    const slowLately = [...many(60, { actualMinutes: 60 }), ...many(60, { actualMinutes: 30 })]
    expect(estimateTask(task(), slowLately).p50Minutes).toBeGreaterThan(
      estimateTask(task(), slowLately.toReversed()).p50Minutes,
    )
  })

  test('without one of the person comes from tasks of the kind, or from the recipe', () => {
    const history = many(12, { title: 'Clean the kitchen', actualMinutes: 33 })
    const unknown = { title: 'Clean the kitchen', labels: [], estimateMinutes: null }
    expect(estimateTask(unknown, history)).toMatchObject({ p50Minutes: 33, path: 'statistics' })
    expect(estimateTask(unknown, [])).toMatchObject({ p50Minutes: 25, path: 'rules' })
    expect(estimateTask({ ...unknown, title: 'Call mum' }, history).path).toBe('rules')
  })

  test('is whole minutes in order whatever the past was', () => {
    const pasts = fc.array(
      fc.record({
        title: fc.constantFrom('Clean the car', 'Write the report', 'x', ''),
        labels: fc.subarray(['home', 'work']),
        estimateMinutes: fc.option(fc.integer({ min: 1, max: 100_000 })),
        actualMinutes: fc.integer({ min: 0, max: 100_000 }),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(pasts, fc.option(fc.integer({ min: 1, max: 10_000 })), (history, estimateMinutes) => {
        const { p50Minutes, p80Minutes, confidence } = estimateTask(task({ estimateMinutes }), history)
        expect(Number.isInteger(p50Minutes) && Number.isInteger(p80Minutes)).toBe(true)
        expect(p50Minutes).toBeGreaterThanOrEqual(1)
        expect(p80Minutes).toBeGreaterThanOrEqual(p50Minutes)
        expect(confidence).toBeGreaterThanOrEqual(0)
        expect(confidence).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('a weighted quantile', () => {
  test('lies between neighbours in proportion', () => {
    const values = [1, 2, 3, 4].map((value) => ({ value, weight: 1 }))
    expect(weightedQuantile(values, 0.5)).toBe(2.5)
    expect(weightedQuantile(values, 0)).toBe(1)
    expect(weightedQuantile(values, 1)).toBe(4)
  })

  test('is that of the value repeated as often as it weighs, and never outside', () => {
    const list = fc.array(
      fc.record({ value: fc.integer({ min: -50, max: 50 }), weight: fc.integer({ min: 1, max: 5 }) }),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    fc.assert(
      fc.property(list, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const found = weightedQuantile(values, q)
        const plain = values.map(({ value }) => value)
        expect(found).toBeGreaterThanOrEqual(Math.min(...plain))
        expect(found).toBeLessThanOrEqual(Math.max(...plain))
        const scaled = values.map(({ value, weight }) => ({ value, weight: weight * 7 }))
        expect(weightedQuantile(scaled, q)).toBeCloseTo(found, 6)
      }),
    )
  })
})
