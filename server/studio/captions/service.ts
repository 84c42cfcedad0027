import type { Ctx } from '#platform/context.ts'
import { directed } from '../direction/service.ts'
import { type Made, make, productOf } from '../generations/service.ts'
import { type Cue, cuesOf } from './cues.ts'
import { vttOf } from './vtt.ts'

/** The captions of a film: what is burnt into it, and the same as a file beside it. */
export interface Captions {
  readonly cues: readonly Cue[]
  readonly storageKey: string
}

const PROVIDER = 'offline'

/**
 * Writes the captions from the times at which the words are spoken. Idempotent.
 * @throws FilmNotFound
 * @throws StageMissing
 */
export function writeCaptions(ctx: Ctx, projectId: string, signal: AbortSignal): Promise<Made> {
  return make<Captions>(ctx, projectId, {
    kind: 'captions',
    provider: PROVIDER,
    work: async () => {
      const { script, voice, plan } = await directed(ctx, projectId)
      const cues = cuesOf(voice.lines, plan.lines, plan.totalFrames)
      const storageKey = `studio/${projectId}/captions.vtt`
      await ctx.storage.put(storageKey, Buffer.from(vttOf(cues, script.language)), { signal })
      return {
        result: { cues, storageKey },
        storageKeys: [storageKey],
        summary: {
          cues: cues.length,
          words: cues.flatMap(({ lines }) => lines).flat().length,
          language: script.language,
        },
      }
    },
  })
}

/**
 * The captions of a film.
 * @throws StageMissing
 */
export async function captionsOf(ctx: Ctx, projectId: string): Promise<Captions> {
  return (await productOf<Captions>(ctx, projectId, 'captions')).result
}
