import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { runFfmpegFrom } from '#platform/media/ffmpeg.ts'
import { writeTempFile } from '#platform/storage/files.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { lookOf } from '../direction/look.ts'
import { type Cue, cuesOf } from '../captions/cues.ts'
import { FRAMES_PER_SECOND } from '../direction/mood.ts'
import { directed } from '../direction/service.ts'
import { type Made, type ProviderCall, make, productOf } from '../generations/service.ts'
import type { Raster } from './frames.ts'
import type { Look } from './look.ts'
import { motifOf } from './motifs/index.ts'
import { widthAt } from './scene.ts'

/** The pictures of a film: silent clips that follow one another and together have exactly its frames. */
export interface Visuals {
  readonly clips: readonly { readonly storageKey: string; readonly frames: number }[]
}

/** A stretch of a film: `startFrame` ≤ f < `endFrame`. */
interface Stretch {
  readonly index: number
  readonly startFrame: number
  readonly endFrame: number
}

interface ClipRequest {
  readonly look: Look
  readonly cues: readonly Cue[]
  readonly stretch: Stretch
  /** Lines of the picture. */
  readonly height: number
  readonly path: string
  readonly onFrame: (frames: number) => void
}

/** Who makes the moving picture of a stretch: exactly its frames, 16:9 at 30, without sound. */
interface VisualsProvider {
  readonly name: string
  make(request: ClipRequest, folder: string, call: ProviderCall): Promise<{ costMicros: number }>
}

const MIB = 1024 * 1024
/** The program that draws. */
const PAINTER = join(import.meta.dirname, 'paint-main.ts')
/**
 * A frame is 3.7 MB that are copied out of the canvas. Left to itself the C library asks the kernel for each and gives it
 * back, who clears it each time: that is a tenth of the painting's time. Only glibc reads these.
 */
const PAINTER_ENV = { MALLOC_MMAP_THRESHOLD_: String(32 * MIB), MALLOC_TRIM_THRESHOLD_: String(256 * MIB) }
const NICE = 5
/** More painters than this gain nothing that a film of a minute would notice. */
const MOST_PAINTERS = 4

const offline: VisualsProvider = {
  name: 'offline',
  make: async ({ look, cues, stretch, height, path, onFrame }, folder, { signal }) => {
    const { index, startFrame, endFrame } = stretch
    const raster: Raster = { look, cues, fromFrame: startFrame, toFrame: endFrame, height }
    const rasterPath = join(folder, `clip-${index}.json`)
    await writeTempFile(rasterPath, JSON.stringify(raster))
    const frames = endFrame - startFrame
    const { progress } = await runFfmpegFrom(
      { program: process.execPath, args: [PAINTER, rasterPath], env: PAINTER_ENV },
      [...rawArgs(height), ...clipArgs(frames, path)],
      {
        cwd: folder,
        timeoutMs: MINUTE_MS + frames * 2_000,
        signal,
        nice: NICE,
        onProgress: ({ frame }) => onFrame(frame),
      },
    )
    if (progress.frame !== frames) throw new Error(`Clip ${index} has ${progress.frame} of ${frames} frames`)
    return { costMicros: 0 }
  },
}

/** The arguments that read what the painter writes. */
const rawArgs = (height: number): string[] => [
  '-f',
  'rawvideo',
  '-pix_fmt',
  'rgba',
  '-video_size',
  `${widthAt(height)}x${height}`,
  '-framerate',
  '30',
  '-i',
  'pipe:0',
]

/**
 * H.264 High, tagged as BT.709, in groups that refer to nothing outside: the clips are joined later as they are.
 * `ultrafast` takes half the time of `veryfast` and four times its bytes, which nobody streams: the rungs are made of it. It
 * comes closer to what was drawn (SSIM 0.995 beside 0.993 at the factor 20); soft grounds need its adaptive quantiser on.
 * One thread each: several clips are encoded at once, and two threads take half as much processor time again for the same
 * frames.
 */
function clipArgs(frames: number, path: string): string[] {
  const filters = [
    'scale=out_color_matrix=bt709:out_range=tv',
    'format=yuv420p',
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
      'ultrafast',
    ],
    ...[
      '-crf',
      '21',
      '-g',
      '60',
      '-x264-params',
      'open-gop=0:aq-mode=1:8x8dct=1',
      '-threads',
      '1',
      '-video_track_timescale',
      '15360',
    ],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709', '-color_range', 'tv'],
    ...['-map_metadata', '-1', '-f', 'mp4', `file:${path}`],
  ]
}

/** What is drawn again after a crash is at most this of each painter; each of them has letters and scenes to set up. */
const MOST_CLIP_FRAMES = 8 * FRAMES_PER_SECOND

/**
 * A film's stretches in order: all equally long to a frame, and an even number of them, so that no processor waits for
 * another at the end. They do not depend on the machine: another may go on.
 */
export function stretchesOf(totalFrames: number): Stretch[] {
  const count = Math.min(totalFrames, 2 * Math.ceil(totalFrames / (2 * MOST_CLIP_FRAMES)))
  const frameAt = (index: number): number => Math.round((totalFrames * index) / count)
  return Array.from({ length: count }, (_, index) => ({
    index,
    startFrame: frameAt(index),
    endFrame: frameAt(index + 1),
  }))
}

/** Where the clip of a stretch is stored. */
export const clipKey = (projectId: string, index: number): string => `studio/${projectId}/clip-${index}.mp4`

/**
 * Draws the pictures of a film with its captions burnt in, clip by clip, several at once. Idempotent: clips that were
 * stored before a crash are not drawn again. `onProgress` hears shares from 0 to 1.
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
    work: async ({ height }, key) => {
      const { script, voice, plan } = await directed(ctx, projectId)
      const look = lookOf(script, voice, plan)
      const cues = cuesOf(voice.lines, plan.lines, plan.totalFrames)
      const stretches = stretchesOf(look.totalFrames)
      const keyOf = ({ index }: Stretch): string => clipKey(projectId, index)
      const done = stretches.map(() => 0)
      let costMicros = 0
      await using folder = await tempDir()
      await inTurn(stretches, Math.min(MOST_PAINTERS, availableParallelism()), signal, async (stretch, both) => {
        const { index, startFrame, endFrame } = stretch
        const onFrame = (frames: number): void => {
          done[index] = frames
          onProgress?.(Math.min(1, done.reduce((sum, each) => sum + each, 0) / look.totalFrames))
        }
        if ((await ctx.storage.head(keyOf(stretch))) === null) {
          const path = join(folder.path, `clip-${index}.mp4`)
          const call = { key: `${key}:${index}`, signal: both }
          const made = await offline.make({ look, cues, stretch, height, path, onFrame }, folder.path, call)
          costMicros += made.costMicros
          await ctx.storage.putFile(keyOf(stretch), path)
        }
        onFrame(endFrame - startFrame)
      })
      const clips = stretches.map((stretch) => ({
        storageKey: keyOf(stretch),
        frames: stretch.endFrame - stretch.startFrame,
      }))
      const motifs = look.scenes.map(({ index }) => motifOf(look, index))
      return {
        ...{ result: { clips }, storageKeys: stretches.map(keyOf), costMicros },
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
