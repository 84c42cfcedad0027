import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { handle } from '#platform/database/handle.ts'
import { type EventTables, type RecordedEvent, eventsOf } from '#platform/events/queries.ts'
import type { JourneyPart, Lead } from './part.ts'

export const JourneyNotFound = problem('journeys/journey-not-found', 404, 'There is no such journey')

const events = handle<EventTables>()

/** What happened on the way, as it is shown. */
export interface Happening {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly subject: string
  readonly data: unknown
}

export interface Journey {
  readonly videoId: string
  /** How often it was watched; null while nobody counts. */
  readonly views: number | null
  readonly trail: Happening[]
  /** The parts by their names; null for those that this journey has not. */
  readonly [part: string]: unknown
}

/**
 * The way of a video from the thought to those who watch it, as far as it went: from the rows of each part and the
 * trail of events. For whoever is in the video's workspace.
 * @throws JourneyNotFound also for videos of others, public ones too: how they were made is nobody's business
 */
export async function journeyOf(ctx: Ctx, parts: readonly JourneyPart[], videoId: string): Promise<Journey> {
  const shown = new Map<string, unknown>(parts.map(({ name }) => [name, null]))
  const begin: Lead = { kind: 'video', id: videoId }
  const seen = new Map([[subjectOf(begin), begin]])
  // A Map gives also what is added while it is walked.
  for (const lead of seen.values()) {
    for (const part of parts.filter(({ of }) => of === lead.kind)) {
      const step = await part.read(ctx, lead.id)
      // The video is who says whether the journey is for this actor at all.
      if (step === null && lead === begin)
        throw JourneyNotFound({ detail: `No journey of ${videoId} is here for you.` })
      if (step === null) continue
      shown.set(part.name, step.shown)
      for (const next of step.leads) seen.set(subjectOf(next), seen.get(subjectOf(next)) ?? next)
    }
  }
  const trail = await trailOf(ctx, [...seen.keys()])
  return { videoId, ...Object.fromEntries(shown), views: null, trail }
}

const subjectOf = ({ kind, id }: Lead): string => `${kind}:${id}`

async function trailOf(ctx: Ctx, subjects: readonly string[]): Promise<Happening[]> {
  const recorded = await events.read(ctx, async (db) => {
    const all: RecordedEvent[] = []
    for (const subject of subjects) all.push(...(await eventsOf(db, subject)))
    return all
  })
  return recorded
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, type, at, subject, data }) => ({ id, type, at: at.toISOString(), subject, data }))
}
