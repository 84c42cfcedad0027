/**
 * The longest line, in UTF-16 units: what is spoken in one breath and shown at once, so that what is shown begins exactly
 * when it is heard. Scripts that are written in syllables hold more in each sign.
 */
const MOST_IN_LINE = 76
const MOST_IN_DENSE_LINE = 36
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u

/** Where a sentence may be cut, the best places first: behind a mark of a clause, then at any blank. */
const PLACES = [/[;:–—][\s”»"')]*\s|[；：。！？]/gu, /[,،、，][”»"')]*\s?/gu, /\s/gu] as const

/** A line, and whether it goes on in the middle of a sentence. */
export interface Cut {
  readonly text: string
  readonly continues: boolean
}

/**
 * Cuts a paragraph into lines, each of which is spoken in one breath: sentences, and parts of sentences that are too long.
 * Joined by nothing they are the paragraph, but for blanks at the cuts.
 */
export function linesOf(paragraph: string, language: string): Cut[] {
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' })
  const sentences = [...segmenter.segment(paragraph)].map(({ segment }) => segment)
  return joinFragments(sentences)
    .flatMap((sentence) => cut(sentence.trim()).map((text, index) => ({ text, continues: index > 0 })))
    .filter(({ text }) => text !== '')
}

/** Puts back what is no sentence by itself: the rule takes "e.g. so" for two, and a lonely mark or picture for one. */
function joinFragments(sentences: readonly string[]): string[] {
  const joined: string[] = []
  for (const sentence of sentences) {
    const before = joined.at(-1)
    const isFragment = !/[\p{L}\p{N}]/u.test(sentence) || /^\p{Ll}/u.test(sentence)
    if (before !== undefined && isFragment) joined[joined.length - 1] = before + sentence
    else joined.push(sentence)
  }
  return joined
}

function cut(sentence: string): string[] {
  const most = DENSE.test(sentence) ? MOST_IN_DENSE_LINE : MOST_IN_LINE
  if (sentence.length <= most) return [sentence]
  const at = placeToCut(sentence, most)
  return [sentence.slice(0, at).trim(), ...cut(sentence.slice(at).trim())]
}

/** The place that leaves two parts most alike, neither much too short, the first no longer than it may be. */
function placeToCut(sentence: string, most: number): number {
  const middle = Math.min(most, sentence.length / Math.ceil(sentence.length / most))
  for (const place of PLACES) {
    const ends = [...sentence.slice(0, most + 2).matchAll(place)].map((match) => match.index + match[0].length)
    const usable = ends.filter((end) => end <= most && end >= most / 4 && sentence.length - end >= most / 6)
    if (usable.length > 0)
      return usable.reduce((best, end) => (distance(end, middle) < distance(best, middle) ? end : best))
  }
  return wholeCharacters(sentence, most)
}

const distance = (a: number, b: number): number => Math.abs(a - b)

/** The end of the last whole character (as people count them) within `most` units. */
function wholeCharacters(text: string, most: number): number {
  let end = 0
  for (const { index, segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    const next = index + segment.length
    if (next > most && end > 0) break
    end = next
  }
  return end
}
