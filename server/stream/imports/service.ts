import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { defineStorageOwner } from '#platform/storage/garbage.ts'
import { stream } from '../door.ts'
import { probeVideoJob } from '../encoding/jobs.ts'
import type { FailureCode, VideoState, Visibility } from '../videos/schema.ts'
import { ORIGINALS_PREFIX, captionsKeyOf, originalKeyOf, originalPrefix } from './keys.ts'
import { type ImportedRow, insertImported, releaseSource, videoOfSource, videosWithOriginals } from './queries.ts'

export const SourceGone = problem('stream/source-gone', 409, 'The video of this source was deleted meanwhile')

/** A film in the storage that is to become a video. */
export interface Film {
  /** The id that the video will have. */
  readonly videoId: string
  readonly workspaceId: string
  readonly createdBy: string
  /** What it is made for: a source has one video. At most 200 characters. */
  readonly source: string
  /** 1 to 200 characters. */
  readonly title: string
  readonly visibility: Visibility
  /** The object that is copied; it stays whose it is. */
  readonly storageKey: string
  /** WebVTT beside the film, with its language as BCP 47. */
  readonly captions: { readonly storageKey: string; readonly language: string } | null
}

/** A video of a source, as far as it is. */
export interface ImportedVideo {
  readonly videoId: string
  readonly state: VideoState
  readonly failure: { readonly code: FailureCode; readonly detail: string } | null
}

/**
 * Makes a video of a film in the storage: copies it, writes the row and has it probed, as if its last byte had just been
 * uploaded. Asked again for the same source it answers with the video that is there; one that failed or was deleted
 * makes room for the new one.
 */
export async function importFilm(ctx: Ctx, film: Film): Promise<ImportedVideo> {
  const { videoId, workspaceId, source, captions } = film
  const there = await importedVideo(ctx, workspaceId, source)
  if (there !== null && there.state !== 'failed') return there
  // Copies that never get their row are found by the garbage collection.
  await ctx.storage.copy(film.storageKey, originalKeyOf(videoId))
  if (captions !== null) await ctx.storage.copy(captions.storageKey, captionsKeyOf(videoId))
  const head = await ctx.storage.head(originalKeyOf(videoId))
  const inserted = await stream.write(ctx, async (tx) => {
    await releaseSource(tx, workspaceId, source, ctx.clock.now())
    const isNew = await insertImported(tx, {
      ...{ id: videoId, workspaceId, createdBy: film.createdBy, source, title: film.title },
      ...{ visibility: film.visibility, originalKey: originalKeyOf(videoId), originalSizeBytes: head?.sizeBytes ?? 0 },
      captionsLanguage: captions?.language ?? null,
    })
    if (isNew) await enqueue(tx, probeVideoJob, { videoId })
    return isNew
  })
  if (inserted) return { videoId, state: 'uploaded', failure: null }
  const other = await importedVideo(ctx, workspaceId, source)
  if (other?.videoId !== videoId) await ctx.storage.deletePrefix(originalPrefix(videoId))
  if (other === null) throw SourceGone({ detail: `The video of ${source} was deleted while it was made.` })
  return other
}

/** The video of a source as it stands, or null when there is none, or it was deleted. */
export async function importedVideo(ctx: Ctx, workspaceId: string, source: string): Promise<ImportedVideo | null> {
  const [row] = await stream.one(ctx, (db) => videoOfSource(db, workspaceId, source))
  return row === undefined ? null : shown(row)
}

function shown({ id: videoId, state, failureCode, failureDetail }: ImportedRow): ImportedVideo {
  const failure = failureCode === null ? null : { code: failureCode as FailureCode, detail: failureDetail ?? '' }
  return { videoId, state, failure }
}

const VIDEO_OF_KEY = /^originals\/([0-9a-f-]{36})\//

/** An imported original is wanted as long as the row of its video is there: it can be restored, or tried again. */
export const originalsOwner = defineStorageOwner({
  prefix: ORIGINALS_PREFIX,
  isLive: async (ctx, keys) => {
    const ids = new Set(keys.map((key) => VIDEO_OF_KEY.exec(key)?.[1]).filter((id) => id !== undefined))
    const rows = ids.size === 0 ? [] : await stream.one(ctx, (db) => videosWithOriginals(db, [...ids]))
    const prefixes = rows.map((row) => originalPrefix(row.id))
    return new Set(keys.filter((key) => prefixes.some((prefix) => key.startsWith(prefix))))
  },
})
