import type { Static, TSchema } from 'typebox'
import type { Ctx } from '#platform/context.ts'

/** Something that a journey goes on to; with a colon between, it is the subject of the events about it. */
export interface Lead {
  readonly kind: string
  readonly id: string
}

/** What a part shows of a journey, and where that leads. */
export interface Step<Shown = unknown> {
  readonly shown: Shown
  readonly leads: readonly Lead[]
}

/** One part of the way from a thought to an audience. The wing that knows it registers it at the composition root. */
export interface JourneyPart {
  /** Its member in the answer. */
  readonly name: string
  /** The kind of thing from which it is found: every journey begins with a `video`. */
  readonly of: string
  readonly schema: TSchema
  /** Null for what is not there, or not for the actor. */
  read(ctx: Ctx, id: string): Promise<Step | null>
}

/** Declares a part; what it shows has the form of its schema. */
export function defineJourneyPart<S extends TSchema>(part: {
  readonly name: string
  readonly of: string
  readonly schema: S
  read(ctx: Ctx, id: string): Promise<Step<Static<S>> | null>
}): JourneyPart {
  return part
}
