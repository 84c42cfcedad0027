import type { NounClass } from './nouns.ts'
import { hasClass, says, type Phrase } from './phrase.ts'
import { plainVerb } from './synonyms.ts'

/** One way in which a verb is used: what must be there, and what follows then. */
export interface Pattern {
  readonly particles: readonly string[]
  readonly next: readonly string[]
  readonly object: readonly NounClass[]
  readonly anywhere: readonly NounClass[]
  readonly words: readonly string[]
  readonly result: string
}

/** Patterns by verb, in the order in which they are tried. */
export type Patterns = ReadonlyMap<string, readonly Pattern[]>

/**
 * Reads lines of `verbs conditions: result`; lines without a colon and those that begin with `#` say nothing. Verbs are
 * separated by commas. Conditions: `+up` a particle within five words behind the verb, `^to` the word right behind it,
 * `@food,plant` a class of its object, `~place` a class of any noun, `=online,app` any of these words; all must hold.
 */
export function readPatterns(lines: string): Patterns {
  const patterns = new Map<string, Pattern[]>()
  for (const line of lines.split('\n')) {
    const [head = '', result] = line.split(':')
    if (result === undefined || line.startsWith('#')) continue
    const [verbs = '', ...conditions] = head.trim().split(/\s+/)
    const of = (mark: string) =>
      conditions.filter((each) => each.startsWith(mark)).flatMap((each) => each.slice(1).split(','))
    const pattern: Pattern = {
      particles: of('+'),
      next: of('^'),
      object: of('@') as NounClass[],
      anywhere: of('~') as NounClass[],
      words: of('='),
      result: result.trim(),
    }
    for (const verb of verbs.split(',')) patterns.set(verb, [...(patterns.get(verb) ?? []), pattern])
  }
  return patterns
}

function fits({ particles, next, object, anywhere, words }: Pattern, phrase: Phrase): boolean {
  const { rest } = phrase
  if (next.length > 0 && !next.includes(rest[0]?.word ?? '')) return false
  if (particles.length > 0 && !rest.slice(0, 5).some(({ word }) => particles.includes(word))) return false
  if (object.length > 0 && !object.some((noun) => hasClass(phrase.object, noun))) return false
  const has = (noun: NounClass) => (noun === 'person' ? phrase.persons : hasClass(rest, noun))
  if (anywhere.length > 0 && !anywhere.some(has)) return false
  return words.length === 0 || words.some((word) => says(rest, word))
}

const isPlainUse = ({ particles, next, object, anywhere, words }: Pattern): boolean =>
  [particles, next, object, anywhere, words].every((conditions) => conditions.length === 0)

/**
 * The first pattern of a phrase's verb that fits. One without conditions yields to a plainer verb that the phrase stands
 * for: `run` with `the intro past` is to review. Undefined where neither the verb nor a plainer one is known.
 */
export function patternOf(patterns: Patterns, phrase: Phrase): Pattern | undefined {
  const own = patterns.get(phrase.verb)?.find((each) => fits(each, phrase))
  if (own !== undefined && !isPlainUse(own)) return own
  const plain = plainVerb(
    phrase.verb,
    phrase.rest.map(({ word }) => word),
  )
  if (plain === null) return own
  const [verb = '', ...particles] = plain.split(' ')
  const rest = [...particles.map((word) => ({ text: word, word })), ...phrase.rest]
  return patterns.get(verb)?.find((each) => fits(each, { ...phrase, verb, rest })) ?? own
}
