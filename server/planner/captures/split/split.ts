import { actionAt } from './actions.ts'
import { type Clause, clausesOf } from './clauses.ts'
import { type Moment, datesIn } from './dates.ts'
import type { Found } from './fields.ts'
import { type Around, taskConfidence } from './judge.ts'
import { minutesIn } from './minutes.ts'
import { peopleIn } from './people.ts'
import { priorityIn } from './priorities.ts'
import { type Sentence, sentencesOf } from './sentences.ts'
import { titleBetween } from './titles.ts'
import { FILLERS } from './vocabulary.ts'
import { wordsOf } from './words.ts'

/** Something read into a field of a task. Dates are local: 'YYYY-MM-DD' or 'YYYY-MM-DDTHH:MM'. */
export type ReadField =
  | (Found<string> & { readonly field: 'due' | 'person' })
  | (Found<number> & { readonly field: 'priority' | 'estimateMinutes' })

/** Something to do that was found in a text, with where it stands there (UTF-16 units). */
export interface SplitTask {
  readonly title: string
  /** Its words as they came, where the title does not hold them all; else ''. */
  readonly notes: string
  readonly start: number
  readonly end: number
  readonly fields: readonly ReadField[]
  /** How sure it is that this is something to do, 0.5 to 1. */
  readonly confidence: number
}

/** What is in no task: thoughts, headings, bullets and "oh and". */
export interface Rest {
  readonly start: number
  readonly end: number
  /** It says nothing by itself. */
  readonly filler: boolean
}

/** Tasks and rest together hold every character of the text that is not blank, each exactly once. */
export interface Split {
  readonly tasks: readonly SplitTask[]
  readonly rest: readonly Rest[]
}

/** At most so many tasks come of one text; what comes after stays rest. */
const TASKS_MAX = 200
/** Nor is anything looked for beyond so many clauses: five times what the longest text that somebody speaks has. */
const CLAUSES_MAX = 1000
const TASK_MIN = 0.5

/**
 * Finds what is to be done in a text that somebody spoke or typed in one go, without a model. Pure: the same text at the
 * same moment gives the same answer, in time that grows with its length alone. Measured in docs/captures.md.
 */
export function splitDump(text: string, moment: Moment): Split {
  const sentences = sentencesOf(text)
  const clauses = sentences.flatMap((sentence) => clausesOf(text, sentence)).slice(0, CLAUSES_MAX)
  const around = aroundOf(text, sentences, clauses)
  const tasks: SplitTask[] = []
  const dates = clauses.map((clause) => datesIn(text, clause.start, clause.end, moment))
  for (const span of spansOf(text, clauses, around, dates)) {
    if (tasks.length === TASKS_MAX) break
    const task = taskOf(text, span, dates.flat())
    if (task !== null) tasks.push(task)
  }
  return { tasks, rest: restOf(text, tasks) }
}

interface Span {
  readonly start: number
  readonly end: number
  readonly confidence: number
  readonly atStart: boolean
  /** Where the title begins: after what says that there is a duty. */
  readonly titleStart: number
}

/** The clauses that are tasks; what explains a task in the same sentence is its own. */
function spansOf(
  text: string,
  clauses: readonly Clause[],
  around: Around,
  dates: readonly (readonly Found<string>[])[],
): Span[] {
  const spans: Span[] = []
  // The clause that the newest span ends with.
  let before: Clause | undefined
  for (const [n, clause] of clauses.entries()) {
    const own = dates[n] ?? []
    const confidence = taskConfidence(clause, text, own.length > 0, around)
    const last = spans.at(-1)
    if (confidence >= TASK_MIN) {
      const core = coreStart(clause)
      const start = Math.min(core, leadStart(text, clause, core, own[0]))
      spans.push({ start, titleStart: core, end: endOf(text, clause), confidence, atStart: clause.index === 0 })
      before = clause
    } else if (last !== undefined && before?.sentence === clause.sentence && explains(text, clause, before.end)) {
      spans[spans.length - 1] = { ...last, end: endOf(text, clause) }
      before = clause
    }
  }
  return spans
}

/** Whether a clause that is no task belongs to the task before it: joined to it by a comma or less. */
const explains = (text: string, clause: Clause, end: number): boolean =>
  /^[\s,–—-]*$/.test(text.slice(end, clause.start)) &&
  !/^(?:and|then|but|so|also|oh)\b/i.test(text.slice(clause.start, clause.end))

/** Where a clause says what it is about: after "oh and" and "I need to", but with the date that leads. */
function coreStart({ words, action, start }: Clause): number {
  if (action !== null) return words[action.core]?.start ?? start
  const first = words.find((word) => !FILLERS.has(word.lower))
  return first?.start ?? start
}

const LEAD_REACH = 10

/** Where words of urgency or of time that lead begin: "should probably", "tomorrow I have to"; else `core`. */
function leadStart(text: string, { start, actions }: Clause, core: number, first: Found<string> | undefined): number {
  // "should probably" reaches into what it is said of.
  const urgency = priorityIn(text, start, core + LEAD_REACH)?.start ?? core
  // "This week I want to …, … and …" is said of no single one of them.
  const date = actions === 1 ? (first?.start ?? core) : core
  return Math.min(urgency, date)
}

/** The end of a clause without the blanks and joining marks behind it. */
const endOf = (text: string, { start, end }: Clause): number =>
  start + text.slice(start, end).replace(/[\s,;:–—(-]+$/, '').length

function taskOf(text: string, span: Span, dates: readonly Found<string>[]): SplitTask | null {
  const { start, end, confidence } = span
  const due = dates.find((date) => date.start >= start && date.end <= end)
  const priority = priorityIn(text, start, end)
  const minutes = minutesIn(text, start, end)
  const fields: ReadField[] = [
    ...(due === undefined ? [] : [{ field: 'due' as const, ...due }]),
    ...peopleIn(text, wordsOf(text, start, end), span.atStart).map((each) => ({ field: 'person' as const, ...each })),
    ...(priority === null ? [] : [{ field: 'priority' as const, ...priority }]),
    ...(minutes === null ? [] : [{ field: 'estimateMinutes' as const, ...minutes }]),
  ]
  const left = fields.filter((each) => each.field === 'due' || each.field === 'priority')
  const title = titleBetween(text, span.titleStart, end, left)
  if (title === null) return null
  const own = text.slice(start, end).trim()
  const notes = own.toLowerCase() === title.toLowerCase() ? '' : own
  return { title, notes, start, end, fields, confidence }
}

const ITEM_WORDS_MAX = 12
const HEADING_WORDS_MAX = 6

function aroundOf(text: string, sentences: readonly Sentence[], clauses: readonly Clause[]): Around {
  const alone = sentences.filter((sentence) => sentence.alone)
  const lengthOf = (sentence: Sentence): number => wordsOf(text, sentence.start, sentence.end).length
  const lines = (sentences.at(-1)?.line ?? -1) + 1
  const isShort = (sentence: Sentence): boolean => sentence.alone && lengthOf(sentence) <= ITEM_WORDS_MAX
  const isList = lines >= 2 && alone.filter(isShort).length >= Math.max(2, lines * 0.6)
  const isName = ({ start, end, bullet }: Sentence): boolean => {
    const words = wordsOf(text, start, end)
    return (
      !bullet &&
      words.length <= HEADING_WORDS_MAX &&
      actionAt(words, 0, words.length) === null &&
      !text.slice(start, end).includes(',')
    )
  }
  const headings = new Set<Sentence>()
  for (const [n, sentence] of sentences.entries()) {
    const next = sentences[n + 1]
    const ends = text.slice(sentence.end - 1, sentence.end)
    if (!sentence.alone || next === undefined || sentence.line === next.line) continue
    const above = next.bullet && (!sentence.bullet || next.indent > sentence.indent)
    const names = sentence.line === 0 && lengthOf(sentence) <= 2 && lines >= 4
    if (ends === ':' || (isName(sentence) && (above || names))) headings.add(sentence)
  }
  return {
    isItem: (sentence) => sentence.bullet || (isList && isShort(sentence)),
    isHeading: (sentence) => headings.has(sentence),
    actions: clauses.filter((clause) => clause.action !== null).length,
    things: clauses.filter((clause) => clause.action === null && clause.words.length <= 4).length,
  }
}

/** What stands between the tasks, without the blanks around it. */
export function restOf(text: string, tasks: readonly SplitTask[]): Rest[] {
  const borders = [...tasks.map(({ start, end }) => ({ start, end })), { start: text.length, end: text.length }]
  let from = 0
  return borders.flatMap(({ start, end }) => {
    const part = text.slice(from, start)
    const begin = from + part.length - part.trimStart().length
    const stop = from + part.trimEnd().length
    from = end
    if (begin >= stop) return []
    const filler = wordsOf(text, begin, stop).every((word) => FILLERS.has(word.lower) || word.lower === 'i')
    return [{ start: begin, end: stop, filler }]
  })
}
