import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { knowsVerb } from '../champs/tag.ts'
import { STEP_VERBS, ownWordsOf, titleOfSaid } from '../steps/said.ts'
import { subjectOf } from '../steps/subject.ts'
import { BUILT_IN } from './builtin.ts'
import {
  LABEL_PLACES,
  type Situation,
  TEMPLATE_PLACES,
  filledLabel,
  filledTemplate,
  needsSubject,
  timeOfDayAt,
  unknownPlaces,
} from './places.ts'

const VLOG: Situation = {
  ...{ subject: 'Edit the vlog about Lisbon', notes: 'Two hours of footage', energy: 1, timeOfDay: 'evening' },
  ...{ minutes: 30, recent: ['Pay the rent', 'Call mum'] },
}

describe('the places of a text', () => {
  test('are filled with the words of the task and of the moment', () => {
    const template = TEMPLATE_PLACES.map((place) => `${place}: {${place}}`).join('\n')
    expect(filledTemplate(template, VLOG).split('\n')).toEqual([
      ...['task: Edit the vlog about Lisbon', 'about: the vlog about Lisbon', 'topic: Lisbon'],
      ...['notes: Two hours of footage', 'energy: low', 'timeOfDay: evening', 'minutes: 30'],
      'recent: Pay the rent; Call mum',
    ])
    const nothing = { ...VLOG, subject: null, notes: '', energy: null, minutes: null, recent: [] }
    expect(filledTemplate('{task}, {about}, {energy}, {minutes}, {recent}', nothing)).toBe(
      'this, this, not told, not told, none',
    )
  })

  test('are a closed list, and what is no name is text', () => {
    expect(unknownPlaces('{task} {secret} {a b} {} {secret} {{about}} {task', LABEL_PLACES)).toEqual(['secret'])
    expect(['{notes}', '{energy} {recent}', 'plain'].map(needsSubject)).toEqual([true, false, false])
  })

  test('in what is put into them are not filled again', () => {
    const sly = { ...VLOG, subject: 'Read {notes}', notes: 'secret' }
    expect(filledTemplate('{task}', sly)).toBe('Read {notes}')
  })

  test('whatever the words are, leave a label of one line of 1 to 200 characters', () => {
    const word = fc.string({ unit: 'binary', maxLength: 50 }).map((text) => text.repeat(4))
    fc.assert(
      fc.property(word, word, (subject, notes) => {
        const label = filledLabel('Begin {about} with {topic} of {task}', { ...VLOG, subject, notes })
        expect(label.length).toBeGreaterThan(5)
        expect(label.length).toBeLessThanOrEqual(200)
        expect(label).not.toMatch(/[\r\n]/)
        expect(label.isWellFormed()).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})

test('the part of the day is that of the zone', () => {
  const at = (time: string, zone: string) => timeOfDayAt(new Date(`2026-07-01T${time}:00Z`), zone)
  expect([at('04:59', 'UTC'), at('05:00', 'UTC'), at('12:00', 'UTC'), at('17:00', 'UTC'), at('22:00', 'UTC')]).toEqual([
    ...['night', 'morning', 'afternoon', 'evening', 'night'],
  ])
  expect(at('22:00', 'Asia/Tokyo')).toBe('morning')
})

test.each(BUILT_IN)(
  '$name comes with 3 to 10 steps that begin with a verb and names no place that is not there',
  (one) => {
    expect(unknownPlaces(one.template, TEMPLATE_PLACES)).toEqual([])
    expect(one.steps.length).toBeGreaterThanOrEqual(3)
    expect(one.steps.length).toBeLessThanOrEqual(10)
    for (const { label } of one.steps) {
      expect(unknownPlaces(label, LABEL_PLACES)).toEqual([])
      expect(knowsVerb(label), label).toBe(true)
    }
  },
)

describe('what a model may say', () => {
  test('begins with one of at most 250 verbs, each of which the rules know', () => {
    expect(STEP_VERBS.length).toBeLessThanOrEqual(250)
    expect(STEP_VERBS.filter((verb) => !knowsVerb(`${verb} the vlog`))).toEqual([])
  })

  test('names something of its task, if need be at its end', () => {
    const subject = subjectOf('the vlog about Lisbon', '')
    const own = ownWordsOf('Edit the vlog about Lisbon')
    const title = (object: string) => titleOfSaid({ verb: 'Open', object }, own, subject)
    expect(title('the vlogs.')).toBe('Open the vlogs')
    expect(title('the editor')).toBe('Open the editor for the vlog')
  })
})
