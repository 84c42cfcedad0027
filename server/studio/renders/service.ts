import { join } from 'node:path'
import { MINUTE_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { formatRational, framesToMs, parseRational, rational } from '#kernel/rational.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { runFfmpeg } from '#platform/media/ffmpeg.ts'
import { writeTempFile } from '#platform/storage/files.ts'
import { defineStorageOwner } from '#platform/storage/garbage.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { captionsOf } from '../captions/service.ts'
import { FRAMES_PER_SECOND } from '../direction/mood.ts'
import { directed } from '../direction/service.ts'
import { studio } from '../door.ts'
import { type Made, make } from '../generations/service.ts'
import { musicOf } from '../music/service.ts'
import { livingProjects, projectOf } from '../projects/service.ts'
import { widthAt } from '../visuals/scene.ts'
import { visualsOf } from '../visuals/service.ts'
import { checkFilm, packetsOf } from './check.ts'
import { filmArgs, clipList } from './command.ts'
import { renderFinished } from './events.ts'
import { type Loudness, loudnessOf } from './loudness.ts'
import { putRender, renderOfProject } from './queries.ts'
import { mixSound } from './sound.ts'

export const RenderNotFound = problem('studio/render-not-found', 404, 'The film is not rendered yet')
export const FilmCheckFailed = problem('studio/film-check-failed', 422, 'Something is wrong with the finished film')

/** A finished film, as whoever publishes it needs it. */
export interface RenderedFilm {
  readonly title: string
  /** BCP 47. */
  readonly language: string
  readonly storageKey: string
  /** WebVTT. */
  readonly captionsKey: string
  readonly durationFrames: number
  readonly frameRate: { readonly num: number; readonly den: number }
  readonly durationMs: number
  readonly width: number
  readonly height: number
  readonly loudnessLufs: number
}

const RATE = rational(FRAMES_PER_SECOND)
const NICE = 5
/** Most of the time of putting a film together goes into its sound. */
const SOUND_SHARE = 0.7

/**
 * Puts the film together: its clips one after the other, voice and music at their loudness. Idempotent. `onProgress` hears shares from 0 to 1.
 * @throws FilmNotFound
 * @throws StageMissing
 */
export function renderFilm(
  ctx: Ctx,
  projectId: string,
  signal: AbortSignal,
  onProgress?: (fraction: number) => void,
): Promise<Made> {
  return make<{ storageKey: string }>(ctx, projectId, {
    kind: 'assemble',
    provider: 'offline',
    work: async (project) => {
      await using folder = await tempDir()
      const film = await assembled(ctx, projectId, folder.path, signal, onProgress)
      const storageKey = `studio/${projectId}/film.mp4`
      const { sizeBytes } = await ctx.storage.putFile(storageKey, film.path)
      const durationMs = framesToMs(film.frames, RATE)
      return {
        result: { storageKey },
        storageKeys: [storageKey],
        summary: {
          durationMs,
          frames: film.frames,
          sizeBytes,
          loudnessLufs: film.loudnessLufs,
          truePeakDb: film.truePeakDb,
        },
        settle: async (tx) => {
          await putRender(tx, {
            ...{ projectId, workspaceId: project.workspaceId, storageKey, captionsKey: film.captionsKey, sizeBytes },
            ...{ title: film.title, language: film.language, durationFrames: film.frames },
            ...{ frameRate: formatRational(RATE), width: widthAt(project.height), height: project.height },
            ...{ loudnessLufs: film.loudnessLufs, truePeakDb: film.truePeakDb },
          })
          await emit(tx, renderFinished, { projectId, durationMs }, { subject: `project:${projectId}` })
        },
      }
    },
  })
}

interface Assembled {
  readonly path: string
  readonly title: string
  readonly language: string
  readonly captionsKey: string
  readonly frames: number
  readonly loudnessLufs: number
  readonly truePeakDb: number
}

async function assembled(
  ctx: Ctx,
  projectId: string,
  folder: string,
  signal: AbortSignal,
  onProgress: ((fraction: number) => void) | undefined,
): Promise<Assembled> {
  const { script, voice, plan } = await directed(ctx, projectId)
  const captions = await captionsOf(ctx, projectId)
  const { clips } = await visualsOf(ctx, projectId)
  const { totalFrames } = plan
  const options = { cwd: folder, timeoutMs: 2 * MINUTE_MS + totalFrames * 500, signal, nice: NICE }
  await using parts = new AsyncDisposableStack()
  const local = async (key: string): Promise<string> => parts.use(await ctx.storage.localFile(key)).path
  const sound = await mixSound(
    {
      ...{
        voicePath: await local(voice.storageKey),
        musicPath: await local(await musicOf(ctx, projectId)),
        totalFrames,
      },
      speaks: voice.lines.some(({ heard }) => heard),
    },
    options,
  )
  onProgress?.(SOUND_SHARE)
  const [listPath, path] = [join(folder, 'clips.ffconcat'), join(folder, 'film.mp4')]
  const list: { path: string; frames: number }[] = []
  for (const { storageKey, frames } of clips) list.push({ path: await local(storageKey), frames })
  await writeTempFile(listPath, clipList(list))
  await runFfmpeg(filmArgs({ listPath, soundPath: sound.path, outPath: path }), options)
  const frames = await packetsOf(path, options)
  if (frames !== totalFrames) throw new Error(`The film has ${frames} frames, and ${totalFrames} were planned`)
  onProgress?.(1)
  const measured = await loudnessOf(['-i', `file:${path}`], '', options)
  return { path, frames, captionsKey: captions.storageKey, ...named(script), ...loud(measured) }
}

const named = ({ title, language }: { title: string; language: string }) => ({ title, language })

const loud = ({ integratedLufs, truePeakDb }: Loudness) => ({
  loudnessLufs: integratedLufs ?? -70,
  truePeakDb: truePeakDb ?? -70,
})

/**
 * Watches the finished film: black, standing still, silent, of wrong length, too loud or too soft. Idempotent.
 * @throws FilmCheckFailed with each finding in `errors`
 * @throws RenderNotFound
 */
export function checkRender(ctx: Ctx, projectId: string, signal: AbortSignal): Promise<Made> {
  return make<null>(ctx, projectId, {
    kind: 'check',
    provider: 'offline',
    work: async ({ height }) => {
      const render = await renderOf(ctx, projectId)
      await using folder = await tempDir()
      await using film = await ctx.storage.localFile(render.storageKey)
      const timeoutMs = 2 * MINUTE_MS + render.durationFrames * 100
      const expected = { frames: render.durationFrames, width: widthAt(height), height }
      const errors = await checkFilm(film.path, expected, { cwd: folder.path, timeoutMs, signal })
      if (errors.length > 0) throw FilmCheckFailed({ detail: errors.map(({ detail }) => detail).join('; '), errors })
      return {
        result: null,
        summary: { findings: 0, frames: render.durationFrames, loudnessLufs: render.loudnessLufs },
      }
    },
  })
}

/**
 * The finished film.
 * @throws FilmNotFound
 * @throws RenderNotFound
 */
export async function renderOf(ctx: Ctx, projectId: string): Promise<RenderedFilm> {
  await projectOf(ctx, projectId)
  const [row] = await studio.one(ctx, (db) => renderOfProject(db, projectId))
  if (row === undefined) throw RenderNotFound()
  const frameRate = parseRational(row.frameRate) ?? RATE
  const { title, language, storageKey, captionsKey, durationFrames, width, height, loudnessLufs } = row
  return {
    ...{ title, language, storageKey, captionsKey, durationFrames, frameRate, width, height, loudnessLufs },
    durationMs: framesToMs(durationFrames, frameRate),
  }
}

const PROJECT_OF_KEY = /^studio\/([0-9a-f-]{36})\//

/** What was made of a film is wanted as long as its row is there. */
export const filmOwner = defineStorageOwner({
  prefix: 'studio/',
  isLive: async (ctx, keys) => {
    const projectOfKey = (key: string): string => PROJECT_OF_KEY.exec(key)?.[1] ?? ''
    const living = await livingProjects(
      ctx,
      [...new Set(keys.map(projectOfKey))].filter((id) => id !== ''),
    )
    return new Set(keys.filter((key) => living.has(projectOfKey(key))))
  },
})
