import { describe, expect, test } from 'vitest'
import { type Doable, type Moment, minutesAsked, offers, tagsAsked } from './next.ts'

const MOMENT: Moment = { energy: null, minutes: null, inMeeting: false, restless: false }
const thing = (title: string, over: Partial<Doable> = {}): Doable => ({
  id: title,
  title,
  isStep: false,
  isBegun: false,
  priority: 0,
  dueInDays: null,
  energy: null,
  minutes: 5,
  champs: null,
  ageDays: 0,
  ...over,
})
const offered = (things: Doable[], over: Partial<Moment> = {}) =>
  offers(things, { ...MOMENT, ...over }, 20).map(({ id }) => id)

describe('what is offered', () => {
  const mixed = ['Call the bank', 'Read chapter two', 'Wipe the kitchen counter'].map((title) => thing(title))

  test('in a meeting is silent and in one seat', () => {
    expect(offered(mixed, { inMeeting: true })).toEqual(['Read chapter two'])
  })

  test('to who is restless is on one’s feet', () => {
    expect(offered(mixed, { restless: true })).toEqual(['Wipe the kitchen counter'])
  })

  test('goes by the tags that were kept before those made of words', () => {
    const champs = { help: [], activity: [], participation: 'focused', success: '' } as const
    const kept = thing('Call the bank', { champs: { ...champs, conversation: ['silent'], movement: ['stationary'] } })
    expect(offered([kept], { inMeeting: true })).toEqual(['Call the bank'])
  })

  test('is small when energy is low; one class above stands behind what fits, more is left out', () => {
    const sizes = [20, 10, 5].map((minutes) => thing(String(minutes), { minutes, priority: Math.floor(minutes / 5) }))
    expect(offered(sizes, { energy: 1 })).toEqual(['5', '10'])
    expect(offered(sizes, { energy: 2 })).toEqual(['10', '5', '20'])
    expect(offered(sizes, { energy: 3 })).toEqual(['20', '10', '5'])
  })

  test('fits the time that is left, where it is known what it takes', () => {
    const sizes = [thing('long', { minutes: 40 }), thing('short'), thing('unknown', { minutes: null })]
    expect(offered(sizes, { minutes: 15 }).toSorted()).toEqual(['short', 'unknown'])
  })

  test('is a step or what was begun before anything else', () => {
    const things = [thing('task', { priority: 4 }), thing('step', { isStep: true }), thing('begun', { isBegun: true })]
    expect(offered(things)).toEqual(['begun', 'step', 'task'])
  })
})

test.each([
  [1, 15],
  [2, 30],
  [3, null],
  [null, null],
] as const)('with an energy of %j nothing is offered that takes more than %j minutes', (energy, minutes) => {
  expect(minutesAsked({ energy })).toBe(minutes)
  const lengths = [2, 5, 15, 16, 30, 31].map((each) => thing(String(each), { minutes: each }))
  expect(offered(lengths, { energy }).every((each) => Number(each) <= (minutes ?? 1000))).toBe(true)
})

test.each([
  [{ inMeeting: false, restless: false }, {}],
  [
    { inMeeting: true, restless: false },
    { conversation: ['silent'], movement: ['stationary'] },
  ],
  [{ inMeeting: false, restless: true }, { movement: ['move'] }],
  [
    { inMeeting: true, restless: true },
    { conversation: ['silent'], movement: ['stationary', 'move'] },
  ],
])('%j asks for tags', (moment, tags) => {
  expect(tagsAsked(moment)).toEqual(tags)
})
