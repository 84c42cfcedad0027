import { framesToMs } from '#kernel/rational.ts'
import type { Ctx } from '#platform/context.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { stream } from '../door.ts'
import { encodeAudioJob } from '../encoding/jobs.ts'
import { mediaKey } from '../encoding/keys.ts'
import type { EncodingPlan } from '../encoding/plan.ts'
import { mediaOf, replaceAudio, setMeasured } from '../encoding/media.ts'
import { workOn } from '../encoding/service.ts'
import { storyboardOf } from '../thumbnails/service.ts'
import { finishVideo } from '../videos/progress.ts'
import { type StoredChunk, assemble } from './assemble.ts'
import { writeMpd } from './dash.ts'
import { writeIFrames, writeMaster, writeMedia } from './hls.ts'
import { MASTER_NAME, MPD_NAME, type Presentation, fileNames, measureBitrates, targetSeconds } from './presentation.ts'

/** Every manifest of a complete presentation, by its name below the video's folder. */
export function manifestsOf(
  presentation: Presentation,
  storyboard: Parameters<typeof writeMpd>[1],
): Map<string, string> {
  const files = new Map<string, string>([
    [MASTER_NAME, writeMaster(presentation)],
    [MPD_NAME, writeMpd(presentation, storyboard)],
  ])
  for (const rung of [...presentation.video, ...presentation.audio]) {
    files.set(fileNames.playlist(rung.id), writeMedia(presentation, rung.id))
  }
  for (const rung of presentation.video) files.set(fileNames.iframes(rung.id), writeIFrames(presentation, rung.id))
  return files
}

/** One playlist of a video that is still being encoded, or null when it has none of this name. */
export async function growingPlaylist(
  ctx: Ctx,
  videoId: string,
  plan: EncodingPlan,
  name: string,
): Promise<string | null> {
  const { chunks, renditions } = await mediaOf(ctx, videoId)
  const presentation = { ...assemble(plan, chunks, renditions), isComplete: false }
  if (presentation.video.length === 0) return null
  if (name === MASTER_NAME) return writeMaster(presentation)
  const rung = [...presentation.video, ...presentation.audio].find(({ id }) => fileNames.playlist(id) === name)
  if (rung !== undefined) return writeMedia(presentation, rung.id)
  const picture = presentation.video.find(({ id }) => fileNames.iframes(id) === name)
  return picture === undefined ? null : writeIFrames(presentation, picture.id)
}

/**
 * Writes the manifests from what was measured and declares the video ready. Idempotent. When the picture turned out a
 * few frames longer or shorter than planned, the sound is made again to the picture's true length first.
 */
export async function packageVideo(ctx: JobCtx, videoId: string): Promise<void> {
  const work = await workOn(ctx, videoId)
  if (work === null) return
  const { chunks, renditions } = await mediaOf(ctx, videoId)
  const frameCount = framesOf(chunks, 'video')
  if (work.plan.audio.length > 0 && framesOf(chunks, 'audio') !== frameCount) {
    await stream.write(ctx, async (tx) => {
      await replaceAudio(tx, videoId)
      await enqueue(tx, encodeAudioJob, { videoId, frameCount })
    })
    return
  }
  const presentation = assemble(work.plan, chunks, renditions)
  const durationMs = framesToMs(frameCount, work.plan.frameRate)
  for (const [name, text] of manifestsOf(presentation, await storyboardOf(ctx, work, durationMs))) {
    await ctx.storage.put(mediaKey(videoId, name), Buffer.from(text))
  }
  const target = targetSeconds(presentation)
  await stream.write(ctx, async (tx) => {
    for (const rung of [...presentation.video, ...presentation.audio]) {
      await setMeasured(tx, videoId, rung.id, measureBitrates(rung.segments, rung.timescale, target))
    }
    await finishVideo(tx, ctx, videoId, durationMs)
  })
}

function framesOf(chunks: readonly StoredChunk[], track: 'video' | 'audio'): number {
  return chunks.filter((chunk) => chunk.track === track).reduce((sum, chunk) => sum + chunk.frameCount, 0)
}
