import { wordsOf } from '../english/words.ts'
import { RECIPES } from '../steps/recipes/recipe.ts'
import { readTitle } from '../steps/title.ts'

/** A task that somebody has finished. */
export interface PastTask {
  readonly title: string
  readonly labels: readonly string[]
  /** What it was thought to take; null when nobody said. */
  readonly estimateMinutes: number | null
  /** What it took, above 0. */
  readonly actualMinutes: number
}

/** What is to be estimated. */
export interface Estimable {
  readonly title: string
  readonly labels: readonly string[]
  /** What the person thinks; null when they did not say. */
  readonly estimateMinutes: number | null
}

/** How long something takes: half of such tasks are done within `p50Minutes`, four of five within `p80Minutes`. */
export interface Estimate {
  readonly p50Minutes: number
  readonly p80Minutes: number
  /** Statistics of the person's own past, rules by kind of task, or a model's guess. */
  readonly path: 'statistics' | 'rules' | 'model'
  readonly confidence: number
  /** How many finished tasks it rests on. */
  readonly basedOn: number
}

/** Below so many finished tasks a person's own estimate stands as it is. */
export const HISTORY_MIN = 10
/** A task counts half as much as one that was finished this many tasks later. */
export const HALF_LIFE_TASKS = 300
/** How many finished tasks are looked at, the newest first. */
export const HISTORY_MAX = 600
// What nobody has measured yet: four of five are done within one and a half times what half are done in. It holds only
// until there is a history, and stretches the range alone, never the estimate.
const SPREAD = 1.5
// From here on a kind rests on more than a guess.
const KIND_SURE = 0.6
const RATIO_MIN = 0.1
const RATIO_MAX = 10
const MINUTES_MAX = 60 * 24 * 30

interface Weighted {
  readonly value: number
  readonly weight: number
}

/**
 * The value below which the share `q` (0 to 1) of the weight lies, between neighbours in proportion. Each value stands in
 * the middle of its own weight. Takes at least one value whose weight is above 0.
 */
export function weightedQuantile(values: readonly Weighted[], q: number): number {
  const sorted = values.filter(({ weight }) => weight > 0).toSorted((one, other) => one.value - other.value)
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0)
  let before = 0
  let last: { value: number; at: number } | null = null
  for (const { value, weight } of sorted) {
    const at = (before + weight / 2) / total
    if (at >= q) {
      if (last === null) return value
      return last.value + ((value - last.value) * (q - last.at)) / (at - last.at)
    }
    last = { value, at }
    before += weight
  }
  return last?.value ?? Number.NaN
}

const sameWords = (title: string) =>
  wordsOf(title)
    .map(({ word }) => word)
    .join(' ')

/** In what a past task is like the one that is to be estimated. */
interface Likeness {
  readonly words: boolean
  readonly kind: boolean
  readonly label: boolean
}

function likenessTo(task: Estimable): (past: PastTask) => Likeness {
  const words = sameWords(task.title)
  const { kind, confidence } = readTitle(task.title)
  return (past) => ({
    words: words === sameWords(past.title),
    kind: confidence >= KIND_SURE && readTitle(past.title).kind === kind,
    label: task.labels.some((label) => past.labels.includes(label)),
  })
}

/** How much a past task says, above 0: the same words count far more than the same kind, label or size. */
function weightOf(task: Estimable, past: PastTask, like: Likeness): number {
  const same = (like.words ? 16 : 1) * (like.kind ? 2 : 1) * (like.label ? 2 : 1)
  const size =
    task.estimateMinutes === null || past.estimateMinutes === null
      ? 1
      : Math.exp(-Math.abs(Math.log(past.estimateMinutes / task.estimateMinutes)))
  return same * size
}

/** How many tasks of equal weight would say as much (Kish): (Σw)² / Σw². */
function effective(values: readonly Weighted[]): number {
  const sum = values.reduce((total, { weight }) => total + weight, 0)
  const squares = values.reduce((total, { weight }) => total + weight * weight, 0)
  return squares === 0 ? 0 : (sum * sum) / squares
}

const whole = (minutes: number) => Math.max(1, Math.min(MINUTES_MAX, Math.round(minutes)))
const round2 = (value: number) => Math.round(value * 100) / 100

function answer(p50: number, p80: number, rest: Pick<Estimate, 'path' | 'confidence' | 'basedOn'>): Estimate {
  const p50Minutes = whole(p50)
  return { p50Minutes, p80Minutes: Math.max(p50Minutes, whole(p80)), ...rest, confidence: round2(rest.confidence) }
}

/** By rules: the person's own estimate where there is one, else what the recipe of its kind adds up to. */
function byRules(task: Estimable): Estimate {
  if (task.estimateMinutes !== null)
    return answer(task.estimateMinutes, task.estimateMinutes * SPREAD, { path: 'rules', confidence: 0.5, basedOn: 0 })
  const { kind, confidence } = readTitle(task.title)
  const recipe = RECIPES.get(kind) ?? RECIPES.get('hands')!
  const sum = (of: readonly { readonly minutes: number }[]) => of.reduce((total, { minutes }) => total + minutes, 0)
  const minutes = recipe.parts.length > 0 ? sum(recipe.parts) : sum(recipe.steps)
  return answer(minutes, minutes * SPREAD, { path: 'rules', confidence: confidence / 3, basedOn: 0 })
}

/**
 * How long a task takes, from what the person's own finished tasks took, `history`, the newest first. With an estimate of
 * theirs: quantiles of actual ÷ estimate over their past, weighted by likeness and recency. Without: quantiles of what
 * tasks of the same words, kind or label took. Below 10 such tasks the rules answer, and an estimate stays as it is.
 */
export function estimateTask(task: Estimable, history: readonly PastTask[]): Estimate {
  const known = history.slice(0, HISTORY_MAX).filter(({ actualMinutes }) => actualMinutes > 0)
  const { estimateMinutes } = task
  const likeness = likenessTo(task)
  const values = known.flatMap((past, age): Weighted[] => {
    const like = likeness(past)
    const weight = weightOf(task, past, like) * 2 ** (-age / HALF_LIFE_TASKS)
    if (estimateMinutes === null)
      return like.words || like.kind || like.label ? [{ value: past.actualMinutes, weight }] : []
    if (past.estimateMinutes === null || past.estimateMinutes <= 0) return []
    const ratio = past.actualMinutes / past.estimateMinutes
    return [{ value: Math.min(RATIO_MAX, Math.max(RATIO_MIN, ratio)), weight }]
  })
  if (values.length < HISTORY_MIN) return byRules(task)
  const unit = estimateMinutes ?? 1
  const count = effective(values)
  const rest = { path: 'statistics', confidence: count / (count + HISTORY_MIN), basedOn: values.length } as const
  return answer(weightedQuantile(values, 0.5) * unit, weightedQuantile(values, 0.8) * unit, rest)
}
