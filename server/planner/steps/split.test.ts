import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { knowsVerb } from '../champs/tag.ts'
import { facets, participationOf } from '../champs/vocabulary.ts'
import { setOf, singularOf, wordsOf } from '../english/words.ts'
import { FIFTY } from './fifty.ts'
import { fill } from './fill.ts'
import { RECIPES } from './recipes/recipe.ts'
import { splitTask, type MadeStep, type Split } from './split.ts'
import { known, subjectOf } from './subject.ts'
import { readTitle } from './title.ts'

const recipes = [...RECIPES]
// Every verb that a step begins with.
const STEP_VERBS = new Set(recipes.flatMap(([, { steps }]) => steps.map(({ title }) => title.split(' ')[0]!)))
const FILLERS = setOf('the a an my for of in on at to from with about before between and which how new last real first')

/** The words of a title that say what it is about, in the singular: what stands behind its verb. */
function ownWords(title: string): Set<string> {
  const words = wordsOf(title).map(({ word }) => word)
  const said = words.length > 1 ? words.slice(1) : words
  return new Set(said.filter((word) => !FILLERS.has(word)).flatMap((word) => [word, singularOf(word)]))
}

function isSound(steps: readonly MadeStep[], { result }: Split): void {
  expect(steps.length).toBeGreaterThanOrEqual(3)
  expect(steps.length).toBeLessThanOrEqual(9)
  for (const { title, minutes, champs, doneWhen } of steps) {
    expect(minutes).toBeGreaterThanOrEqual(2)
    expect(minutes).toBeLessThanOrEqual(5)
    expect(STEP_VERBS, title).toContain(title.split(' ')[0])
    expect(champs.participation).toBe(participationOf(minutes))
    expect(champs.success).toBe(doneWhen)
    expect(doneWhen).not.toBe('')
    expect(title).not.toMatch(/[{}]|undefined/)
  }
  expect(new Set(steps.map(({ title }) => title)).size).toBe(steps.length)
  expect(steps.at(-1)?.doneWhen).toBe(result)
}

describe('fifty real tasks', () => {
  const splits = FIFTY.map((title) => splitTask({ title, level: 4 }))

  test.each(FIFTY)('%s', (title) => {
    const split = splitTask({ title, level: 4 })
    isSound(split.steps, split)
    const own = ownWords(title)
    for (const step of split.steps) {
      expect(knowsVerb(step.title), step.title).toBe(true)
      expect(step.title, 'one action').not.toMatch(/\b(?:and|then)\b|;/i)
      const words = wordsOf(step.title).flatMap(({ word }) => [word, singularOf(word)])
      expect(
        words.some((word) => own.has(word)),
        `${step.title} names something of ${title}`,
      ).toBe(true)
    }
  })

  test('get fifty different lists, of many kinds', () => {
    expect(FIFTY.length).toBe(50)
    expect(new Set(splits.map(({ steps }) => steps.map(({ title }) => title).join('\n'))).size).toBe(50)
    const shapes = FIFTY.map((title, at) => {
      const { the, full } = readTitle(title).subject
      return splits[at]!.steps.map((step) => step.title.replaceAll(full, '…').replaceAll(the, '…')).join('\n')
    })
    expect(new Set(shapes).size).toBeGreaterThanOrEqual(40)
  })

  test('stand in docs/micro-steps.md as they are', async () => {
    await expect(page(splits)).toMatchFileSnapshot('../../../docs/micro-steps.md')
  })
})

const LONG = [
  { title: 'Edit the vlog about Lisbon', minutes: 240 },
  { title: 'Write a blog post about composting on a balcony', minutes: 180 },
  { title: 'Paint the bedroom', minutes: 300 },
]

function page(splits: readonly Split[]): string {
  const list = (split: Split) => {
    const rows = split.steps.map(({ title, minutes, kind, icon, champs, doneWhen, automation }, at) => {
      const tags = facets.flatMap((facet) => champs[facet]).join(', ')
      return `| ${at + 1} | ${icon} ${title} | ${minutes} | ${kind}${automation === null ? '' : ` (${automation})`} | ${tags}, ${champs.participation} | ${doneWhen} |`
    })
    const head = '| | step | min | by | expects | done when |\n| --- | --- | --- | --- | --- | --- |'
    return `${head}\n${rows.join('\n')}`
  }
  const tasks = splits.map((split, at) => {
    const minutes = split.steps.reduce((sum, step) => sum + step.minutes, 0)
    return `## ${at + 1}. ${FIFTY[at]}\n\n${split.kind}, ${minutes} minutes, sure to ${split.confidence}. Would help to know: ${split.clarify.join(' ')}\n\n${list(split)}\n`
  })
  const long = LONG.map((task) => {
    const { parts } = splitTask({ ...task, level: 4 })
    const inner = parts.map((part) => `### ${part.title} (${part.minutes} minutes)\n\n${list(splitTask(part))}\n`)
    return `## ${task.title} (${task.minutes} minutes)\n\n${inner.join('\n')}`
  })
  return `# Small steps, made without a model

What \`server/planner/steps\` makes of fifty tasks as people write them. Rules recognise the kind of a task by its verb and
nouns and fill a recipe for that kind with its words; what no rule knows gets a recipe that suits anything. Every step
takes 2 to 5 minutes, begins with a verb, is one action and names something of its task; the last one is done when the
result of the task is there. A test checks each of them and writes this page.

${tasks.join('\n')}
# Long tasks

What is longer than nine steps of five minutes is split into parts first, each of which is split in turn.

${long.join('\n')}`
}

describe('a recipe', () => {
  test.each(recipes)(
    'for %s has steps that a person can do, each about the task, and parts of their own kinds',
    (_, recipe) => {
      expect(recipe.steps.length).toBeGreaterThanOrEqual(3)
      expect(recipe.steps.length).toBeLessThanOrEqual(9)
      for (const step of recipe.steps) {
        expect(step.title).toMatch(/^\p{Lu}\p{Ll}+ .*\{(?:the|full|noun|topic)\}/u)
        expect(step.title).not.toMatch(/\b(?:and|then)\b|;/i)
        expect(step.icon).toBeTruthy()
        expect(step.minutes).toBeGreaterThanOrEqual(2)
        expect(step.minutes).toBeLessThanOrEqual(5)
        if (step.kind === 'human') expect(step.automation).toBeNull()
      }
      expect(recipe.steps.filter(({ doneWhen }) => doneWhen === '{result}')).toEqual([recipe.steps.at(-1)])
      const subject = subjectOf('the report about bees', 'Write the report about bees')
      for (const part of recipe.parts) {
        expect(RECIPES.has(part.kind), part.kind).toBe(true)
        expect(part.minutes).toBeGreaterThan(0)
        expect(fill(part.title, subject)).toMatch(/bees|the report/)
      }
    },
  )
})

describe('a split', () => {
  test('of any text whatever is 3 to 9 sound steps, and always the same', () => {
    const title = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.lorem(), fc.constantFrom(...FIFTY))
    const minutes = fc.option(fc.integer({ min: 1, max: 45 }))
    fc.assert(
      fc.property(title, minutes, fc.integer({ min: 4, max: 6 }), (text, given, level) => {
        const split = splitTask({ title: text, minutes: given, level })
        isSound(split.steps, split)
        expect(splitTask({ title: text, minutes: given, level })).toEqual(split)
        for (const step of split.steps) expect(step.title.length).toBeLessThanOrEqual(200)
      }),
    )
  })

  test.each([9, 12, 20, 25, 30])('of a task of %i minutes takes as long', (minutes) => {
    const { steps } = splitTask({ title: 'Clean the kitchen', minutes, level: 4 })
    expect(steps.reduce((sum, step) => sum + step.minutes, 0)).toBe(minutes)
  })

  test('of a long task is parts one level below, whose minutes add up to about the whole, each with steps of its own', () => {
    const split = splitTask({ title: 'Edit the vlog about Lisbon', minutes: 240, level: 4 })
    expect(split.steps).toEqual([])
    expect(split.parts.map(({ title }) => title)).toEqual([
      'Sort the footage of the vlog',
      'Cut a rough version of the vlog (1 of 3)',
      'Cut a rough version of the vlog (2 of 3)',
      'Cut a rough version of the vlog (3 of 3)',
      'Mix the sound of the vlog (1 of 2)',
      'Mix the sound of the vlog (2 of 2)',
      'Watch the vlog for mistakes',
    ])
    expect(split.parts.every(({ level, minutes }) => level === 5 && minutes <= 45)).toBe(true)
    const sum = split.parts.reduce((total, part) => total + part.minutes, 0)
    expect(Math.abs(sum - 240)).toBeLessThanOrEqual(20)
    const kinds = split.parts.map((part) => splitTask(part))
    for (const each of kinds) isSound(each.steps, each)
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['files', 'cut', 'sound', 'watch']))
  })

  test.each([0, 1, 2, 3])('of level %i is parts of the level below', (level) => {
    const { parts, steps } = splitTask({ title: 'Launch the cooking channel', level })
    expect(steps).toEqual([])
    expect(parts.length).toBeGreaterThanOrEqual(2)
    expect(parts.every((part) => part.level === level + 1)).toBe(true)
  })

  test('of a step is smaller steps', () => {
    const split = splitTask({ title: 'Wipe the kitchen counter', level: 6 })
    expect(split.kind).toBe('tiny')
    expect(split.steps.reduce((sum, step) => sum + step.minutes, 0)).toBe(6)
  })

  test('takes the steps that a person wrote into the notes', () => {
    const notes = 'before Friday\n- call the venue\n- [ ] book the band\n3. order flowers'
    const { steps, result } = splitTask({ title: 'Plan the wedding', notes, level: 5 })
    expect(steps.map(({ title }) => title)).toEqual(['Call the venue', 'Book the band', 'Order flowers'])
    expect(steps.at(-1)?.doneWhen).toBe(result)
  })

  test('asks what would help', () => {
    expect(splitTask({ title: 'Buy a desk', level: 4 }).clarify[0]).toBe(
      'How much may the desk cost, when do you need it?',
    )
    expect(splitTask({ title: 'Buy a desk', level: 4, minutes: 20 }).clarify).toHaveLength(1)
  })
})

describe('the kind of a task', () => {
  test.each([
    ['Clean up the code in the parser', 'files'],
    ['Fix the bike', 'fix'],
    ['Fix the failing test', 'debug'],
    ['Book a flight to Oslo', 'reserve'],
    ['Book the vet', 'appointment'],
    ['Read the book about bees', 'read'],
    ['Pick up the parcel', 'fetch'],
    ['Pick a colour for the wall', 'decide'],
    ['Make dinner', 'cook'],
    ['Make a video about tea', 'film'],
    ['Make slides for Monday', 'present'],
    ['Order a lamp online', 'order'],
    ['learn to swim', 'skill'],
    ['reply to Sam', 'message-to'],
    ['Send the invoice to Acme', 'message'],
    ['I need to call the bank tomorrow', 'call'],
    ['- [ ] pay rent', 'pay'],
    ['Dentist', 'appointment'],
    ["Mum's birthday", 'event'],
    ['Zahnarzt anrufen', 'hands'],
  ])('of %j is %s', (title, kind) => {
    expect(readTitle(title).kind).toBe(kind)
  })

  test('says how sure it is', () => {
    const sure = ['Clean the kitchen', 'Kitchen', 'Qwertz uiop'].map((title) => readTitle(title).confidence)
    expect(sure).toEqual(sure.toSorted((one, other) => other - one))
    expect(new Set(sure).size).toBe(3)
  })
})

describe('what a task is about', () => {
  test.each([
    ['a blog post', 'the blog post'],
    ['my CV', 'my CV'],
    ['CV', 'the CV'],
    ['kitchen', 'the kitchen'],
    ['mum', 'Mum'],
    ['Mrs Keller', 'Mrs Keller'],
    ['Lisbon vlog', 'the Lisbon vlog'],
    ["Anna's party", "Anna's party"],
    ['chapter 4', 'chapter 4'],
    ['taxes 2025', 'the taxes 2025'],
    ['smoking', 'smoking'],
    ['meeting', 'the meeting'],
    ['three exercises', 'the three exercises'],
  ])('%j is known as %j', (phrase, the) => {
    expect(known(phrase)).toBe(the)
  })

  test.each([
    ['the vlog about Lisbon', { the: 'the vlog', full: 'the vlog about Lisbon', topic: 'Lisbon', plural: false }],
    ['for a passport', { the: 'the passport', plural: false }],
    ['milk, eggs and bread', { the: 'the milk, eggs & bread', plural: true }],
    ['dishes before dinner', { the: 'the dishes', full: 'the dishes', plural: true }],
    ['a box of toys', { the: 'the box of toys', plural: false }],
    ['', { the: '“Do”' }],
  ])('in %j is found', (behind, subject) => {
    expect(subjectOf(behind, 'Do')).toMatchObject(subject)
  })

  test('fills in so that verbs agree', () => {
    const plants = subjectOf('the plants', '')
    expect(fill('{the} {is} dry, {does} need water, {does} not wobble; water {it}', plants)).toBe(
      'the plants are dry, need water, do not wobble; water them',
    )
    expect(fill('what {the} {does} carry', subjectOf('the shelf', ''))).toBe('what the shelf carries')
  })
})
