import type { Ctx } from '#platform/context.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { stream } from '../door.ts'
import { POSTER_NAME, SPRITE_NAME, STORYBOARD_NAME, mediaKey } from '../encoding/keys.ts'
import { setThumbnails } from '../encoding/media.ts'
import { type Work, advance, holdVideo, workOn } from '../encoding/service.ts'
import { type Storyboard, storyboardVtt } from '../packaging/storyboard.ts'
import { makePoster, makeStoryboard } from './images.ts'
import { planStoryboard } from './storyboard.ts'

/** A poster and a storyboard say nothing of a video shorter than this. */
const LEAST_FOR_STORYBOARD_MS = 4_000

/** Makes the poster and, for all but the shortest videos, the storyboard. Idempotent. */
export async function thumbnailsOfVideo(ctx: JobCtx, videoId: string, signal: AbortSignal): Promise<void> {
  const work = await workOn(ctx, videoId)
  if (work === null) return
  await using dir = await tempDir()
  await using source = await ctx.storage.localFile(work.originalKey)
  const input = { sourcePath: source.path, probe: work.probe, outDir: dir.path, signal }
  const poster = await makePoster(input)
  await ctx.storage.putFile(mediaKey(videoId, POSTER_NAME), poster.path)
  const withStoryboard = work.probe.durationMs >= LEAST_FOR_STORYBOARD_MS
  if (withStoryboard) {
    const storyboard = await makeStoryboard(input)
    await ctx.storage.putFile(mediaKey(videoId, SPRITE_NAME), storyboard.path)
    await ctx.storage.put(mediaKey(videoId, STORYBOARD_NAME), Buffer.from(storyboardVtt(storyboard.tiles, SPRITE_NAME)))
  }
  await stream.write(ctx, async (tx) => {
    if (!(await holdVideo(tx, videoId))) return
    await setThumbnails(tx, work.workspaceId, videoId, withStoryboard)
    await advance(tx, ctx, work)
  })
}

/** The storyboard as the MPD names it, or null when the video has none. */
export async function storyboardOf(ctx: Ctx, work: Work, durationMs: number): Promise<Storyboard | null> {
  const sprite = await ctx.storage.head(mediaKey(work.videoId, SPRITE_NAME))
  if (sprite === null) return null
  const { displayWidth, displayHeight } = work.probe.video
  const { columns, rows, tileWidth, tileHeight, intervalMs } = planStoryboard(
    displayWidth,
    displayHeight,
    work.probe.durationMs,
  )
  return { uri: SPRITE_NAME, columns, rows, tileWidth, tileHeight, intervalMs, durationMs, sizeBytes: sprite.sizeBytes }
}
