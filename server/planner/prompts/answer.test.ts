import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minutesSaid, prioritySaid } from './amounts.ts'
import { ANSWER_LENGTH_MAX, type ParsedAnswer, parseAnswer } from './answer.ts'
import { wordsLost } from './words.ts'

const brief = ({ title, steps }: ParsedAnswer) => [
  title,
  ...steps.map((step) => [step.title, step.minutes, step.priority]),
]
const kept = ({ title, notes, steps }: ParsedAnswer): string[] => [
  title ?? '',
  notes,
  ...steps.flatMap((step) => [step.title, step.notes]),
]

/** Words that are nowhere any more. The names of members in JSON and the numbers of a list are its form. */
const lostOf = (text: string, answer: ParsedAnswer): string[] =>
  answer.shape === 'json' ? [] : wordsLost(text, kept(answer)).filter((word) => !/^(?:\d{1,3}|step|task|x)$/.test(word))

const STEPS = [
  ['Clear the desk', 5, 3],
  ['Sort the cables', 10, 2],
  ['Vacuum', null, 0],
]

const NUMBERED = `Sure! Here is a plan for your studio:

1. **Clear the desk**
   What to do: Take the cups to the kitchen.
   Time estimate: 5 minutes
   Priority: High
2. **Sort the cables**
   - What to do: One bag for each kind.
   - Time estimate: 5-10 min
   - Priority: Medium
3. Vacuum

You have got this!`

const MARKDOWN = `# Studio reset

### 1. Clear the desk (5 min, high)
Take the cups to the kitchen.

### 2. Sort the cables
**Time estimate:** 10 minutes
**Priority:** medium

### 3. Vacuum`

const JSON_ANSWER = JSON.stringify({
  title: 'Studio reset',
  steps: [
    { title: 'Clear the desk', what_to_do: 'Take the cups away.', time_estimate: '5 minutes', priority: 'High' },
    { title: 'Sort the cables', timeEstimate: 10, priority: 'medium', mood: 'calm' },
    'Vacuum',
  ],
})

describe('the answer of a chatbot', () => {
  test.each<[string, string, string | null]>([
    ['numbers', NUMBERED, null],
    ['headings', MARKDOWN, 'Studio reset'],
    [
      'bullets',
      '- [ ] **Clear the desk** — cups away (5 min) [high]\n- Sort the cables (10 min) [medium]\n- Vacuum',
      null,
    ],
    [
      'bold titles',
      '**Clear the desk**\nTime: 5 min\nPriority: high\n\n**Sort the cables**\nTime: 10\nPriority: medium\n\n**Vacuum**',
      null,
    ],
    [
      'bold numbers',
      '**1. Clear the desk** (5 min) (high)\n\n**2. Sort the cables** (10 min) (medium)\n\n**3. Vacuum**',
      null,
    ],
    ['steps', 'Step 1: Clear the desk - 5 min [high]\nStep 2: Sort the cables - 10 min [medium]\nStep 3: Vacuum', null],
    ['JSON', JSON_ANSWER, 'Studio reset'],
    ['JSON in a fence among words', `Here you go:\n\`\`\`json\n${JSON_ANSWER}\n\`\`\`\nGood luck!`, 'Studio reset'],
    ['JSON that is cut off', JSON_ANSWER.slice(0, -3), 'Studio reset'],
    [
      'JSON with other quotes and commas',
      "{title: 'Studio reset', 'steps': [{'title': 'Clear the desk', 'minutes': 5, 'priority': 'high',}, {'title': 'Sort the cables', 'minutes': 10 'priority': 'medium'}, 'Vacuum',],}",
      'Studio reset',
    ],
    [
      'a JSON array',
      '[{"task":"Clear the desk","duration":"5 min","urgency":"high"},{"task":"Sort the cables","duration":"10 min","urgency":"medium"},{"task":"Vacuum"}]',
      null,
    ],
  ])('as %s becomes its steps', (_, text, title) => {
    const answer = parseAnswer(text)
    expect(answer.title).toBe(title)
    expect(answer.steps.map((step) => step.title.replace(/ ?[-([—].*$/, ''))).toEqual(STEPS.map(([name]) => name))
    expect(answer.steps.map(({ minutes, priority }) => [minutes, priority])).toEqual(STEPS.map(([, ...rest]) => rest))
  })

  test('keeps beside its steps what it says around them', () => {
    const answer = parseAnswer(NUMBERED)
    expect(answer.notes).toBe('Sure! Here is a plan for your studio:\nYou have got this!')
    expect(answer.steps[0]?.notes).toBe(
      'What to do: Take the cups to the kitchen.\nTime estimate: 5 minutes\nPriority: High',
    )
    expect(parseAnswer(JSON_ANSWER).steps[1]?.notes).toBe('timeEstimate: 10\npriority: medium\nmood: calm')
  })

  test('in plain words has a step for each line, or for each sentence of one', () => {
    expect(brief(parseAnswer('Sure:\nTake the cups out\nSort for 10 minutes'))).toEqual([
      null,
      ['Take the cups out', null, 0],
      ['Sort for 10 minutes', 10, 0],
    ])
    expect(parseAnswer('Take the cups out. Then sort.').steps.map(({ title }) => title)).toEqual([
      'Take the cups out.',
      'Then sort.',
    ])
    expect(parseAnswer('  \n')).toEqual({ shape: 'text', title: null, notes: '', steps: [] })
  })

  test('of more than a hundred steps keeps the others in its notes', () => {
    const text = Array.from({ length: 130 }, (_, n) => `${n + 1}. Step number w${n}`).join('\n')
    const answer = parseAnswer(text)
    expect(answer.steps.length).toBe(100)
    expect(answer.notes).toContain('w129')
  })

  test('however large and odd, is read at once', () => {
    for (const piece of [
      '[',
      '{"a":',
      '{',
      '1. ',
      '- ',
      '**',
      '"',
      "{'",
      '[x] ',
      '\\',
      '/*',
      '5 min ',
      '(',
      '_',
      '# ',
    ]) {
      const text = piece.repeat(Math.floor(ANSWER_LENGTH_MAX / piece.length))
      expect(lostOf(text, parseAnswer(text))).toEqual([])
    }
  })
})

const tokens = fc.constantFrom(
  ...[
    '1. ',
    '2) ',
    '- ',
    '* ',
    '**',
    '## ',
    '# ',
    '\n',
    '\n\n',
    '   ',
    ': ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    '```json\n',
    '```',
    '---\n',
    '\\',
    '\\n',
    '\\u00e9',
  ],
  ...[
    'Title',
    'clear',
    'the desk',
    'What to do:',
    'Time estimate:',
    'Priority:',
    'High',
    '5 min',
    '"title":',
    '"steps":',
    'null',
    'true',
    '12.50',
    'd’été',
    '🐈',
    'x_y',
    '(ten minutes)',
    'Note:',
    'tip',
  ],
)
const answers = fc.oneof(
  fc.array(tokens, { maxLength: 80 }).map((parts) => parts.join('')),
  fc.array(tokens, { maxLength: 40 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 300 }),
)
const leaf = fc.oneof(fc.string({ maxLength: 30 }), fc.integer(), fc.constant('Clear the desk'))
const plans = fc.record({
  title: leaf,
  steps: fc.array(
    fc.oneof(leaf, fc.record({ title: leaf, description: leaf, priority: leaf, zebra: leaf }, { requiredKeys: [] })),
    { minLength: 1, maxLength: 6 },
  ),
})

test('no word of an answer is lost, whatever it is', () => {
  fc.assert(
    fc.property(answers, (text) => {
      const answer = parseAnswer(text)
      expect(lostOf(text, answer)).toEqual([])
      for (const step of answer.steps) {
        expect(step.title.trim()).not.toBe('')
        expect([...step.title].length).toBeLessThanOrEqual(200)
        expect(step.minutes === null || (Number.isInteger(step.minutes) && step.minutes > 0)).toBe(true)
        expect([0, 1, 2, 3, 4]).toContain(step.priority)
      }
    }),
    { numRuns: 1000 },
  )
})

test('no value of a plan in JSON is lost, also when its end is cut off', () => {
  fc.assert(
    fc.property(plans, fc.nat({ max: 2 }), (plan, cut) => {
      const whole = JSON.stringify(plan)
      const answer = parseAnswer(whole.slice(0, whole.length - cut))
      const said = [
        plan.title,
        ...plan.steps.flatMap((step) => (typeof step === 'object' ? Object.values(step) : [step])),
      ]
      expect(wordsLost(said.join(' '), kept(answer))).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test.each<[string, number | null]>([
  ['5 minutes', 5],
  ['about 10-15 min', 15],
  ['1 hour 30 minutes', 90],
  ['1 h 30', 90],
  ['1.5 hours', 90],
  ['half an hour', 30],
  ['90 seconds', 2],
  ['two hours', 120],
  ['soon', null],
  ['0 min', null],
])('%j takes %j minutes', (text, minutes) => {
  expect(minutesSaid(text)).toBe(minutes)
})

test.each<[string, number | null]>([
  ['High', 3],
  ['🔴 urgent', 4],
  ['P3', 2],
  ['low (optional)', 1],
  ['1', 4],
  ['2/5', 3],
  ['not urgent', 1],
  ['whatever', null],
])('%j is of priority %j', (text, priority) => {
  expect(prioritySaid(text)).toBe(priority)
})
