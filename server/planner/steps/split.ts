import { tagStep } from '../champs/tag.ts'
import type { Champs } from '../champs/vocabulary.ts'
import { capitalised } from '../english/words.ts'
import { fill } from './fill.ts'
import { RECIPES, type Automation, type Icon, type Recipe, type RecipeStep } from './recipes/recipe.ts'
import { readTitle } from './title.ts'

/** What is to be split. */
export interface Splittable {
  readonly title: string
  /** Lines that are items of a list become steps where they begin with a verb. */
  readonly notes?: string | null
  /** What the whole is thought to take; null when nobody said. */
  readonly minutes?: number | null
  /** 0 (initiative) to 6 (step). */
  readonly level: number
}

/** A step of 2 to 5 minutes. */
export interface MadeStep {
  readonly title: string
  readonly minutes: number
  readonly kind: 'digital' | 'human'
  readonly icon: Icon
  readonly champs: Champs
  /** The state one can see when it is done; that of the last step is the result of the whole. */
  readonly doneWhen: string
  /** What a program could take over; null for what is done by hand. */
  readonly automation: Automation | null
}

/** A part of something long, one level below it. */
export interface MadePart {
  readonly title: string
  readonly minutes: number
  readonly level: number
}

/** How something is split: into parts when it is long or stands above a task, else into steps. */
export interface Split {
  readonly path: 'rules' | 'model'
  /** How sure it is that this fits what was meant, 0 to 1. */
  readonly confidence: number
  /** The kind of task that it was taken for. */
  readonly kind: string
  /** What is there when all is done. */
  readonly result: string
  /** Questions whose answers would make the next split better. */
  readonly clarify: readonly string[]
  readonly parts: readonly MadePart[]
  readonly steps: readonly MadeStep[]
}

/** The level of a step, below which nothing is. */
export const STEP_LEVEL = 6
const TASK_LEVEL = 4
export const STEPS_MIN = 3
export const STEPS_MAX = 9
export const STEP_MINUTES_MIN = 2
export const STEP_MINUTES_MAX = 5
// What is longer has more than nine steps of five minutes.
const STEPS_MINUTES_MAX = STEPS_MAX * STEP_MINUTES_MAX
const ROUNDS_MAX = 5
// How long parts are by the level that they are on, where nobody said how long the whole is: phases, epics, sprints and tasks are
// months, weeks, days and hours of work.
const MINUTES_OF_LEVEL: readonly number[] = [0, 9600, 4800, 2400, 480]

/**
 * Splits anything into 3 to 9 steps of 2 to 5 minutes, by rules alone: pure, and the same for the same input. What stands
 * above a task, and a task of more than 45 minutes that has parts, is split into parts one level below first, each of
 * which can be split in turn.
 */
export function splitTask(task: Splittable): Split {
  const reading = readTitle(task.title)
  const { subject } = reading
  const kind = task.level >= STEP_LEVEL ? 'tiny' : reading.kind
  const recipe = RECIPES.get(kind) ?? RECIPES.get('hands')!
  const result = fill(recipe.result, subject)
  const filled = (text: string) => fill(text, subject, result)
  const isLong = task.level < TASK_LEVEL || (task.level === TASK_LEVEL && (task.minutes ?? 0) > STEPS_MINUTES_MAX)
  const about = {
    path: 'rules',
    confidence: reading.confidence,
    kind,
    result,
    clarify: clarify(recipe, task, filled),
  } as const
  const parts = isLong ? partsOf(recipe, task, filled) : []
  if (parts.length > 0) return { ...about, parts, steps: [] }
  const own = stepsOfNotes(task.notes ?? '')
  const steps =
    own.length > 0 ? own.map(stepOfNote) : fitted(recipe.steps, task.minutes ?? null).map((step) => made(step, filled))
  return { ...about, parts: [], steps: endingWith(result, steps, own.length > 0) }
}

function made(step: RecipeStep, filled: (text: string) => string): MadeStep {
  const title = filled(step.title)
  const doneWhen = filled(step.doneWhen)
  const { minutes, kind, icon, automation } = step
  const tags = tagStep(title, minutes)
  // What is done at a screen is done in one seat, whatever else its words could mean.
  const champs: Champs = { ...tags, movement: kind === 'digital' ? ['stationary'] : tags.movement, success: doneWhen }
  return { title, minutes, kind, icon, automation, doneWhen, champs }
}

/** The last of steps that a person wrote ends with the result of the whole; those of recipes do by themselves. */
function endingWith(result: string, steps: MadeStep[], isOwn: boolean): MadeStep[] {
  if (!isOwn) return steps
  return steps.map((step, at) =>
    at === steps.length - 1 ? { ...step, doneWhen: result, champs: { ...step.champs, success: result } } : step,
  )
}

/**
 * Fits steps to the minutes that the whole may take: the shortest in the middle go first, never below three, then the
 * rest become longer or shorter by a minute at a time, within 2 to 5. Without minutes, or with more than they can fill,
 * they stay as they are: they begin what is longer.
 */
function fitted(steps: readonly RecipeStep[], minutes: number | null): RecipeStep[] {
  if (minutes === null || minutes > steps.length * STEP_MINUTES_MAX) return [...steps]
  let kept = [...steps]
  const sum = () => kept.reduce((total, step) => total + step.minutes, 0)
  while (sum() > minutes && kept.length > STEPS_MIN) {
    const middle = kept.slice(1, -1)
    const least = Math.min(...middle.map((step) => step.minutes))
    const out = middle.findLast((step) => step.minutes === least)
    kept = kept.filter((step) => step !== out)
  }
  for (let changed = true; changed && sum() !== minutes;) {
    const by = sum() > minutes ? -1 : 1
    const at = kept.findIndex(
      (step, index) =>
        step.minutes + by >= STEP_MINUTES_MIN &&
        step.minutes + by <= STEP_MINUTES_MAX &&
        kept.every(
          (other, place) =>
            place === index ||
            by * (other.minutes - step.minutes) >= 0 ||
            other.minutes + by > STEP_MINUTES_MAX ||
            other.minutes + by < STEP_MINUTES_MIN,
        ),
    )
    changed = at !== -1
    if (changed) kept = kept.map((step, index) => (index === at ? { ...step, minutes: step.minutes + by } : step))
  }
  return kept
}

/** Parts one level below, with the minutes of the whole shared out as the recipe has them. */
function partsOf(recipe: Recipe, { minutes, level }: Splittable, filled: (text: string) => string): MadePart[] {
  const parts = recipe.parts.length > 0 ? recipe.parts : (RECIPES.get('hands')?.parts ?? [])
  const usual = parts.reduce((sum, part) => sum + part.minutes, 0)
  const whole = minutes ?? (level < TASK_LEVEL ? (MINUTES_OF_LEVEL[level + 1] ?? usual) * parts.length : usual)
  return parts.flatMap((part) => {
    const share = (part.minutes * whole) / usual
    // What is still longer than steps can be is done in rounds.
    const rounds = level < TASK_LEVEL ? 1 : Math.min(ROUNDS_MAX, Math.ceil(share / STEPS_MINUTES_MAX))
    const minutesOfRound = Math.max(STEP_MINUTES_MAX, Math.round(share / rounds / 5) * 5)
    return Array.from({ length: rounds }, (_, at) => ({
      title: filled(part.title) + (rounds === 1 ? '' : ` (${at + 1} of ${rounds})`),
      minutes: minutesOfRound,
      level: level + 1,
    }))
  })
}

/** What to ask: the question of the recipe, and how long it may take where nobody said. */
function clarify(recipe: Recipe, task: Splittable, filled: (text: string) => string): string[] {
  const questions = recipe.ask === null ? [] : [capitalised(filled(recipe.ask))]
  return (task.minutes ?? null) === null ? [...questions, 'How many minutes do you want to give it today?'] : questions
}

const ITEM = /^\s*(?:[-*•–]|\[[ xX]?\]|\d+[.)])\s+(?:\[[ xX]?\]\s*)?(.{2,120})$/

/** Items of a list in the notes, when there are 3 to 9 and each begins with a verb and is one action. */
function stepsOfNotes(notes: string): string[] {
  const items = notes
    .slice(0, 5000)
    .split(/\r?\n/)
    .flatMap((line) => ITEM.exec(line)?.[1]?.trim() ?? [])
  const areSteps = items.every((item) => readTitle(item).confidence >= 0.9 && !/ and /i.test(item))
  return areSteps && items.length >= STEPS_MIN && items.length <= STEPS_MAX ? items : []
}

const NOTE_MINUTES = 5

/** A step that somebody wrote into the notes, in their own words. */
function stepOfNote(text: string): MadeStep {
  const title = capitalised(text)
  const first = RECIPES.get(readTitle(text).kind)?.steps.at(-2)
  const champs = tagStep(title, NOTE_MINUTES)
  return {
    title,
    minutes: NOTE_MINUTES,
    kind: first?.kind ?? 'human',
    icon: first?.icon ?? '✨',
    automation: null,
    doneWhen: champs.success,
    champs,
  }
}
