import { type Static, Type } from 'typebox'
import { AnswerRefused, completeText, mayAsk } from '#commons/ai/service.ts'
import { costsOn } from '#commons/metering/service.ts'
import type { Ctx } from '#platform/context.ts'
import { tagStep } from '../champs/tag.ts'
import { orNothing, ownWordsOf, saidInstruction, saidLine, saidSure, titleOfSaid } from '../steps/said.ts'
import { STEP_DEADLINE_MS } from './jobs.ts'
import { type Situation, filledLabel, subjectOfSituation, sureOf } from './places.ts'
import type { ExecutionRow } from './queries.ts'
import type { ExecutionStep } from './schema.ts'

/** What a step is when it is worked out. */
export type WorkedOut = Pick<
  ExecutionStep,
  | 'title'
  | 'detail'
  | 'minutes'
  | 'doneWhen'
  | 'path'
  | 'confidence'
  | 'provider'
  | 'model'
  | 'inputTokens'
  | 'outputTokens'
> & { readonly costMicros: number }

const DETAIL_LENGTH_MAX = 1000
const MINUTES_MAX = 60
// A model that is sure of itself may still be wrong.
const SURE_MAX = 0.9

const Said = Type.Object(
  {
    ...saidInstruction,
    detail: Type.String({
      maxLength: DETAIL_LENGTH_MAX,
      pattern: String.raw`^(?![^]*(?::\/\/|www\.))[^\p{Cs}\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069<>]*$`,
      description: 'How to do it, for this task: at most five short sentences of plain text.',
    }),
    minutes: Type.Integer({ minimum: 1, maximum: MINUTES_MAX }),
    doneWhen: saidLine(300, 'What one sees when it is done.'),
    confidence: saidSure,
  },
  { additionalProperties: false },
)
type Said = Static<typeof Said>

const FRAME = `You work out one step of a workflow that a person follows, in plain English.
"request" tells what they want, "task" what it is about, "context" in what state they are. "steps" are the steps of the
workflow, "before" is what was worked out so far, and "step" is the one to work out now: say for exactly this step what to
do for this task. It is one action that begins with a verb and names something of the task. Keep to about its minutes.
Write no markup and no links.`

/** Our own instructions with the manner that the workflow asks for; nothing of the task is in them. */
function systemFor({ systemPrompt }: ExecutionRow): string {
  if (systemPrompt.trim() === '') return FRAME
  return `${FRAME}\n\nThe manner in which the people of this workspace want it worked out:\n${systemPrompt}`
}

const situationOf = ({ about, notes, context }: ExecutionRow): Situation => ({ subject: about, notes, ...context })

/** Whether a model is to be asked for the steps of an execution. */
export const asksModel = async (ctx: Ctx, { way }: ExecutionRow): Promise<boolean> =>
  way === 'model' || (way === 'any' && (await mayAsk(ctx, 'text')))

/** A step by rules: the label of the workflow with the words of the task. */
export function byRules(row: ExecutionRow, step: ExecutionStep): WorkedOut {
  const { label: title, minutes } = step
  return {
    ...{ title, minutes, detail: '', doneWhen: tagStep(title, minutes).success },
    ...{ path: 'rules', confidence: Math.round((0.4 + sureOf(situationOf(row))) * 100) / 100 },
    ...{ provider: null, model: null, inputTokens: 0, outputTokens: 0, costMicros: 0 },
  }
}

/** Under which name the ledger has what a step cost; no step's begins with another's. */
export const sourceOf = (executionId: string, at: number): string => `planner:workflow:${executionId}:${at + 1}:step`

/**
 * A step by a model, or by rules where none gave what can be used and the way allows it.
 * @throws NotConnected, TooMuch, BudgetExceeded, ProviderFailed, AnswerRefused where a model must answer
 */
export async function workedOut(ctx: Ctx, row: ExecutionRow, at: number, signal: AbortSignal): Promise<WorkedOut> {
  const step = row.steps[at]
  if (step === undefined) throw new Error('a step that is worked out is there')
  const { about, notes, request, context } = row
  const source = sourceOf(row.id, at)
  const answer = await completeText(ctx, {
    system: systemFor(row),
    data: {
      ...{ request, context, task: about === null ? null : { title: about, notes } },
      steps: row.steps.map(({ label }) => label),
      before: row.steps.slice(0, at).map(({ title, doneWhen }) => ({ title, doneWhen })),
      step: { number: at + 1, label: step.label, minutes: step.minutes },
    },
    schema: orNothing<Said>(Said),
    ...{ maxOutputTokens: 1500, purpose: 'text', source, signal, deadlineMs: STEP_DEADLINE_MS },
    ...(row.way === 'any' && { rules: () => null }),
  })
  const { value, provider, model, inputTokens, outputTokens } = answer
  const spent = { inputTokens, outputTokens, costMicros: await costOf(ctx, source) }
  if (value === null) return { ...byRules(row, step), ...spent }
  const { detail, minutes, doneWhen, confidence } = value
  const situation = situationOf(row)
  const own = about === null ? ownWordsOf(step.label) : ownWordsOf(`${about} ${step.label}`)
  const title =
    about === null ? `${value.verb} ${value.object}` : titleOfSaid(value, own, subjectOfSituation(situation))
  // The same instruction twice is no plan.
  const isAgain = row.steps.some((other, place) => place < at && other.title === title)
  if (isAgain && row.way === 'model') throw AnswerRefused({ headers: { 'Retry-After': '60' } })
  if (isAgain) return { ...byRules(row, step), ...spent }
  const sure = Math.round(Math.min(SURE_MAX, confidence) * 100) / 100
  return { title, detail, minutes, doneWhen, path: 'model', confidence: sure, provider, model, ...spent }
}

/** What was spent on a step so far, in millionths of a dollar: what failed and what was lost with it. */
export async function costOf(ctx: Ctx, source: string): Promise<number> {
  const costs = await costsOn(ctx, source)
  return costs.find(({ currency }) => currency === 'USD')?.spentMicros ?? 0
}

/** The labels of a workflow with the words of the situation. */
export const labelsFor = (labels: readonly string[], situation: Situation): string[] =>
  labels.map((label) => filledLabel(label, situation))
