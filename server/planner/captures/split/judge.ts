import type { Clause } from './clauses.ts'
import type { Sentence } from './sentences.ts'
import { FILLERS, FINITE, HEADINGS, IDEA, MUSING_STARTS } from './vocabulary.ts'
import { isNeed } from './statements.ts'
import { verbKind } from './words.ts'

/** What is known of the text around a clause. */
export interface Around {
  /** Lines that are items: set apart by bullets, or short and many. */
  readonly isItem: (sentence: Sentence) => boolean
  /** A line that names the items below it. */
  readonly isHeading: (sentence: Sentence) => boolean
  /** How many clauses of the whole text begin with an action. */
  readonly actions: number
  /** How many clauses of the text are bare nouns. */
  readonly things: number
}

const NOUNS_MAX = 9
const ENOUGH_ACTIONS = 2

/** What somebody tells of having done or felt. */
const PAST =
  /^(?:(?:and|but|so|today|yesterday|finally) )*(?:i|we|he|she|they) (?:\w+ly )?(?:\w+ed|did|got|had|went|was|were)\b/
const APPOINTMENT = /^(?:and |also |so )?(?:i|we|ive|weve) (?:have|has|got|have got) (?:a|an|my|the|our|another)\b/

/** How sure it is that a clause is something to do, 0 to 1; 0.5 and more is a task. `dated`: a date or time stands in it. */
export function taskConfidence(clause: Clause, text: string, dated: boolean, around: Around): number {
  const { sentence, words, action, actions } = clause
  const first = words[0]
  if (first === undefined || clause.heads || sentence.ticked || around.isHeading(sentence)) return 0
  const said = text.slice(clause.start, clause.end).toLowerCase().replaceAll(/['’]/g, '')
  if (/^(?:not|no|never|dont|do not)\b/.test(said) && !/^(?:dont|do not) forget/.test(said)) return 0.1
  const plain = words.map((word) => word.lower).join(' ')
  if (IDEA.test(plain) || HEADINGS.test(plain) || words.every((word) => FILLERS.has(word.lower))) return 0.1
  const item = around.isItem(sentence)
  const asks = said.endsWith('?')
  if (action !== null) {
    if (action.kind === 'duty') return 0.9
    if (action.kind === 'verb') return asks && actions < ENOUGH_ACTIONS ? 0.5 : item ? 0.95 : 0.85
    if (action.kind === 'wish') return dated || actions >= ENOUGH_ACTIONS || hasObject(clause) ? 0.6 : 0.3
    if (item || words.length <= 3 || actions >= ENOUGH_ACTIONS) return 0.7
  }
  if (asks) return 0.15
  if (PAST.test(said)) return 0.15
  if (dated && APPOINTMENT.test(said)) return 0.7
  const needs = isNeed(words)
  const musing =
    MUSING_STARTS.has(words.find((word) => !FILLERS.has(word.lower))?.lower ?? '') ||
    words.some((word) => FINITE.has(word.lower))
  if (needs) return dated || item ? 0.75 : 0.6
  if (/^i (?:have not|havent|have never|never|still havent) \w+/.test(said)) return 0.55
  if (dated && /^(?:i|we) \w+/.test(said) && verbKind(words[1]?.lower ?? '') !== null) return 0.65
  if (musing)
    return item ? (sentence.bullet && words.length <= NOUNS_MAX && !MUSING_STARTS.has(first.lower) ? 0.6 : 0.3) : 0.15
  if (words.length > NOUNS_MAX && !dated) return item && sentence.bullet ? 0.6 : 0.2
  if (item || clause.flagged) return 0.75
  if (clause.underHeading && !dated) return 0.3
  if (dated) return 0.65
  if (actions >= ENOUGH_ACTIONS) return 0.6
  // Things before something to do, in one breath: "milk, eggs, bread, call Ana"
  if (actions > 0 && said.split(',').length > 2) return 0.55
  // A noun by itself among things to do: "dishes. the tax thing."
  return words.length <= 5 && (around.actions >= ENOUGH_ACTIONS || around.things >= ENOUGH_ACTIONS) ? 0.5 : 0.3
}

/** "want to visit him": a wish for something that is named is nearer to a task than "want to draw again". */
function hasObject({ words, action }: Clause): boolean {
  const next = words[(action?.verb ?? 0) + 1]?.lower ?? ''
  return /^(?:the|my|him|her|them|a|an|some|two|three|that)$/.test(next)
}
