/**
 * The closed vocabulary of CHAMPS for steps: what a step asks of whoever does it. After the facets that Randy Sprick,
 * "CHAMPs: A Proactive and Positive Approach to Classroom Management", names for an activity: conversation, help,
 * activity, movement, participation, success.
 */
export const Conversation = ['silent', 'decision', 'communication', 'clarification', 'collaboration'] as const
export const Help = ['save-progress', 'verify', 'research', 'organize', 'configuration'] as const
export const Activity = ['write', 'read', 'create', 'clean', 'transfer', 'download', 'prepare', 'purchase'] as const
export const Movement = ['stationary', 'move', 'travel', 'home', 'office', 'place'] as const
/** How long it keeps one at it: at most 2, 5, 15, 30 minutes, or more. */
export const Participation = ['quick-win', 'focused', 'sustained', 'endurance', 'marathon'] as const

export type Conversation = (typeof Conversation)[number]
export type Help = (typeof Help)[number]
export type Activity = (typeof Activity)[number]
export type Movement = (typeof Movement)[number]
export type Participation = (typeof Participation)[number]

/** The tags of a step: at most two of each of four facets, how long it takes, and by what one sees that it is done. */
export interface Champs {
  readonly conversation: readonly Conversation[]
  readonly help: readonly Help[]
  readonly activity: readonly Activity[]
  readonly movement: readonly Movement[]
  readonly participation: Participation
  readonly success: string
}
