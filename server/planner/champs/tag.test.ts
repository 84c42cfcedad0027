import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tagByKeywords } from './baseline.ts'
import { doneState } from './done.ts'
import { readLabels, score, type Score } from './score.ts'
import { knowsVerb, tagStep } from './tag.ts'
import { facets, fitOf, Participation, participationOf, tagsOfFacet } from './vocabulary.ts'

const labelled = (name: string) => readLabels(readFileSync(new URL(`./labels/${name}.txt`, import.meta.url), 'utf8'))
const development = labelled('development')
const heldBack = labelled('held-back')
const later = labelled('later')
const hashOf = ({ text }: { text: string }) => createHash('sha256').update(text).digest('hex')

describe('the labels', () => {
  test('are more than 200, each of its own text, with at most two tags of a facet', () => {
    const all = [...development, ...heldBack, ...later]
    expect(all.length).toBeGreaterThan(200)
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length)
    for (const step of all) {
      expect(step.minutes).toBeGreaterThan(0)
      expect(step.success).not.toBe('')
      for (const facet of facets) expect(step[facet].length).toBeLessThanOrEqual(2)
    }
  })

  test('are in two halves by the hash of their text alone', () => {
    expect(heldBack.length).toBe(development.length)
    const greatest = development.map(hashOf).toSorted().at(-1) ?? ''
    expect(heldBack.every((step) => hashOf(step) > greatest)).toBe(true)
  })
})

describe('tags against those given by hand', () => {
  test('macro-F1 on the half that was held back is at least 0.70, over all and in each facet, and above keywords', async () => {
    const of = (steps: typeof heldBack) => ({
      rules: score(
        steps,
        steps.map(({ text, minutes }) => tagStep(text, minutes)),
      ),
      keywords: score(
        steps,
        steps.map(({ text, minutes }) => tagByKeywords(text, minutes)),
      ),
    })
    const held = of(heldBack)
    const page = figures({ 'held back': held, development: of(development), later: of(later) })
    process.stdout.write(`${page}\n`)
    expect(held.rules.all).toBeGreaterThanOrEqual(0.7)
    for (const facet of facets) {
      expect(held.rules.facets[facet]).toBeGreaterThanOrEqual(0.7)
      expect(held.rules.facets[facet]).toBeGreaterThan(held.keywords.facets[facet])
    }
    await expect(page).toMatchFileSnapshot('../../../docs/champs.md')
  })

  test('a score is the mean over tags, and counts a tag that is never found as nothing', () => {
    const none = { conversation: [], help: [], activity: [], movement: [], success: '', text: '', minutes: 1 }
    const given = [
      { ...none, activity: ['write' as const] },
      { ...none, activity: ['read' as const] },
    ]
    const found = [
      { ...none, activity: ['write' as const] },
      { ...none, activity: ['write' as const] },
    ]
    const result = score(given, found)
    expect(result.tags).toEqual({ write: 2 / 3, read: 0 })
    expect(result.facets.activity).toBeCloseTo(1 / 3)
    expect(result.all).toBeCloseTo(1 / 3)
  })
})

const two = (value: number) => value.toFixed(2)

function figures(sets: Record<string, { rules: Score; keywords: Score }>): string {
  const rows = Object.entries(sets).flatMap(([name, both]) =>
    Object.entries(both).map(([way, result]) => {
      const cells = facets.map((facet) => two(result.facets[facet]))
      return `| ${name} | ${way} | ${[...cells, two(result.all)].join(' | ')} |`
    }),
  )
  return `# What a step expects of who does it

Every step has six expectations (CHAMPS): conversation, help, activity and movement with at most two tags each from a
closed vocabulary, participation, which follows from the minutes (${Participation.join(', ')}), and success, a state that
one can see. Without a model they come from rules: \`server/planner/champs\`.

Macro-F1 against tags given by hand (\`server/planner/champs/labels\`), beside a baseline of keywords. This page is
written by a test.

| steps | way | ${facets.join(' | ')} | all tags |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

The half that was held back was committed before there were rules, and no rule was made by looking at it. Yet the same hand
wrote both halves and the rules, so the words of the two are of a kind: it tells how the rules do on plainly
worded English instructions. \`later\` was written afterwards in words far from the plainest (\`notarise\`, \`haggle over\`,
\`hop on\`). When the rules first met it they reached 0.37 over all tags, the keywords 0.04; it has served development
since, so that its figure here says little of other unusual words. Languages other than English get tags from what few
words they share with it.
`
}

describe('a tag', () => {
  test.each([
    ['Pick up the parcel from the post office', 'movement', ['travel', 'place']],
    ['Pick the best of the three drafts', 'conversation', ['silent', 'decision']],
    ['Put the phone away', 'conversation', ['silent']],
    ['Write to the landlord about the key', 'conversation', ['communication']],
    ['Write the report together with Ines', 'conversation', ['collaboration']],
    ['Book a table for two', 'activity', ['purchase']],
    ['Book an appointment with the dentist', 'help', ['organize']],
    ['Order the files by date', 'help', ['organize']],
    ['Order printer ink', 'activity', ['purchase']],
    ['Figure out why the build fails', 'help', ['research']],
    ['Get rid of the old screenshots', 'activity', ['clean']],
  ] as const)('of %j in %s follows from the sense of its words', (text, facet, tags) => {
    expect(tagStep(text, 5)[facet]).toEqual(tags)
  })

  test('is of the closed vocabulary, at most two of a facet, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.lorem()),
        fc.integer({ min: 0, max: 600 }),
        (text, minutes) => {
          const champs = tagStep(text, minutes)
          for (const facet of facets) {
            expect(champs[facet].length).toBeLessThanOrEqual(2)
            expect(champs[facet].filter((tag) => !(tagsOfFacet[facet] as readonly string[]).includes(tag))).toEqual([])
          }
          expect(champs.success.length).toBeGreaterThan(0)
          expect(champs.success.length).toBeLessThanOrEqual(200)
        },
      ),
    )
  })

  test('comes from the beginning of a text alone', () => {
    const text = `Write the letter ${'and more '.repeat(100_000)}`
    expect(tagStep(text, 5).activity).toEqual(['write'])
  })

  test('of an unknown verb rests on the nouns, and that is said', () => {
    expect(knowsVerb('Frobnicate the kitchen')).toBe(false)
    expect(tagStep('Frobnicate the kitchen', 5).movement).toEqual(['move', 'home'])
    expect(knowsVerb('Mop the kitchen')).toBe(true)
  })
})

describe('participation', () => {
  test.each([
    [0, 'quick-win'],
    [2, 'quick-win'],
    [3, 'focused'],
    [5, 'focused'],
    [6, 'sustained'],
    [15, 'sustained'],
    [16, 'endurance'],
    [30, 'endurance'],
    [31, 'marathon'],
  ] as const)('of %i minutes is %s', (minutes, participation) => {
    expect(participationOf(minutes)).toBe(participation)
  })

  test.each([
    [1, 'fits', 'fits', 'possible', 'too-much', 'too-much'],
    [2, 'fits', 'fits', 'fits', 'possible', 'too-much'],
    [3, 'fits', 'fits', 'fits', 'fits', 'possible'],
  ] as const)('suits an energy of %i', (energy, ...fits) => {
    expect(Participation.map((each) => fitOf(energy, each))).toEqual(fits)
  })
})

describe('the state when it is done', () => {
  test.each([
    ['Scan the receipts from March', 'scan', 'the receipts from March are scanned'],
    ['Write a packing list', 'write', 'the packing list is written'],
    ['Put the passports in the bag', 'put', 'the passports are put in the bag'],
    ['Ask the bank why the card was declined', 'ask', 'the bank has been asked why the card was declined'],
    ['Take the rubbish out', 'take', 'the rubbish is taken out'],
    ['Stretch the back for three minutes', 'stretch', 'the back for three minutes is stretched'],
    ['Meditate for five minutes', 'meditate', 'this is done: Meditate for five minutes'],
    ['Three pages', '', 'this is done: Three pages'],
  ])('of %j is a sentence', (text, verb, state) => {
    expect(doneState(text, verb)).toBe(state)
  })
})
