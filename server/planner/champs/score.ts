import { facets, tagsOfFacet, type Champs, type Facet } from './vocabulary.ts'

/** A step with the tags that somebody gave it by hand. */
export interface LabelledStep extends Pick<Champs, Facet | 'success'> {
  readonly text: string
  readonly minutes: number
}

/** Macro-F1 of each facet (the mean of its tags), and of all tags of all facets, 0 to 1. */
export interface Score {
  readonly facets: Readonly<Record<Facet, number>>
  readonly all: number
  /** F1 of each tag. */
  readonly tags: Readonly<Record<string, number>>
}

/**
 * How well tags match those given by hand: F1 of each tag over all steps, and unweighted means. A tag that neither gives
 * anywhere would say nothing and is left out; one that is never found counts 0.
 */
export function score(given: readonly LabelledStep[], found: readonly Pick<Champs, Facet>[]): Score {
  const tags: Record<string, number> = {}
  const means = Object.fromEntries(
    facets.map((facet) => {
      const values = tagsOfFacet[facet].flatMap((tag) => {
        const wanted = given.map((step) => step[facet].some((each) => each === tag))
        const named = found.map((step) => step[facet].some((each) => each === tag))
        const right = wanted.filter((is, at) => is && named[at]).length
        const total = wanted.filter(Boolean).length + named.filter(Boolean).length
        if (total === 0) return []
        tags[tag] = (2 * right) / total
        return [tags[tag]]
      })
      return [facet, mean(values)]
    }),
  ) as Record<Facet, number>
  return { facets: means, all: mean(Object.values(tags)), tags }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Reads lines of `text|minutes|conversation|help|activity|movement|success`. Throws on a tag outside the vocabulary. */
export function readLabels(lines: string): LabelledStep[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [text = '', minutes = '', conversation = '', help = '', activity = '', movement = '', success = ''] =
        line.split('|')
      const tags = <F extends Facet>(facet: F, list: string): Champs[F] =>
        list
          .split(',')
          .filter(Boolean)
          .map((tag) => {
            const known = (tagsOfFacet[facet] as readonly string[]).includes(tag)
            if (!known) throw new Error(`"${tag}" is not a tag of ${facet}: ${line}`)
            return tag
          }) as Champs[F]
      return {
        text,
        minutes: Number(minutes),
        conversation: tags('conversation', conversation),
        help: tags('help', help),
        activity: tags('activity', activity),
        movement: tags('movement', movement),
        success,
      }
    })
}
