import type { Ctx } from '#platform/context.ts'
import type { Script } from '../scripts/schema.ts'
import { scriptOf } from '../scripts/service.ts'
import type { Voice } from '../voices/schema.ts'
import { voiceOf } from '../voices/service.ts'
import { type Plan, planOf } from './plan.ts'

/** A film in words, in sound and in time. */
export interface Directed {
  readonly script: Script
  readonly voice: Voice
  readonly plan: Plan
}

/**
 * The film in time. It follows from what is said and how long that takes, so that every stage that asks is told the same.
 * @throws StageMissing before the voice is recorded
 */
export async function directed(ctx: Ctx, projectId: string): Promise<Directed> {
  const [script, voice] = [await scriptOf(ctx, projectId), await voiceOf(ctx, projectId)]
  return { script, voice, plan: planOf(projectId, script, voice.lines) }
}
