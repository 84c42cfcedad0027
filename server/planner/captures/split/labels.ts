import { actionAt } from './actions.ts'
import { priorityIn } from './priorities.ts'
import { FILLERS, HEADINGS, IDEA, KIN, NO_NAMES } from './vocabulary.ts'
import type { Word } from './words.ts'

/** Words before a colon. `until` is the index after the last of them. */
export interface Label {
  readonly until: number
  /**
   * `heading`: they only name what follows ("work: …"); `joined`: they belong to the first task after them ("critical: …",
   * "Mum: call"); `whole`: the sentence is one thing with them.
   */
  /** Words that lists of tasks are headed by. */
  readonly usual: boolean
  readonly kind: 'heading' | 'joined' | 'whole'
}

const LABEL_WORDS_MAX = 5

/** What a sentence has before its first colon, when that is short. */
export function labelOf(text: string, words: readonly Word[], isItem: boolean): Label | null {
  const until = words.findIndex((word, n) => n > 0 && text.slice(words[n - 1]?.end, word.start).includes(':'))
  if (until < 1 || until > LABEL_WORDS_MAX) return null
  const label = words.slice(0, until)
  const said = label.map((word) => word.lower).join(' ')
  const usual = HEADINGS.test(said) || label.every((word) => FILLERS.has(word.lower))
  if (IDEA.test(said)) return { until, usual, kind: 'whole' }
  if (priorityIn(text, label[0]?.start ?? 0, label.at(-1)?.end ?? 0) !== null) return { until, usual, kind: 'joined' }
  const [first] = label
  if (first !== undefined && label.length <= 2 && (KIN.has(first.lower) || isNameLike(first, said)))
    return { until, usual, kind: 'joined' }
  const action = actionAt(words, 0, words.length)
  if (action !== null && (action.verb ?? action.core) < until) return null
  return { until, usual, kind: isItem && !usual ? 'whole' : 'heading' }
}

/** One word with a capital that is no heading: "Petra: lens back". */
const isNameLike = (word: Word, said: string): boolean =>
  /^\p{Lu}\p{Ll}+$/u.test(word.text) &&
  !HEADINGS.test(said) &&
  !FILLERS.has(said) &&
  !NO_NAMES.has(word.lower) &&
  said === word.lower &&
  actionAt([word, word], 0, 2) === null
