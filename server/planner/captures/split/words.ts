import { DOUBTFUL_VERBS, PLAIN_VERBS } from './vocabulary.ts'

/** A word with its place in the text, in UTF-16 units. */
export interface Word {
  readonly text: string
  /** In lower case, without apostrophes. */
  readonly lower: string
  readonly start: number
  readonly end: number
}

const WORD = /[\p{L}\p{N}@](?:[\p{L}\p{M}\p{N}'’@&_-]|[.:](?=[\p{L}\p{N}]))*/gu

/** The words of `text` between two offsets. */
export function wordsOf(text: string, from = 0, to = text.length): Word[] {
  return [...text.slice(from, to).matchAll(WORD)].map((match) => ({
    text: match[0],
    lower: match[0].toLowerCase().replaceAll(/['’]/g, ''),
    start: from + match.index,
    end: from + match.index + match[0].length,
  }))
}

/** How a word may be a verb: surely, only with an object, by a slip of the finger, or not at all. */
export type VerbKind = 'plain' | 'doubtful' | 'mistyped' | null

/** Whether a word is an action in its base form. "re-record" is one like "record". */
export function verbKind(lower: string): VerbKind {
  if (PLAIN_VERBS.has(lower)) return 'plain'
  if (DOUBTFUL_VERBS.has(lower)) return 'doubtful'
  const again = /^re-?(.{3,})$/.exec(lower)?.[1]
  if (again !== undefined && (PLAIN_VERBS.has(again) || DOUBTFUL_VERBS.has(again))) return 'plain'
  return mistypedVerbs.has(lower) ? 'mistyped' : null
}

/**
 * Plain verbs of three letters and more with two neighbouring letters exchanged: the slip that makes no other word in most
 * cases, and that a look-up finds.
 */
const mistypedVerbs: ReadonlySet<string> = new Set(
  [...PLAIN_VERBS].flatMap((verb) =>
    verb.length < 3
      ? []
      : Array.from({ length: verb.length - 1 }, (_, at) => exchanged(verb, at)).filter((slip) => slip !== verb),
  ),
)

function exchanged(word: string, at: number): string {
  return word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2)
}
