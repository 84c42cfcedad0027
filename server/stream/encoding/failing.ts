import type { Ctx } from '#platform/context.ts'
import type { MediaFailure } from '#platform/media/failure.ts'
import type { StreamTx } from '../door.ts'
import { failVideo } from '../videos/progress.ts'
import { type OwnJob, cancelEncoding } from './cancel.ts'
import { mediaPrefix } from './keys.ts'
import { forgetMedia } from './queries.ts'

/** Whose encoding failed. */
export interface FailedVideo {
  readonly id: string
  readonly workspaceId: string | null
}

/**
 * Fails a video in one transaction with all that follows: its other jobs are cancelled, and what was encoded of it is
 * forgotten, so that a later try begins anew. Returns false when it was not under way. After the commit the caller calls
 * `removeMedia`. The original stays until its owner deletes the video.
 */
export async function failEncoding(
  tx: StreamTx,
  ctx: Ctx,
  video: FailedVideo,
  failure: MediaFailure,
  own: OwnJob | null = null,
): Promise<boolean> {
  if (!(await failVideo(tx, ctx, video, failure))) return false
  await cancelEncoding(tx, video.id, own)
  await forgetMedia(tx, video.id)
  return true
}

/**
 * Removes the files that were made of a failed video. An attempt that is just being stopped, here or in another process,
 * may still put the one file that it had begun: like all files of failed videos that is found by the garbage collection
 * when it is a day old.
 */
export async function removeMedia(ctx: Ctx, videoId: string): Promise<void> {
  await ctx.storage.deletePrefix(mediaPrefix(videoId))
}
