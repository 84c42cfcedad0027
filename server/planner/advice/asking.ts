import { type Static, Type } from 'typebox'
import { completeText } from '#commons/ai/service.ts'
import type { Ctx } from '#platform/context.ts'
import { orNothing, saidSure } from '../steps/said.ts'
import type { Estimate } from './estimate.ts'
import { type Priorities, type Rankable, type Situation, reordered } from './prioritise.ts'

// A model knows nothing of how this person works.
const SURE_MAX = 0.6
const DEADLINE_MS = 20_000
const MINUTES_MAX = 60 * 24 * 30
const NOTES_LENGTH_MAX = 5000
/** So many of the first by rules are shown to a model: it puts them in order, the rest follows. */
const SHOWN_MAX = 40

const closed = { additionalProperties: false } as const
const minutes = (description: string) => Type.Integer({ minimum: 1, maximum: MINUTES_MAX, description })

const SaidEstimate = Type.Object(
  {
    p50Minutes: minutes('Half of such tasks are done in this time.'),
    p80Minutes: minutes('Four of five of such tasks are done in this time.'),
    confidence: saidSure,
  },
  closed,
)
type SaidEstimate = Static<typeof SaidEstimate>

const ESTIMATE_SYSTEM = `You estimate how many minutes of work a task takes one person who does it in the ordinary way.
Count the work alone, neither waiting nor sleep. Most people think it takes less than it does: do not follow them.`

const sure = (confidence: number): number => Math.round(Math.min(SURE_MAX, confidence) * 100) / 100

/** What a model thinks that a task takes. Null where none is connected or gave a usable answer. */
export async function estimateByModel(
  ctx: Ctx,
  task: { readonly id: string; readonly title: string; readonly notes: string; readonly labels: readonly string[] },
): Promise<Estimate | null> {
  const { id, title, notes, labels } = task
  const { value } = await completeText(ctx, {
    ...{
      system: ESTIMATE_SYSTEM,
      schema: orNothing<SaidEstimate>(SaidEstimate),
      maxOutputTokens: 200,
      purpose: 'fast',
    },
    data: { task: { title, notes: notes.slice(0, NOTES_LENGTH_MAX), labels } },
    ...{ source: `planner:task:${id}:estimate`, deadlineMs: DEADLINE_MS, rules: () => null },
  })
  if (value === null || value.p80Minutes < value.p50Minutes) return null
  const { p50Minutes, p80Minutes, confidence } = value
  return { p50Minutes, p80Minutes, path: 'model', confidence: sure(confidence), basedOn: 0 }
}

const ORDER_SYSTEM = `You put the open tasks of a person in the order in which they should do them, the first first.
"tasks" have a number each, and what is known of them; "now" is the energy (1 low to 3 high) and the minutes that are there.
What is overdue or due soon goes before what can wait, what others wait for goes before them, and what fits the energy and
the time goes before what does not. Answer with the numbers of all tasks, each once.`

const SaidOrder = Type.Object(
  {
    order: Type.Array(Type.Integer({ minimum: 1, maximum: SHOWN_MAX }), {
      minItems: 1,
      maxItems: SHOWN_MAX,
      uniqueItems: true,
    }),
    confidence: saidSure,
  },
  closed,
)
type SaidOrder = Static<typeof SaidOrder>

/**
 * The order in which a model would do what the rules put in order. It sees numbers, never ids, and whatever it says all
 * tasks are there once and nothing stands before what it waits for. Null where none is connected or gave a usable answer.
 */
export async function orderByModel(
  ctx: Ctx,
  source: string,
  { tasks, now }: { readonly tasks: readonly (Rankable & { readonly title: string })[]; readonly now: Situation },
  byRules: Priorities,
): Promise<Priorities | null> {
  const shown = byRules.order.slice(0, SHOWN_MAX)
  if (shown.length < 2) return null
  const numbers = new Map(shown.map(({ id }, at) => [id, at + 1]))
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const { value } = await completeText(ctx, {
    ...{ system: ORDER_SYSTEM, schema: orNothing<SaidOrder>(SaidOrder), maxOutputTokens: 1000, purpose: 'fast' },
    data: {
      now,
      tasks: shown.flatMap(({ id }, at) => {
        const task = byId.get(id)
        if (task === undefined) return []
        const { title, dueInDays, priority, estimateMinutes, energy, waitsFor } = task
        const before = waitsFor.flatMap((other) => numbers.get(other) ?? [])
        return [{ number: at + 1, title, dueInDays, priority, minutes: estimateMinutes, energy, waitsFor: before }]
      }),
    },
    ...{ source, deadlineMs: DEADLINE_MS, rules: () => null },
  })
  if (value === null) return null
  const { order, confidence } = value
  if (order.length !== shown.length || order.some((number) => number > shown.length)) return null
  const ids = order.flatMap((number) => shown[number - 1]?.id ?? [])
  const rest = byRules.order.slice(SHOWN_MAX).map(({ id }) => id)
  return { path: 'model', confidence: sure(confidence), order: reordered(byRules.order, [...ids, ...rest], tasks) }
}
