import type { Found } from './fields.ts'
import {
  HONORIFICS,
  KIN,
  MONTHS,
  NO_NAMES,
  PLAIN_VERBS,
  DOUBTFUL_VERBS,
  OBJECT_STARTS,
  FINITE,
  FILLERS,
  SPEAKING_VERBS,
  WEEKDAYS,
  ADVERBS,
  AFTER_NAMES,
  LOWER_CUES,
  NOT_CALLED,
  TOWARDS,
  TRAVEL,
} from './vocabulary.ts'
import type { Word } from './words.ts'

/**
 * The people whom words speak of: `@name`; names with a capital that are spoken to, stand after "with", "for" and the like,
 * or begin what is said of them; family; after verbs that speak to somebody also names in lower case. Titles belong to
 * the name.
 */
export function peopleIn(text: string, words: readonly Word[], atStart: boolean): Found<string>[] {
  const found: Found<string>[] = []
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]
    if (word === undefined) continue
    if (/^@[\p{L}\p{N}_.-]{2,}$/u.test(word.text)) {
      found.push({ value: word.text.slice(1), start: word.start, end: word.end, confidence: 0.95 })
      continue
    }
    const confidence = isSomebody(words, i, atStart && text[word.end] !== ':', found.at(-1)?.end ?? -1)
    if (confidence === 0) continue
    let last = i
    if (HONORIFICS.has(word.lower.replace('.', '')) || !KIN.has(word.lower)) {
      while (last - i < 3 && isCapital(words[last + 1]) && adjacent(words, last)) last += 1
    }
    const [first, end] = [word.start, withoutGenitive(words[last])]
    found.push({ value: nameOf(words.slice(i, last + 1)), start: first, end, confidence })
    i = last
  }
  return found
}

const nameOf = (words: readonly Word[]): string => words.map((word) => word.text.replace(/['’]s?$/, '')).join(' ')

function withoutGenitive(word: Word | undefined): number {
  if (word === undefined) return 0
  return word.end - (/['’]s?$/.exec(word.text)?.[0].length ?? 0)
}

const adjacent = (words: readonly Word[], at: number): boolean => {
  const [a, b] = [words[at], words[at + 1]]
  if (a === undefined || b === undefined) return false
  return b.start - a.end <= (HONORIFICS.has(a.lower) ? 2 : 1) && !/['’]s$/.test(a.text)
}

function isSomebody(words: readonly Word[], i: number, atStart: boolean, lastEnd: number): number {
  const word = words[i]
  if (word === undefined) return 0
  const bare = word.lower.replace(/s$/, '')
  const before = words[i - 1]?.lower ?? ''
  if (KIN.has(word.lower) || (/['’]s$/.test(word.text) && KIN.has(bare))) {
    return HONORIFICS.has(word.lower) && isCapital(words[i + 1])
      ? 0.9
      : OBJECT_STARTS.has(before) && before !== 'my' && !TOWARDS.has(before)
        ? 0.4
        : 0.85
  }
  if (HONORIFICS.has(word.lower) && isCapital(words[i + 1])) return 0.95
  if (isCapital(word)) {
    if (SPEAKING_VERBS.has(before)) return 0.95
    if (/['’]s$/.test(word.text)) return i === 0 && !atStart ? 0.8 : 0.8
    if (TOWARDS.has(before)) {
      const travels = words.slice(Math.max(0, i - 4), i).some((each) => TRAVEL.has(each.lower))
      if ((before === 'to' || before === 'from' || before === 'for') && travels) return 0
      if ((before === 'and' || before === 'or') && lastEnd !== words[i - 2]?.end) return 0.5
      return 0.85
    }
    // A capital at the beginning of a sentence says nothing, but for a word that is none of the language's.
    if (i === 0 && atStart) return isCommon(word.lower) || !SUBJECT_VERBS.test(words[1]?.lower ?? '') ? 0 : 0.7
    return before === 'in' || before === 'at' || before === 'of' || before === 'the' || before === 'near' ? 0 : 0.7
  }
  if (!LOWER_CUES.has(before) || word.start - (words[i - 1]?.end ?? 0) > 1 || !/^\p{Ll}{2,}$/u.test(word.text)) return 0
  if (isCommon(word.lower) || NOT_CALLED.has(word.lower)) return 0
  const next = words[i + 1]
  const closes = next === undefined || next.start - word.end > 1
  return closes || AFTER_NAMES.has(next.lower) ? 0.6 : 0
}

const SUBJECT_VERBS = /^(?:and|asked|can|gets|goes|has|is|moves|needs|said|sends|should|wants|will)$/

const isCommon = (lower: string): boolean =>
  [PLAIN_VERBS, DOUBTFUL_VERBS, OBJECT_STARTS, FINITE, FILLERS, ADVERBS, NO_NAMES].some((set) => set.has(lower))

/** A word with one capital that is no day, month, company or language. */
function isCapital(word: Word | undefined): boolean {
  if (word === undefined || !/^\p{Lu}\p{Ll}+(?:['’]\p{Lu}\p{Ll}+)?(?:-\p{Lu}\p{Ll}+)?(?:['’]s)?$/u.test(word.text))
    return false
  const bare = word.lower.replace(/s$/, '')
  return !NO_NAMES.has(word.lower) && !NO_NAMES.has(bare) && !WEEKDAYS.has(word.lower) && !MONTHS.has(word.lower)
}
