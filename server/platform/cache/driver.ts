import type { Question } from './spec.ts'

/** What a driver answers to a question. */
export type Look =
  | { readonly kind: 'hit'; readonly value: unknown }
  | {
      readonly kind: 'miss'
      /** The state of the question's tags: equal for two looks exactly when nothing was invalidated between them. */
      readonly stamp: string
      /** False while somebody computes this value in the same state; it may be there in a moment. */
      readonly leads: boolean
      /** False while a transaction that changes one of the tags is about to commit: what is read now may be old. */
      readonly mayKeep: boolean
    }

/** A value on its way into a driver. */
export interface Kept {
  readonly value: unknown
  /** Its JSON. */
  readonly payload: string
  /** Of the JSON in UTF-8. */
  readonly sizeBytes: number
  /** How long ago its computation began. */
  readonly ageMs: number
}

/**
 * Where values are kept. Whatever happens, a driver serves no value whose computation began before an invalidation of
 * one of its tags had ended: the stamp of the look is compared when the value is kept, and again when it is served.
 * Every method may throw; then nothing is known of what it did, and the caller computes for itself.
 */
export interface CacheDriver {
  readonly name: 'memory' | 'redis'
  look(question: Question): Look | Promise<Look>
  /** Keeps the value if nothing was invalidated since the look that gave `stamp`. */
  keep(question: Question, stamp: string, kept: Kept): void | Promise<void>
  /** Lets others compute at once: the look that led ends without a value. */
  letGo(question: Question, stamp: string): void | Promise<void>
}

/** How long a value may be served from now on; 0 or less: it is not kept. */
export function lifeMs({ spec }: Question, { value, ageMs }: Kept, deaf: boolean): number {
  const wanted = value === null ? Math.min(spec.absentTtlMs, spec.ttlMs) : spec.ttlMs
  return Math.min(wanted, deaf ? spec.deafTtlMs : wanted) - ageMs
}
