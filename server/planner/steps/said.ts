import { Type } from 'typebox'
import { wordOf } from '#platform/fields.ts'
import { setOf, singularOf, wordsOf } from '../english/words.ts'
import { RECIPES } from './recipes/recipe.ts'
import type { Subject } from './subject.ts'

/*
 * What a model may say of a step: parts of closed vocabularies and short plain lines. A schema made of these holds its
 * answers to what the rules hold their own to; what does not it is repaired once by the gateway or refused.
 */

const MORE_VERBS = `arrange assign assemble back book brainstorm buy charge clarify colour configure confirm count
  crop decide describe design discuss download draft edit email explore fix gather group
  highlight install invite learn light list meet mount order organise outline pack paste plan post practise
  prepare print publish quote rank rehearse remind replace reply research reserve review revise schedule share shoot shop
  shorten sign solve split stack study submit summarise sync tag time title track transcribe translate
  transfer type unpack update verify visit`

const named = (verb: string): string => verb.charAt(0).toUpperCase() + verb.slice(1)

/** Verbs that a step may begin with: those of the recipes and some more. At most 250, which is what providers take. */
export const STEP_VERBS: readonly string[] = [
  ...new Set([
    ...[...RECIPES.values()].flatMap(({ steps }) => steps.map(({ title }) => title.split(' ')[0] ?? 'Do')),
    ...[...setOf(MORE_VERBS)].map(named),
  ]),
].toSorted()

/** No control characters or changes of direction, no markup, no links: a model has no business with either. */
const PLAIN = String.raw`(?!.*(?::\/\/|www\.))[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069<>]*$`
const ONE_ACTION = String.raw`(?!.*(?:\b(?:[Aa][Nn][Dd]|[Tt][Hh][Ee][Nn])\b|;))`
const NO_BLANK_FIRST = String.raw`(?=\S)`

/** A plain line of text. */
export const saidLine = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: `^${NO_BLANK_FIRST}${PLAIN}`, description })

export const saidSure = Type.Number({ minimum: 0, maximum: 1, description: 'How sure you are, from 0 to 1.' })

/** An instruction: a verb that is known and what follows it, one action. */
export const saidInstruction = {
  verb: wordOf(STEP_VERBS, 'The verb that the instruction begins with.'),
  object: Type.String({
    minLength: 2,
    maxLength: 120,
    pattern: `^${NO_BLANK_FIRST}${ONE_ACTION}${PLAIN}`,
    description: 'The rest of the instruction after the verb: one action, no "and", naming something of the task.',
  }),
}

/** A schema whose value may be missing: a model never leaves it out, but whoever falls back on rules has none. */
export const orNothing = <T>(schema: object) => Type.Unsafe<T | null>(schema)

const FILLERS = setOf('the a an my for of in on at to from with about before between and which how new last real first')

/** The words of a text that say what it is about, in the singular. */
export function ownWordsOf(text: string): ReadonlySet<string> {
  const words = wordsOf(text).map(({ word }) => word)
  return new Set(words.filter((word) => !FILLERS.has(word)).flatMap((word) => [word, singularOf(word)]))
}

const TITLE_LENGTH_MAX = 200

/** An instruction as a title that names something of its task, where it does not by itself: `… for the vlog`. */
export function titleOfSaid(
  said: { verb: string; object: string },
  own: ReadonlySet<string>,
  { the }: Subject,
): string {
  const title = `${said.verb} ${said.object}`.replace(/[\s.!]+$/u, '')
  const [, ...rest] = wordsOf(title)
  const isNamed = rest.some(({ word }) => own.has(word) || own.has(singularOf(word)))
  const longer = `${title} for ${the}`
  return isNamed || longer.length > TITLE_LENGTH_MAX ? title : longer
}
