import { type Static, Type } from 'typebox'
import { wordOf } from '#platform/fields.ts'
import { completeText } from '#commons/ai/service.ts'
import type { Ctx } from '#platform/context.ts'
import { tagStep } from '../champs/tag.ts'
import { Automation, ICONS, type IconName } from './recipes/recipe.ts'
import { orNothing, ownWordsOf, saidInstruction, saidLine, saidSure, titleOfSaid } from './said.ts'
import {
  type MadePart,
  type MadeStep,
  STEPS_MAX,
  STEPS_MIN,
  STEP_MINUTES_MAX,
  STEP_MINUTES_MIN,
  type Split,
  type Splittable,
} from './split.ts'
import { readTitle } from './title.ts'

const Step = Type.Object(
  {
    ...saidInstruction,
    minutes: Type.Integer({ minimum: STEP_MINUTES_MIN, maximum: STEP_MINUTES_MAX }),
    kind: wordOf(['digital', 'human'] as const, 'digital when it is done at a screen.'),
    icon: wordOf(Object.keys(ICONS) as IconName[], 'The picture that fits best.'),
    automation: wordOf(
      [...Automation, 'none'] as const,
      'What a program could take over; none for what is done by hand.',
    ),
    doneWhen: saidLine(200, 'What one sees when it is done.'),
  },
  { additionalProperties: false },
)

// What stands above a task takes days and months.
const PART_MINUTES_MAX = { task: STEPS_MAX * STEP_MINUTES_MAX, above: 100_000 } as const
const PARTS_MIN = 2

const part = (maximum: number) =>
  Type.Object({ ...saidInstruction, minutes: Type.Integer({ minimum: 5, maximum }) }, { additionalProperties: false })

const around = {
  result: saidLine(200, 'What is there when all is done.'),
  clarify: Type.Array(saidLine(200, 'A question whose answer would make it better.'), { maxItems: 3 }),
  confidence: saidSure,
}
const closed = { additionalProperties: false } as const
const ofParts = (maximum: number) =>
  Type.Object({ ...around, parts: Type.Array(part(maximum), { minItems: PARTS_MIN, maxItems: STEPS_MAX }) }, closed)

const SaidSteps = Type.Object(
  { ...around, steps: Type.Array(Step, { minItems: STEPS_MIN, maxItems: STEPS_MAX }) },
  closed,
)
const SaidParts = { task: ofParts(PART_MINUTES_MAX.task), above: ofParts(PART_MINUTES_MAX.above) }
type SaidSteps = Static<typeof SaidSteps>
type SaidParts = Static<typeof SaidParts.task>

const STEPS_SYSTEM = `You split a task into ${STEPS_MIN} to ${STEPS_MAX} steps, in plain English, for somebody who finds it hard to begin.
Each step takes ${STEP_MINUTES_MIN} to ${STEP_MINUTES_MAX} minutes, is one action that begins with a verb, and names something of the task. The first can be done at
once, the last one ends with the result. Where "minutes" is given the steps together take about as long. Write no markup
and no links.`

const PARTS_SYSTEM = `You split something long into ${PARTS_MIN} to ${STEPS_MAX} parts, in plain English, in the order in which they are done.
Each part is one action that begins with a verb and names something of the whole. Where "minutes" is given the parts
together take about as long. Write no markup and no links.`

// A model that is sure of itself may still be wrong.
const SURE_MAX = 0.9
const DEADLINE_MS = 20_000
const NOTES_LENGTH_MAX = 5000

/**
 * Splits as a model would, into what the rules would make of it: steps, or parts where it is long. Null where no model is
 * connected, or none gave an answer that is held to what rules hold theirs to.
 */
export async function splitByModel(ctx: Ctx, id: string, task: Splittable, byRules: Split): Promise<Split | null> {
  const isLong = byRules.parts.length > 0
  const level = task.level < 4 ? 'above' : 'task'
  const ask = {
    data: {
      task: { title: task.title, notes: (task.notes ?? '').slice(0, NOTES_LENGTH_MAX), minutes: task.minutes ?? null },
    },
    ...{ maxOutputTokens: 3000, source: `planner:task:${id}:split`, deadlineMs: DEADLINE_MS },
    purpose: 'text',
    rules: () => null,
  } as const
  if (isLong) {
    const schema = orNothing<SaidParts>(SaidParts[level])
    const { value } = await completeText(ctx, { ...ask, system: PARTS_SYSTEM, schema })
    return value === null ? null : sound({ ...about(value, byRules), parts: partsOf(value, task), steps: [] })
  }
  const { value } = await completeText(ctx, { ...ask, system: STEPS_SYSTEM, schema: orNothing<SaidSteps>(SaidSteps) })
  return value === null ? null : sound({ ...about(value, byRules), parts: [], steps: stepsOf(value, task) })
}

const about = ({ result, clarify, confidence }: SaidSteps | SaidParts, { kind }: Split) => ({
  ...({
    path: 'model',
    kind,
    result,
    clarify,
    confidence: Math.round(Math.min(SURE_MAX, confidence) * 100) / 100,
  } as const),
})

function partsOf({ parts }: SaidParts, task: Splittable): MadePart[] {
  const { subject } = readTitle(task.title)
  const own = ownWordsOf(task.title)
  return parts.map((said) => ({
    ...{ title: titleOfSaid(said, own, subject), minutes: said.minutes, level: task.level + 1 },
  }))
}

function stepsOf({ steps, result }: SaidSteps, task: Splittable): MadeStep[] {
  const { subject } = readTitle(task.title)
  const own = ownWordsOf(task.title)
  return steps.map((said, at) => {
    const title = titleOfSaid(said, own, subject)
    const { minutes, kind, automation } = said
    const doneWhen = at === steps.length - 1 ? result : said.doneWhen
    const tags = tagStep(title, minutes)
    const movement = kind === 'digital' ? (['stationary'] as const) : tags.movement
    return {
      ...{ title, minutes, kind, doneWhen, icon: ICONS[said.icon], champs: { ...tags, movement, success: doneWhen } },
      automation: kind === 'human' || automation === 'none' ? null : automation,
    }
  })
}

/** The same thing twice is no plan: then the rules answer. */
function sound(split: Split): Split | null {
  const titles = [...split.steps, ...split.parts].map(({ title }) => title.toLowerCase())
  return new Set(titles).size === titles.length ? split : null
}
