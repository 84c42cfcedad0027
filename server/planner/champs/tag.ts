import type { NounClass } from '../english/nouns.ts'
import { patternOf, readPatterns } from '../english/patterns.ts'
import { hasClass, isPerson, phraseOf, says, type Phrase } from '../english/phrase.ts'
import { plainVerb } from '../english/synonyms.ts'
import { doneState } from './done.ts'
import { SENSES } from './senses.ts'
import { participationOf, TAGS_MAX, tagsOfFacet, type Champs, type Tag } from './vocabulary.ts'

const SHORTHANDS: Readonly<Record<string, string>> = {
  desk: 'silent stationary',
  feet: 'silent move',
  chore: 'silent move home',
  still: 'silent home',
  out: 'travel place',
  ask: 'communication clarification',
}

const PATTERNS = readPatterns(SENSES)

/** Whether a word in lower case is a verb that the rules know something about. */
export function isVerb(word: string): boolean {
  return PATTERNS.has(word) || plainVerb(word, []) !== null
}

/** What the nouns alone say where the verb is unknown or leaves it open. */
function tagsOfNouns({ rest }: Phrase): string[] {
  const of = (...nouns: NounClass[]) => nouns.some((noun) => hasClass(rest, noun))
  if (of('digital', 'media', 'text')) return ['silent', 'stationary']
  if (of('house', 'laundry', 'plant')) return ['silent', 'move', 'home']
  if (of('food', 'pet')) return ['silent', 'home']
  return ['silent']
}

/** The shorthands, some of which depend on the whole step. */
function expanded(tag: string, { rest }: Phrase, minutes: number): string[] {
  if (tag === 'quiet') return hasClass(rest, 'house') || says(rest, 'who') ? [] : ['silent', 'stationary']
  if (tag === 'errand') return minutes >= 10 ? ['travel', 'place'] : []
  if (tag === 'at-office') return hasClass(rest, 'office') ? ['office'] : []
  return (SHORTHANDS[tag] ?? tag).split(' ')
}

/** Whether it is done with somebody at once: "with Mia", "together", "each other". */
function isTogether({ rest }: Phrase): boolean {
  return rest.some(({ word }, at) => {
    if (word === 'together') return says(rest, 'with') || !rest[at + 1]
    if (word === 'each') return rest[at + 1]?.word === 'other'
    return word === 'with' && rest.slice(at + 1, at + 4).some((_, offset) => isPerson(rest, at + 1 + offset))
  })
}

const TALK: readonly Tag[] = ['communication', 'clarification', 'collaboration']

function tagsOf(step: Phrase, minutes: number): Set<string> {
  const found = patternOf(PATTERNS, step)?.result.split(/\s+/) ?? tagsOfNouns(step)
  const tags = new Set(found.flatMap((tag) => expanded(tag, step, minutes)))
  if (isTogether(step) && !tags.has('communication')) tags.add('collaboration')
  if (TALK.some((tag) => tags.has(tag))) tags.delete('silent')
  return tags
}

/** The tags of one facet among those found. Where there are more than two, the earlier words of its vocabulary yield. */
function chosen<T extends Tag>(tags: ReadonlySet<string>, of: readonly T[]): T[] {
  return of.filter((tag) => tags.has(tag)).slice(-TAGS_MAX)
}

/**
 * The expectations of a step, by rules: `text` is one instruction in English, `minutes` what it is thought to take. What
 * the text does not say stays empty. Pure, and only the first 2,000 characters count.
 */
export function tagStep(text: string, minutes: number): Champs {
  const step = phraseOf(text, isVerb)
  const tags = tagsOf(step, minutes)
  return {
    conversation: chosen(tags, tagsOfFacet.conversation),
    help: chosen(tags, tagsOfFacet.help),
    activity: chosen(tags, tagsOfFacet.activity),
    movement: chosen(tags, tagsOfFacet.movement),
    participation: participationOf(minutes),
    success: doneState(text, step.verb),
  }
}

/** Whether the rules know the verb of a step; what they say of others rests on its nouns alone. */
export function knowsVerb(text: string): boolean {
  return isVerb(phraseOf(text, isVerb).verb)
}
