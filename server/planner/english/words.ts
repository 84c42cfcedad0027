/** A word of a text as it stands there, and in lower case without a possessive ending. */
export interface Word {
  readonly text: string
  readonly word: string
}

// Steps and titles are short. What comes after so many words says nothing more about the kind of thing they are.
const WORDS_MAX = 60

/** The first words of a text, at most 60. Hyphens and apostrophes belong to the word that they stand in. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  for (const [found] of text.slice(0, 2000).matchAll(/[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu)) {
    words.push({ text: found, word: found.toLowerCase().replace(/['’]s$/, '') })
    if (words.length === WORDS_MAX) break
  }
  return words
}

/** A text of words between white space as a set. */
export function setOf(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}

const IRREGULAR_PLURALS: Readonly<Record<string, string>> = {
  children: 'child',
  feet: 'foot',
  knives: 'knife',
  leaves: 'leaf',
  lives: 'life',
  loaves: 'loaf',
  men: 'man',
  people: 'person',
  shelves: 'shelf',
  teeth: 'tooth',
  wives: 'wife',
  women: 'woman',
}
// They end in s and are one.
const SINGULAR_IN_S = setOf(
  'bus gas glass dress mess grass chess class pass boss access address business process canvas christmas lens news physics maths mathematics progress focus status virus analysis basis thesis yes gymnastics aerobics pilates tennis paris email',
)

/** The singular of a noun in lower case, or the word itself where it is not a plural by its ending. */
export function singularOf(word: string): string {
  const irregular = IRREGULAR_PLURALS[word]
  if (irregular !== undefined) return irregular
  if (SINGULAR_IN_S.has(word) || word.length < 4 || !word.endsWith('s') || /(?:ss|us|is)$/.test(word)) return word
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`
  if (/(?:[sxz]|[cs]h)es$/.test(word) && !/(?:[^s]ches|axes|caches)$/.test(word)) return word.slice(0, -2)
  if (
    /(?:batches|sketches|watches|branches|benches|lunches|matches|patches|speeches|searches|torches|churches|tomatoes|potatoes)$/.test(
      word,
    )
  )
    return word.slice(0, -2)
  return word.slice(0, -1)
}

// They have no ending and take "are" all the same.
const PLURAL_WITHOUT_S = setOf('people children men women feet teeth media data police')

/** Whether a noun in lower case stands for more than one, so that it takes "are". */
export function isPlural(word: string): boolean {
  return (
    word in IRREGULAR_PLURALS ||
    (PLURAL_WITHOUT_S.has(word) && word !== 'data' && word !== 'media') ||
    singularOf(word) !== word
  )
}

/** A text with its first letter in upper case. */
export function capitalised(text: string): string {
  const [first = ''] = text
  return first.toUpperCase() + text.slice(first.length)
}
