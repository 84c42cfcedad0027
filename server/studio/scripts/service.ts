import type { Ctx } from '#platform/context.ts'
import { type Made, type ProviderCall, make, productOf } from '../generations/service.ts'
import { UnusableText, nameFilm } from '../projects/service.ts'
import { writeOffline } from './offline.ts'
import type { Script, ScriptRequest } from './schema.ts'
import { cleanText, emojiOf } from './text.ts'

/** Who writes a film in words. */
export interface ScriptProvider {
  readonly name: string
  make(request: ScriptRequest, call: ProviderCall): Promise<{ readonly script: Script; readonly costMicros: number }>
}

const offline: ScriptProvider = {
  name: 'offline',
  make: (request) => Promise.resolve({ script: writeOffline(request), costMicros: 0 }),
}

/**
 * Writes the film in words. Idempotent.
 * @throws FilmNotFound
 * @throws UnusableText when nothing that can be seen or heard is in the text
 */
export function writeScript(ctx: Ctx, projectId: string, signal: AbortSignal): Promise<Made> {
  return make<Script>(ctx, projectId, {
    kind: 'script',
    provider: offline.name,
    work: async (project, key) => {
      const cleaned = (text: string | null): string | null => (text === null ? null : cleanText(text))
      const request = { title: cleaned(project.title), idea: cleaned(project.idea), script: cleaned(project.script) }
      const words = request.idea ?? request.script ?? ''
      if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(words)) throw UnusableText({ detail: 'Nothing in it can be seen or heard.' })
      const { script, costMicros } = await offline.make(request, { key, signal })
      return {
        result: script,
        costMicros,
        summary: {
          lines: script.lines.length,
          language: script.language,
          emoji: emojiOf(words).length,
          framed: script.eyebrow !== null,
        },
        settle: (tx) => nameFilm(tx, projectId, script.title, ctx.clock.now()),
      }
    },
  })
}

/**
 * The film in words.
 * @throws StageMissing
 */
export async function scriptOf(ctx: Ctx, projectId: string): Promise<Script> {
  return (await productOf<Script>(ctx, projectId, 'script')).result
}
