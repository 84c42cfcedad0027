/** Words by which one task is found: the first of them, when it has more. */
export const WORDS_MAX = 500
/** Words of one question that are looked for. */
export const TERMS_MAX = 6
const WORD_LENGTH_MAX = 40
/** Shorter words have too many neighbours for a letter to be called wrong. */
const TYPO_LENGTH_MIN = 4

// Scripts that put no spaces between words are cut by the platform's dictionaries.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const segmenter = new Intl.Segmenter('und', { granularity: 'word' })

/**
 * The distinct words of a text as they are compared: without case and accents, letters and digits alone, each of at most
 * 40 characters, in their order of appearance.
 */
export function wordsOf(text: string, max = WORDS_MAX): string[] {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/\p{Mn}+/gu, '')
    .toLowerCase()
  const found = new Set<string>()
  for (const [run] of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
    for (const word of UNSPACED.test(run) ? cut(run) : [run]) {
      found.add([...word].slice(0, WORD_LENGTH_MAX).join(''))
      if (found.size >= max) return [...found]
    }
  }
  return [...found]
}

function cut(run: string): string[] {
  return Array.from(segmenter.segment(run), ({ segment }) => segment)
}

/**
 * What is left of a word without one of its letters, and the word itself: two words have one of these in common when they
 * differ by one letter more, less or other, or by two neighbours that changed places. None for words too short for it.
 * Wolf Garbe, "Symmetric Delete", 2012.
 */
export function restsOf(word: string): string[] {
  const letters = [...word]
  if (letters.length < TYPO_LENGTH_MIN) return []
  return [...new Set([word, ...letters.map((_, at) => letters.toSpliced(at, 1).join(''))])]
}
