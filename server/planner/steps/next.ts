import { tagStep } from '../champs/tag.ts'
import { type Champs, type Fit, fitOf, participationOf } from '../champs/vocabulary.ts'
import { prioritise, type Rankable, type Reason } from '../advice/prioritise.ts'

/** What could be done now, as far as the choice needs to know it. */
export interface Doable {
  readonly id: string
  readonly title: string
  readonly isStep: boolean
  /** Whether it was begun already. */
  readonly isBegun: boolean
  readonly priority: number
  readonly dueInDays: number | null
  readonly energy: number | null
  /** What it takes; null when nothing is known of it. */
  readonly minutes: number | null
  /** Null when it has no tags yet. */
  readonly champs: Champs | null
  readonly ageDays: number
}

/** Where the person is and what they have left; null where nobody said. */
export interface Moment {
  readonly energy: 1 | 2 | 3 | null
  readonly minutes: number | null
  /** Silent, and in one seat. */
  readonly inMeeting: boolean
  /** On one's feet. */
  readonly restless: boolean
}

/** Something to do now. */
export interface Offer {
  readonly id: string
  /** The tags that it was chosen by: its own, or made from its words. */
  readonly champs: Champs
  /** Whether it suits the energy; `fits` where nobody said. */
  readonly fit: Fit
  readonly reasons: readonly Reason[]
}

// What nobody has measured is thought to take this long, so that it is not offered to who is tired.
export const UNKNOWN_MINUTES = 30
export const STEP_MINUTES = 5

// The longest that is at least possible with an energy of 1 and 2; with 3 anything is.
const MINUTES_OF_ENERGY = [15, 30] as const

/** How long what is offered may take, what nobody has measured included; null for any length. */
export function minutesAsked({ energy }: Pick<Moment, 'energy'>): number | null {
  return energy === null ? null : (MINUTES_OF_ENERGY[energy - 1] ?? null)
}

/** The tags that what is offered must have. */
export function tagsAsked(
  moment: Pick<Moment, 'inMeeting' | 'restless'>,
): Partial<Pick<Champs, 'conversation' | 'movement'>> {
  return {
    ...(moment.inMeeting ? { conversation: ['silent'] as const } : {}),
    ...(moment.inMeeting || moment.restless
      ? {
          movement: [
            ...(moment.inMeeting ? (['stationary'] as const) : []),
            ...(moment.restless ? (['move'] as const) : []),
          ],
        }
      : {}),
  }
}

/** Its own tags, or such as its words suggest. */
const tagsOf = ({ champs, title }: Doable, minutes: number): Champs => champs ?? tagStep(title, minutes)

function suits({ conversation, movement }: Champs, { inMeeting, restless }: Moment): boolean {
  if (inMeeting && !(conversation.includes('silent') && movement.includes('stationary'))) return false
  return !restless || movement.includes('move')
}

/**
 * What to do now, the best first: what suits the moment, by what it expects and by how long one must stay with it; then
 * what was begun, steps before tasks, and the order of `prioritise`. What is too much for the energy is left out; what is
 * one class above it stands behind what fits. At most `limit`.
 */
export function offers(doable: readonly Doable[], moment: Moment, limit: number): Offer[] {
  const known = doable.flatMap((each) => {
    const minutes = each.minutes ?? (each.isStep ? STEP_MINUTES : UNKNOWN_MINUTES)
    if ((moment.inMeeting || moment.restless) && !suits(tagsOf(each, minutes), moment)) return []
    if (moment.minutes !== null && each.minutes !== null && each.minutes > moment.minutes) return []
    const fit = moment.energy === null ? 'fits' : fitOf(moment.energy, participationOf(minutes))
    return fit === 'too-much' ? [] : [{ ...each, fit, minutes }]
  })
  const ranked = prioritise(known.map(rankable), moment)
  const place = new Map(ranked.order.map(({ id }, at) => [id, at]))
  const reasons = new Map(ranked.order.map((each) => [each.id, each.reasons]))
  return known
    .toSorted(
      (one, other) =>
        Number(other.fit === 'fits') - Number(one.fit === 'fits') ||
        Number(other.isStep || other.isBegun) - Number(one.isStep || one.isBegun) ||
        place.get(one.id)! - place.get(other.id)!,
    )
    .slice(0, limit)
    .map((each) => ({
      id: each.id,
      champs: tagsOf(each, each.minutes),
      fit: each.fit,
      reasons: reasons.get(each.id) ?? [],
    }))
}

function rankable({ id, priority, dueInDays, energy, minutes, ageDays }: Doable): Rankable {
  return { id, priority, dueInDays, energy, ageDays, estimateMinutes: minutes, waitsFor: [] }
}
