import { classesOf, isOf, type NounClass } from './nouns.ts'
import { setOf, singularOf, wordsOf, type Word } from './words.ts'

/** An instruction taken apart: its verb, the words after it, and its object up to the first preposition. */
export interface Phrase {
  /** In lower case; the first word where no verb is known. */
  readonly verb: string
  readonly rest: readonly Word[]
  readonly object: readonly Word[]
  /** Whether somebody is named after the verb. */
  readonly persons: boolean
}

const BEFORE_VERBS = setOf('please to then now first next finally quickly briefly just also')
/** Words that begin what is said about an object: where, with whom, when, why. */
export const PREPOSITIONS = setOf(
  `about above across after against along among around as at before behind below beside between by down during for from
  in inside into near off on onto out outside over past per regarding since through till to toward towards under until
  up upon using via when where whether which while why with within without how what who that if than so because`,
)
const DAYS_AND_MONTHS = setOf(
  `monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
  october november december i easter christmas english french spanish german italian portuguese japanese`,
)
// After these a capitalised word is somebody.
const TOWARDS_PERSONS = setOf(
  'with to from for ask tell call phone email invite thank remind ping text message and mrs mr ms dr aunt uncle',
)

/** Whether the word at `at` names a person: by its meaning, or as a name where somebody is expected. */
export function isPerson(words: readonly Word[], at: number): boolean {
  const { text, word } = words[at]!
  if (isOf('person', word, words[at - 1]?.word)) return true
  if (!/^\p{Lu}\p{Ll}/u.test(text) || DAYS_AND_MONTHS.has(word) || classesOf(word).length > 0) return false
  return /['’]s$/.test(text) || TOWARDS_PERSONS.has(words[at - 1]?.word ?? '')
}

/** Takes the first instruction of a text apart. `isVerb` says which words in lower case are verbs. */
export function phraseOf(text: string, isVerb: (word: string) => boolean): Phrase {
  const words = wordsOf(text)
  const from = words.findIndex(({ word }) => !BEFORE_VERBS.has(word))
  const at = [from, from + 1].find((index) => isVerb(words[index]?.word ?? '')) ?? from
  const rest = words.slice(at + 1)
  const end = rest.findIndex(({ word }, index) => PREPOSITIONS.has(word) && index > 0)
  const persons = words.some((_, index) => index > at && isPerson(words, index))
  return { verb: words[at]?.word ?? '', rest, object: rest.slice(0, end === -1 ? rest.length : end), persons }
}

/** Whether any of the words is a noun of the class. */
export function hasClass(words: readonly Word[], noun: NounClass): boolean {
  return words.some(({ word }, at) => isOf(noun, word, words[at - 1]?.word))
}

/** Whether a word in lower case is among the words, in singular or plural. */
export function says(words: readonly Word[], word: string): boolean {
  return words.some((each) => each.word === word || singularOf(each.word) === word)
}
