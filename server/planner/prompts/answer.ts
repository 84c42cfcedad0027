import { titleOf } from '../captures/title.ts'
import { readJson } from './json-answer.ts'
import { readList } from './list-answer.ts'
import type { RawAnswer, RawStep } from './plan.ts'
import { wordsLost } from './words.ts'

/** A step of a plan that a chatbot wrote. */
export interface AnswerStep {
  readonly title: string
  /** Its words as they came, where the title does not hold them all. */
  readonly notes: string
  readonly minutes: number | null
  /** 0 nothing said, 1 low to 4 urgent. */
  readonly priority: number
}

/** A plan read from the answer of a chatbot. */
export interface ParsedAnswer {
  /** What it was written as; `text`: neither JSON nor a list. */
  readonly shape: 'json' | 'list' | 'text'
  /** What the whole is called; null where the answer does not say. */
  readonly title: string | null
  /** What belongs to no step. */
  readonly notes: string
  readonly steps: readonly AnswerStep[]
}

export const ANSWER_LENGTH_MAX = 20_000
/** Steps beyond these stay in the notes of the whole. */
const STEPS_MAX = 100

/**
 * Reads the answer of a chatbot that somebody pasted: JSON (also fenced, broken or cut off), a list (numbered, of bullets,
 * of headings), or prose. Pure, total: it takes any text up to `ANSWER_LENGTH_MAX`. No word is ever lost: each stands in the
 * title or the notes of the whole or of a step; of JSON the words of its values, and its names where they are not ours.
 */
export function parseAnswer(text: string): ParsedAnswer {
  const json = readJson(text)
  if (json !== null && json.steps.length > 0) return finished(text, 'json', json)
  const list = readList(text)
  return finished(text, list.isList ? 'list' : 'text', list)
}

function finished(text: string, shape: ParsedAnswer['shape'], raw: RawAnswer): ParsedAnswer {
  const notes = [...raw.notes]
  const steps: AnswerStep[] = []
  for (const step of raw.steps) {
    const title = titleOf(step.title)
    if (title === null || steps.length === STEPS_MAX) notes.push(step.title, ...step.notes)
    else steps.push({ title, notes: notesBeside(title, step), minutes: step.minutes, priority: step.priority ?? 0 })
  }
  const title = raw.title === null ? null : titleOf(raw.title)
  if (raw.title !== null && title !== raw.title) notes.unshift(raw.title)
  const answer: ParsedAnswer = { shape, title, notes: joined(notes), steps }
  // Reading that loses a word is a reading that failed: then the whole stays as it came.
  const kept = [answer.title ?? '', answer.notes, ...answer.steps.flatMap((step) => [step.title, step.notes])]
  const isWhole = answer.notes.length <= ANSWER_LENGTH_MAX && wordsLost(raw.words ?? text, kept).length === 0
  return isWhole ? answer : { ...answer, notes: text }
}

/** What a step says beside its title; all of it where the title had to be shortened. */
function notesBeside(title: string, { title: said, notes }: RawStep): string {
  const isShown = said.replaceAll(/\s+/g, ' ').trim() === title
  return joined(isShown ? notes : [said, ...notes])
}

const joined = (parts: readonly string[]): string =>
  parts
    .map((part) => part.replaceAll(/^(?:[^\S\n]*\n)+|\s+$/g, ''))
    .filter((part) => part.trim() !== '')
    .join('\n')
