import { join } from 'node:path'
import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { run } from '#platform/process/run.ts'
import { writeTempFile } from '#platform/storage/files.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { directed } from '../direction/service.ts'
import { type Made, type ProviderCall, make, productOf } from '../generations/service.ts'
import type { MusicRequest } from './schema.ts'

/** Who composes. The file that it names is a WAV of exactly the film's length. */
interface MusicProvider {
  readonly name: string
  make(request: MusicRequest, folder: string, call: ProviderCall): Promise<{ path: string; costMicros: number }>
}

const PROGRAM = join(import.meta.dirname, 'compose-main.ts')
const NICE = 5

const offline: MusicProvider = {
  name: 'offline',
  make: async (request, folder, { signal }) => {
    const [score, path] = [join(folder, 'score.json'), join(folder, 'music.wav')]
    await writeTempFile(score, JSON.stringify(request))
    const timeoutMs = MINUTE_MS + (request.totalFrames / 30) * 1000
    const result = await run(process.execPath, [PROGRAM, score, path], { cwd: folder, timeoutMs, signal, nice: NICE })
    if (result.ended === 'aborted') throw signal.reason
    if (result.exitCode !== 0) throw new Error(`The music could not be composed: ${result.stderr.slice(-1000)}`)
    return { path, costMicros: 0 }
  },
}

/**
 * Composes the bed of a film, which makes room where someone speaks. Idempotent.
 * @throws FilmNotFound
 * @throws StageMissing
 */
export function composeMusic(ctx: Ctx, projectId: string, signal: AbortSignal): Promise<Made> {
  return make<{ storageKey: string }>(ctx, projectId, {
    kind: 'music',
    provider: offline.name,
    work: async (_project, key) => {
      const { plan, voice } = await directed(ctx, projectId)
      const { seed, mood, totalFrames } = plan
      await using folder = await tempDir()
      const request: MusicRequest = {
        ...{ seed, mood, totalFrames },
        sceneStarts: plan.scenes.map(({ startFrame }) => startFrame),
        speech: plan.lines
          .filter(({ line }) => voice.lines[line]?.heard === true)
          .map(({ startFrame, endFrame }) => [startFrame, endFrame]),
      }
      const { path, costMicros } = await offline.make(request, folder.path, { key, signal })
      const storageKey = `studio/${projectId}/music.wav`
      await ctx.storage.putFile(storageKey, path)
      return {
        ...{ result: { storageKey }, storageKeys: [storageKey], costMicros },
        summary: {
          mood: mood.name,
          beatsPerMinute: Math.round((60 * 30) / mood.framesPerBeat),
          scenes: plan.scenes.length,
        },
      }
    },
  })
}

/**
 * Where the bed of a film lies: a WAV of 48,000 samples in a second, two channels.
 * @throws StageMissing
 */
export async function musicOf(ctx: Ctx, projectId: string): Promise<string> {
  return (await productOf<{ storageKey: string }>(ctx, projectId, 'music')).result.storageKey
}
