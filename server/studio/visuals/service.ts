import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { runFfmpegFrom } from '#platform/media/ffmpeg.ts'
import { writeTempFile } from '#platform/storage/files.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { lookOf } from '../direction/look.ts'
import { type Cue, cuesOf } from '../captions/cues.ts'
import { directed } from '../direction/service.ts'
import { type Made, type ProviderCall, make, productOf } from '../generations/service.ts'
import type { Raster } from './frames.ts'
import type { Look } from './look.ts'
import { motifOf } from './motifs/index.ts'
import { HEIGHT, WIDTH } from './scene.ts'

/** The pictures of a film: one silent clip for each scene, which together have exactly its frames. */
export interface Visuals {
  readonly storageKeys: readonly string[]
}

interface SceneRequest {
  readonly look: Look
  readonly cues: readonly Cue[]
  readonly scene: Look['scenes'][number]
  readonly path: string
  readonly onFrame: (frames: number) => void
}

/** Who makes the moving picture of a scene: exactly its frames, 1280 × 720 at 30, without sound. */
interface VisualsProvider {
  readonly name: string
  make(request: SceneRequest, folder: string, call: ProviderCall): Promise<{ costMicros: number }>
}

/** The program that draws. */
const PAINTER = join(import.meta.dirname, 'paint-main.ts')
const NICE = 5
/** More painters than this gain nothing that a film of a minute would notice. */
const MOST_PAINTERS = 4

const offline: VisualsProvider = {
  name: 'offline',
  make: async ({ look, cues, scene, path, onFrame }, folder, { signal }) => {
    const raster: Raster = { look, cues, fromFrame: scene.startFrame, toFrame: scene.endFrame }
    const rasterPath = join(folder, `scene-${scene.index}.json`)
    await writeTempFile(rasterPath, JSON.stringify(raster))
    const frames = scene.endFrame - scene.startFrame
    const { progress } = await runFfmpegFrom(
      { program: process.execPath, args: [PAINTER, rasterPath] },
      [...RAW_ARGS, ...clipArgs(frames, look.seed, path)],
      {
        cwd: folder,
        timeoutMs: MINUTE_MS + frames * 2_000,
        signal,
        nice: NICE,
        onProgress: ({ frame }) => onFrame(frame),
      },
    )
    if (progress.frame !== frames) throw new Error(`Scene ${scene.index} has ${progress.frame} of ${frames} frames`)
    return { costMicros: 0 }
  },
}

/** The arguments that read what the painter writes. */
const RAW_ARGS = [
  '-f',
  'rawvideo',
  '-pix_fmt',
  'rgba',
  '-video_size',
  `${WIDTH}x${HEIGHT}`,
  '-framerate',
  '30',
  '-i',
  'pipe:0',
]

/**
 * H.264 High, tagged as BT.709, in groups that refer to nothing outside: the scenes are joined later as they are. A breath
 * of grain hides the steps that soft colours have in eight bits. One thread each: several clips are encoded at once, and
 * two threads take half as much processor time again for the same frames.
 */
function clipArgs(frames: number, seed: number, path: string): string[] {
  const filters = [
    'scale=out_color_matrix=bt709:out_range=tv',
    'format=yuv420p',
    `noise=c0s=2:c0f=t:c0_seed=${seed % 100_000}`,
    'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709',
  ]
  return [
    ...[
      '-vf',
      filters.join(','),
      '-frames:v',
      String(frames),
      '-c:v',
      'libx264',
      '-profile:v',
      'high',
      '-preset',
      'veryfast',
    ],
    ...[
      '-crf',
      '20',
      '-g',
      '60',
      '-x264-params',
      'open-gop=0:rc-lookahead=10:ref=1',
      '-threads',
      '1',
      '-video_track_timescale',
      '15360',
    ],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709', '-color_range', 'tv'],
    ...['-map_metadata', '-1', '-f', 'mp4', `file:${path}`],
  ]
}

/**
 * Draws the pictures of a film with its captions burnt in, scene by scene, several at once. Idempotent: scenes that were stored before a crash are not
 * drawn again. `onProgress` hears shares from 0 to 1.
 * @throws FilmNotFound
 * @throws StageMissing
 */
export function drawVisuals(
  ctx: Ctx,
  projectId: string,
  signal: AbortSignal,
  onProgress?: (fraction: number) => void,
): Promise<Made> {
  return make<Visuals>(ctx, projectId, {
    kind: 'visuals',
    provider: offline.name,
    work: async (_project, key) => {
      const { script, voice, plan } = await directed(ctx, projectId)
      const look = lookOf(script, voice, plan)
      const cues = cuesOf(voice.lines, plan.lines, plan.totalFrames)
      const storageKeys = look.scenes.map(({ index }) => `studio/${projectId}/scene-${index}.mp4`)
      const done = look.scenes.map(() => 0)
      const tell = (): void =>
        onProgress?.(Math.min(1, done.reduce((sum, frames) => sum + frames, 0) / look.totalFrames))
      let costMicros = 0
      await using folder = await tempDir()
      await inTurn(look.scenes, Math.min(MOST_PAINTERS, availableParallelism()), signal, async (scene, both) => {
        const storageKey = storageKeys[scene.index] ?? ''
        const onFrame = (frames: number): void => {
          done[scene.index] = frames
          tell()
        }
        if ((await ctx.storage.head(storageKey)) === null) {
          const path = join(folder.path, `scene-${scene.index}.mp4`)
          const made = await offline.make({ look, cues, scene, path, onFrame }, folder.path, {
            key: `${key}:${scene.index}`,
            signal: both,
          })
          costMicros += made.costMicros
          await ctx.storage.putFile(storageKey, path)
        }
        onFrame(scene.endFrame - scene.startFrame)
      })
      const motifs = look.scenes.map(({ index }) => motifOf(look, index))
      return {
        ...{ result: { storageKeys }, storageKeys, costMicros },
        summary: {
          scenes: look.scenes.length,
          frames: look.totalFrames,
          motifs: motifs.join(', ').slice(0, 500),
          mood: look.mood.name,
        },
      }
    },
  })
}

/** Does something with each thing, so many at once. The first failure ends the others, and is thrown when they have ended. */
async function inTurn<T>(
  things: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (thing: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const queue = things.values()
  const worker = async (): Promise<void> => {
    for (const thing of queue) {
      both.throwIfAborted()
      await work(thing, both)
    }
  }
  const workers = Array.from({ length: atOnce }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(workers)
  await Promise.all(workers)
}

/**
 * The pictures of a film.
 * @throws StageMissing
 */
export async function visualsOf(ctx: Ctx, projectId: string): Promise<Visuals> {
  return (await productOf<Visuals>(ctx, projectId, 'visuals')).result
}
