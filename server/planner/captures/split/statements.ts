import { FINITE, JOINTS, MONTHS, MUSING_STARTS, NEEDS, TAIL_STARTS, WEEKDAYS } from './vocabulary.ts'
import type { Word } from './words.ts'

const THING_WORDS_MAX = 7
const SUBJECT_WORDS_MAX = 7
const STATEMENT_STARTS = new Set('the my this that there it its he she they i we his her a an'.split(' '))

const withoutJoints = (words: readonly Word[], from = 0): readonly Word[] => {
  let at = from
  while (JOINTS.has(words[at]?.lower ?? '')) at += 1
  return words.slice(at)
}

/** Whether somebody says how things are from word `at` on, after "and" and "but": "the key is still with Amara". */
export function isStatement(words: readonly Word[], at: number): boolean {
  const own = withoutJoints(words, at)
  const [first] = own
  if (first === undefined || (words[at]?.lower === 'so' && first.lower === 'that')) return false
  const isNamed = /^\p{Lu}\p{Ll}/u.test(first.text)
  if (!isNamed && !STATEMENT_STARTS.has(first.lower)) return false
  return own.slice(1, isNamed ? 3 : SUBJECT_WORDS_MAX).some((word) => FINITE.has(word.lower))
}

/** A noun with what belongs to it: a thing to do that is named without a verb. */
export function isThing(words: readonly Word[]): boolean {
  const [first] = words
  if (first === undefined || words.length > THING_WORDS_MAX) return false
  // "500 words" says more of what is before it; "30 minutes of script" is a thing to do.
  if (/^\d+$/.test(first.text) && !/^(?:min|hour|hr)/.test(words[1]?.lower ?? '')) return false
  return !TAIL_STARTS.has(first.lower) && !words.some((word) => FINITE.has(word.lower) || word.lower === 'i')
}

/** Something that needs or lacks something: "the tap drips", "Maarten wants the cue sheet". */
export function isNeed(words: readonly Word[]): boolean {
  const said = withoutJoints(words).map((word) => word.lower)
  return NEEDS.test(said.join(' ')) && !MUSING_STARTS.has(said[0] ?? '')
}

/** Whether a day or an hour is named, by the look of single words. */
export function isDated(words: readonly Word[]): boolean {
  return words.some(
    ({ lower }) =>
      WEEKDAYS.has(lower) ||
      MONTHS.has(lower) ||
      /^(?:today|tomorrow|tonight|(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)|\d{1,2}(?:st|nd|rd|th)|\d{1,2}(?:[:.]\d{2})?(?:am|pm)|\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2})$/.test(
        lower,
      ),
  )
}
