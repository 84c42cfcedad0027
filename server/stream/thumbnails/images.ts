import { join } from 'node:path'
import { MediaFailure } from '#platform/media/failure.ts'
import { hasFilter, runFfmpeg } from '#platform/media/ffmpeg.ts'
import type { MediaProbe } from '#platform/media/probe.ts'
import { posterArgs, storyboardArgs } from './command.ts'
import type { ImageCommand } from './command.ts'
import { planStoryboard } from './storyboard.ts'
import type { StoryboardPlan } from './storyboard.ts'

export interface ImageInput {
  /** Absolute, named by us. */
  readonly sourcePath: string
  readonly probe: MediaProbe
  /** An existing folder of this attempt alone, also FFmpeg's working folder; absolute. */
  readonly outDir: string
  readonly signal?: AbortSignal | undefined
}

export interface Poster {
  readonly path: string
  readonly width: number
  readonly height: number
}

export interface Storyboard extends StoryboardPlan {
  readonly path: string
}

/** The box of a poster. */
const POSTER_WIDTH = 1280
const POSTER_HEIGHT = 1280
const TIMEOUT_MS = 30 * 60_000

/**
 * Makes `poster.jpg`, at most 1280 pixels a side, never larger than the source.
 * @throws MediaFailure `corrupt_media` when there is no picture to be had, `encoding_failed`, `storage_full`
 * @throws the signal's reason when aborted
 */
export async function makePoster(input: ImageInput): Promise<Poster> {
  const { displayWidth, displayHeight } = input.probe.video
  const scale = Math.min(1, POSTER_WIDTH / displayWidth, POSTER_HEIGHT / displayHeight)
  const even = (side: number): number => Math.max(16, Math.floor((side * scale) / 2) * 2)
  const size = { width: even(displayWidth), height: even(displayHeight) }
  const command = await commandOf(input, 'poster.jpg')
  const made =
    (await madeImage(posterArgs(command, size, false), input)) ||
    (await madeImage(posterArgs(command, size, true), input))
  if (!made) throw new MediaFailure('corrupt_media', 'The file has no picture that can be decoded.')
  return { path: command.outPath, ...size }
}

/**
 * Makes `storyboard.jpg`, a sprite of at most 100 tiles, and tells where each tile is and when it is shown.
 * @throws MediaFailure `corrupt_media` when there is no picture to be had, `encoding_failed`, `storage_full`
 * @throws the signal's reason when aborted
 */
export async function makeStoryboard(input: ImageInput): Promise<Storyboard> {
  const { durationMs, video } = input.probe
  const plan = planStoryboard(video.displayWidth, video.displayHeight, durationMs)
  const command = await commandOf(input, 'storyboard.jpg')
  if (!(await madeImage(storyboardArgs(command, plan), input))) {
    throw new MediaFailure('corrupt_media', 'The file has no picture that can be decoded.')
  }
  return { ...plan, path: command.outPath }
}

async function commandOf(input: ImageInput, name: string): Promise<ImageCommand> {
  const canToneMap = input.probe.video.hdr !== null && (await hasFilter('zscale')) && (await hasFilter('tonemap'))
  return { sourcePath: input.sourcePath, probe: input.probe, outPath: join(input.outDir, name), canToneMap }
}

/** A video can be watched without pictures: they yield to what makes it playable. */
const NICE = 15

/** False when FFmpeg ended well but wrote no image: there was no frame where it looked. */
async function madeImage(args: readonly string[], input: ImageInput): Promise<boolean> {
  const options = { cwd: input.outDir, timeoutMs: TIMEOUT_MS, signal: input.signal, nice: NICE }
  try {
    const { progress } = await runFfmpeg(args, options)
    return progress.frame > 0
  } catch (error) {
    if (
      error instanceof MediaFailure &&
      error.code === 'encoding_failed' &&
      /Output file is empty|as finished/.test(error.log ?? '')
    ) {
      return false
    }
    throw error
  }
}
