import { DAY_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { PreconditionFailed, Unauthenticated } from '#platform/http/problems.ts'
import { releaseUpload } from '#platform/uploads/sweep.ts'
import { type StreamTx, stream } from '../door.ts'
import { cancelEncoding } from '../encoding/cancel.ts'
import { originalPrefix } from '../imports/keys.ts'
import { type PlaybackUrls, playbackOf, playbackOfAll } from '../playback/urls.ts'
import { canEdit, canRead } from './policy.ts'
import {
  type VideoRow,
  deletedBefore,
  insertVideo,
  markDeleted,
  markRestored,
  moveVideo,
  removeVideo,
  updateVideo,
  videoById,
  videoOfUpload,
  videosOfWorkspace,
} from './queries.ts'
import type { FailureCode, Video, VideoChange, VideoQuery, Visibility } from './schema.ts'
import { statesBefore } from './state.ts'

export const VideoNotFound = problem('stream/video-not-found', 404, 'There is no such video')

/** How long a deleted video can be restored. */
export const RESTORABLE_MS = 30 * DAY_MS

async function rowOf(ctx: Ctx, id: string): Promise<VideoRow> {
  const [row] = await stream.one(ctx, (db) => videoById(db, id))
  if (row === undefined || !canRead(ctx.actor, row)) throw VideoNotFound({ detail: `No video ${id} is here for you.` })
  return row
}

async function editableRowOf(ctx: Ctx, id: string): Promise<VideoRow> {
  const row = await rowOf(ctx, id)
  if (!canEdit(ctx.actor, row)) throw VideoNotFound({ detail: `No video ${id} is here for you to change.` })
  return row
}

/**
 * One video with the tag of its state.
 * @throws VideoNotFound also for private videos of others: their existence is nobody's business
 */
export async function videoWithTag(ctx: Ctx, id: string): Promise<{ video: Video; etag: string }> {
  const row = await rowOf(ctx, id)
  const video = shown(row, await playbackOf(ctx, row))
  // What hangs on a video (renditions, pictures, a grant's address) changes without a new version of its row.
  return { video, etag: etagOf(row.id, row.version, JSON.stringify([video.renditions, video.playback])) }
}

/**
 * One video, as whoever watches may see it.
 * @throws VideoNotFound
 */
export async function videoForWatching(ctx: Ctx, id: string): Promise<Video> {
  return (await videoWithTag(ctx, id)).video
}

/** The workspace's videos, newest first. */
export async function videosOf(ctx: Ctx, query: VideoQuery): Promise<Page<Video>> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const { workspaceId } = ctx.actor
  const { limit = 20, cursor, ...filter } = query
  const after = afterCursor(cursor)
  const rows = await stream.one(ctx, (db) => videosOfWorkspace(db, workspaceId, { ...filter, after, limit: limit + 1 }))
  const page = pageOf(rows, limit)
  const playbacks = await playbackOfAll(ctx, page.items)
  return { items: page.items.map((row, index) => shown(row, playbacks[index] ?? null)), nextCursor: page.nextCursor }
}

/**
 * Changes title, description or visibility.
 * @throws VideoNotFound
 * @throws PreconditionFailed when `ifMatch` names another state, or somebody changed it in the same moment
 */
export async function changeVideo(
  ctx: Ctx,
  id: string,
  change: VideoChange,
  ifMatch: string | undefined,
): Promise<{ video: Video; etag: string }> {
  const row = await editableRowOf(ctx, id)
  requireMatch(ifMatch, etagOf(row.id, row.version))
  const changed = await stream.write(ctx, (tx) => updateVideo(tx, id, row.version, change, ctx.clock.now()))
  if (!changed) {
    // Progress also counts versions: without If-Match the change is simply made to the newest state.
    if (ifMatch === undefined) return changeVideo(ctx, id, change, ifMatch)
    throw PreconditionFailed()
  }
  return videoWithTag(ctx, id)
}

/**
 * Takes a video out of sight at once; work on it ends, and its files go after RESTORABLE_MS. A deleted video is not found.
 * @throws VideoNotFound
 * @throws PreconditionFailed when `ifMatch` names another state, or somebody changed it in the same moment
 */
export async function deleteVideo(ctx: Ctx, id: string, ifMatch: string | undefined): Promise<void> {
  const row = await editableRowOf(ctx, id)
  requireMatch(ifMatch, etagOf(row.id, row.version))
  const version = ifMatch === undefined ? null : row.version
  const isAtWork = row.state !== 'ready' && row.state !== 'failed'
  const deleted = await stream.write(ctx, async (tx) => {
    const marked = await markDeleted(tx, id, version, ctx.clock.now())
    if (marked && isAtWork) await cancelEncoding(tx, id)
    return marked
  })
  if (!deleted && version !== null) throw PreconditionFailed()
}

/**
 * Puts back what `deleteVideo` took away; encoding that was under way goes on by the reconciler.
 * @throws VideoNotFound when there is no deleted video of this id, or it was purged
 */
export async function restoreVideo(ctx: Ctx, id: string): Promise<Video> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const { workspaceId } = ctx.actor
  const restored = await stream.write(ctx, (tx) => markRestored(tx, workspaceId, id, ctx.clock.now()))
  if (!restored) throw VideoNotFound({ detail: `No deleted video ${id} can be restored.` })
  return videoForWatching(ctx, id)
}

function shown(row: VideoRow, playback: PlaybackUrls | null): Video {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    visibility: row.visibility,
    state: row.state,
    playable: row.playable,
    progress: row.progress,
    failure:
      row.failureCode === null ? null : { code: row.failureCode as FailureCode, detail: row.failureDetail ?? '' },
    durationMs: row.durationMs,
    width: row.width,
    height: row.height,
    frameRate: row.frameRate,
    renditions: row.renditions.map((rendition) => ({
      ...rendition,
      averageBitrate: rendition.averageBitrate ?? 0,
      peakBitrate: rendition.peakBitrate ?? 0,
    })),
    playback,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** Writes the row of a video whose bytes are still to come. Returns its id. */
export async function beginVideo(
  tx: StreamTx,
  upload: { readonly id: string; readonly workspaceId: string; readonly userId: string },
  wanted: { readonly title: string; readonly visibility: Visibility },
): Promise<string> {
  const id = newId<'Video'>()
  const { workspaceId, userId: createdBy } = upload
  await insertVideo(tx, { id, workspaceId, createdBy, uploadId: upload.id, ...wanted })
  return id
}

/**
 * All bytes of an upload are here. Returns its video, or null when that is not (or no longer) waiting for them. A deleted
 * video takes them too: when it is restored, the reconciler has it probed.
 */
export async function markUploaded(
  tx: StreamTx,
  uploadId: string,
  original: { readonly key: string; readonly sizeBytes: number },
  at: Date,
): Promise<string | null> {
  const video = await videoOfUpload(tx, uploadId).executeTakeFirst()
  if (video === undefined) return null
  const moved = await moveVideo(tx, video.id, statesBefore('uploaded'), 'uploaded', at, {
    originalKey: original.key,
    originalSizeBytes: original.sizeBytes,
  })
  return moved ? video.id : null
}

/** The upload ended without its bytes: the row goes as if it had never been. */
export async function abandonVideo(tx: StreamTx, uploadId: string): Promise<void> {
  const video = await videoOfUpload(tx, uploadId).executeTakeFirst()
  if (video !== undefined) await removeVideo(tx, video.id)
}

/**
 * Removes for good what was deleted longer than RESTORABLE_MS ago: media first, then the row and the original, so
 * that a crash in between leaves the row to try again, or a file to the garbage collection. Runs as the system. Returns how many went.
 */
export async function purgeDeleted(ctx: Ctx): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - RESTORABLE_MS)
  const rows = await stream.one(ctx, (db) => deletedBefore(db, before, 100))
  for (const row of rows) {
    await ctx.storage.deletePrefix(`stream/${row.id}/`)
    await ctx.storage.deletePrefix(originalPrefix(row.id))
    const released = await stream.write(ctx, async (tx) => {
      await removeVideo(tx, row.id)
      return row.uploadId === null ? [] : releaseUpload(tx, row.uploadId)
    })
    await ctx.storage.delete(released)
  }
  return rows.length
}
