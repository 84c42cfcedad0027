import { minutesSaid, prioritySaid } from './amounts.ts'
import type { RawAnswer, RawStep } from './plan.ts'
import { type Loose, LooseObject, looseJson } from './loose-json.ts'

/** Names of members as chatbots give them, without case, blanks and marks. */
const TITLES = new Set([
  'action',
  'heading',
  'headline',
  'name',
  'step',
  'subtask',
  'summary',
  'task',
  'taskname',
  'title',
])
const WHATS = new Set(['description', 'details', 'do', 'how', 'instructions', 'notes', 'text', 'what', 'whattodo'])
const TIMES = new Set([
  'duration',
  'durationminutes',
  'estimate',
  'estimatedminutes',
  'estimatedtime',
  'estimateminutes',
  'minutes',
  'time',
  'timeestimate',
  'timeestimateminutes',
  'timeinminutes',
  'timeminutes',
])
const PRIORITIES = new Set(['importance', 'priority', 'urgency'])
const LISTS = new Set([
  'actions',
  'checklist',
  'children',
  'items',
  'list',
  'plan',
  'result',
  'steps',
  'subtasks',
  'tasks',
  'todo',
  'todos',
])
/** Their order says it. */
const NUMBERS = new Set(['id', 'index', 'no', 'number', 'order', 'stepnumber'])

/** A plan read from JSON, with the words that must be found again. */
export interface JsonAnswer extends RawAnswer {
  readonly words: string
}

const TRIES_MAX = 5

/** Reads the first JSON of a text that holds a plan; what stands around it goes to the notes. Null where there is none. */
export function readJson(text: string): JsonAnswer | null {
  let [tries, end] = [0, 0]
  for (const { index } of text.matchAll(/[{[]/g)) {
    // "[x]" and "{…}" in prose are none; a text of nothing but brackets is not read to its end.
    if (tries === TRIES_MAX) return null
    if (index < end) continue
    const found = looseJson(text, index)
    if (found === null) continue
    tries += 1
    end = found.end
    const plan = planOf(found.value)
    if (plan === null || plan.steps.length === 0) continue
    const [before, after] = [text.slice(0, index), text.slice(found.end)].map(withoutFence)
    const around = [before ?? '', after ?? ''].filter((part) => /[\p{L}\p{N}]/u.test(part))
    const words = [...around, ...leaves(found.value)].join(' ')
    return { title: plan.title, notes: [...around, ...plan.notes], steps: plan.steps, words }
  }
  return null
}

const withoutFence = (part: string): string => part.replaceAll(/^[^\S\n]*(?:```|~~~)\w*[^\S\n]*$/gm, '').trim()

/** What a member is for; null for one that is not ours. */
function useOf(key: string): 'title' | 'what' | 'time' | 'priority' | 'list' | 'number' | null {
  const name = key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  if (TITLES.has(name)) return 'title'
  if (WHATS.has(name)) return 'what'
  if (TIMES.has(name)) return 'time'
  if (PRIORITIES.has(name)) return 'priority'
  if (NUMBERS.has(name)) return 'number'
  return LISTS.has(name) ? 'list' : null
}

function planOf(value: Loose): RawAnswer | null {
  if (isArray(value)) {
    const isPlan = value.some((item) => item instanceof LooseObject || (typeof item === 'string' && /\s/.test(item)))
    return isPlan ? { title: null, notes: [], steps: value.flatMap(stepsOf) } : null
  }
  if (!(value instanceof LooseObject)) return null
  const { members } = value
  const lists = members.filter(([key, each]) => useOf(key) === 'list' && isArray(each))
  if (lists.length === 0) {
    // {"plan": {"title": …, "steps": […]}}
    const inner = members.flatMap((member) => {
      const plan = member[1] instanceof LooseObject ? planOf(member[1]) : null
      return plan === null ? [] : [{ member, plan }]
    })
    const [only] = inner
    if (only !== undefined && inner.length === 1) {
      const rest = members.filter((member) => member !== only.member)
      return { ...only.plan, notes: [...rest.flatMap(linesOf), ...only.plan.notes] }
    }
    const step = stepOf(value)
    return step !== null && members.some(([key]) => useOf(key) === 'title')
      ? { title: null, notes: [], steps: [step] }
      : null
  }
  const named = members.find(([key, each]) => useOf(key) === 'title' && typeof each === 'string')
  const rest = members.filter((member) => member !== named && !lists.includes(member))
  return {
    title: named === undefined ? null : leaves(named[1]).join(' '),
    notes: rest.flatMap(linesOf),
    steps: lists.flatMap(([, each]) => stepsOf(each)),
  }
}

const isArray = (value: Loose): value is readonly Loose[] => Array.isArray(value)

/** A step; one that has steps of its own comes before them. */
function stepsOf(item: Loose): RawStep[] {
  if (isArray(item)) return item.flatMap(stepsOf)
  if (!(item instanceof LooseObject)) {
    const title = leaves(item).join(' ')
    return title === '' ? [] : [{ title, notes: [], minutes: minutesSaid(title), priority: null }]
  }
  const deeper = item.members.filter(([key, each]) => useOf(key) === 'list' && isArray(each))
  const own = stepOf(new LooseObject(item.members.filter((member) => !deeper.includes(member))))
  const below = deeper.flatMap(([, each]) => stepsOf(each))
  return own === null ? below : [own, ...below]
}

function stepOf({ members }: LooseObject): RawStep | null {
  const text = (uses: readonly ReturnType<typeof useOf>[]) =>
    members.find(([key, each]) => uses.includes(useOf(key)) && typeof each === 'string' && each.trim() !== '')
  const named =
    text(['title']) ?? text(['what']) ?? members.find(([, each]) => typeof each === 'string' && each.trim() !== '')
  if (named === undefined)
    return members.length === 0
      ? null
      : { title: members.flatMap(linesOf).join(', '), notes: [], minutes: null, priority: null }
  const said = (use: ReturnType<typeof useOf>): string | null => {
    const member = members.find(
      ([key, each]) => useOf(key) === use && (typeof each === 'string' || typeof each === 'number'),
    )
    return member === undefined ? null : leaves(member[1]).join(' ')
  }
  const [time, priority] = [said('time'), said('priority')]
  return {
    title: leaves(named[1]).join(' '),
    notes: members.filter((member) => member !== named).flatMap(linesOf),
    minutes: time === null ? null : minutesSaid(time, true),
    priority: priority === null ? null : prioritySaid(priority),
  }
}

/** A member in words: what to do as it is, what is in fields already and what is not ours with its name. */
function linesOf([key, value]: readonly [string, Loose]): string[] {
  const told = [...leaves(value)]
  if (told.length === 0) return []
  return [useOf(key) === 'what' ? told.join('\n') : `${key}: ${told.join(', ')}`]
}

/** Everything that a value says, with the names of members that are not ours. */
function leaves(value: Loose): string[] {
  if (value === null) return []
  if (isArray(value)) return value.flatMap(leaves)
  if (!(value instanceof LooseObject)) return [value.toString()]
  return value.members.flatMap(([key, each]) => [...(useOf(key) === null ? [key] : []), ...leaves(each)])
}
