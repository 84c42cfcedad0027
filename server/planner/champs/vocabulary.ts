/**
 * The closed vocabulary of the six expectations of a step, CHAMPS: conversation, help, activity, movement, participation,
 * success, after the facets that Randy Sprick, "CHAMPs: A Proactive and Positive Approach to Classroom Management", names
 * for an activity. No tag stands in two facets, so a tag alone says which facet it belongs to.
 */
export const Conversation = ['silent', 'decision', 'communication', 'clarification', 'collaboration'] as const
export const Help = ['save-progress', 'verify', 'research', 'organize', 'configuration'] as const
export const Activity = ['write', 'read', 'create', 'clean', 'transfer', 'download', 'prepare', 'purchase'] as const
export const Movement = ['stationary', 'move', 'travel', 'home', 'office', 'place'] as const
/** From the least effort to the most. */
export const Participation = ['quick-win', 'focused', 'sustained', 'endurance', 'marathon'] as const

export type Conversation = (typeof Conversation)[number]
export type Help = (typeof Help)[number]
export type Activity = (typeof Activity)[number]
export type Movement = (typeof Movement)[number]
export type Participation = (typeof Participation)[number]
export type Tag = Conversation | Help | Activity | Movement

/** The facets whose tags are chosen. Participation follows from the minutes, success is a sentence. */
export const tagsOfFacet = { conversation: Conversation, help: Help, activity: Activity, movement: Movement } as const
export type Facet = keyof typeof tagsOfFacet
export const facets = ['conversation', 'help', 'activity', 'movement'] as const satisfies readonly Facet[]

/** How many tags a facet of one step has at most. */
export const TAGS_MAX = 2

/** What a step expects of who does it: 0 to 2 tags of each facet, and the state one can see when it is done. */
export interface Champs {
  readonly conversation: readonly Conversation[]
  readonly help: readonly Help[]
  readonly activity: readonly Activity[]
  readonly movement: readonly Movement[]
  readonly participation: Participation
  readonly success: string
}

// The last minute that still belongs to each.
const MINUTES_MAX: readonly (readonly [Participation, number])[] = [
  ['quick-win', 2],
  ['focused', 5],
  ['sustained', 15],
  ['endurance', 30],
]

/** How long one must stay with a step of so many minutes: at most 2, 5, 15, 30, or longer. */
export function participationOf(minutes: number): Participation {
  return MINUTES_MAX.find(([, max]) => minutes <= max)?.[0] ?? 'marathon'
}

/** How a step suits somebody's energy: it fits, it may be tried (one class above what fits), or it is too much. */
export type Fit = 'fits' | 'possible' | 'too-much'

/**
 * How a step of this participation suits an energy of 1 (low), 2 (medium) or 3 (high): low up to focused, medium up to
 * sustained, high up to endurance; one class above is possible.
 */
export function fitOf(energy: 1 | 2 | 3, participation: Participation): Fit {
  const above = Participation.indexOf(participation) - energy
  if (above <= 0) return 'fits'
  return above === 1 ? 'possible' : 'too-much'
}
