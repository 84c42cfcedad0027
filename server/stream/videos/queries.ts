import { sql } from 'kysely'
import { invalidates } from '#platform/cache/cached.ts'
import { fixed } from '#platform/database/fixed.ts'
import { touch } from '#platform/realtime/topic.ts'
import type { StreamDb, StreamTx } from '../door.ts'
import type { FailureCode, VideoState, Visibility } from './schema.ts'
import { videoTag } from './tags.ts'

/** A rendition as the video's answer shows it. */
export interface RenditionRow {
  readonly width: number
  readonly height: number
  readonly codecs: string
  readonly averageBitrate: number | null
  readonly peakBitrate: number | null
}

const renditionsOfVideo = sql<RenditionRow[]>`coalesce((
  select jsonb_agg(jsonb_build_object('width', r.width, 'height', r.height, 'codecs', r.codecs,
    'averageBitrate', r.average_bitrate, 'peakBitrate', r.peak_bitrate) order by r.position)
  from stream.renditions r where r.video_id = v.id and r.kind = 'video'), '[]'::jsonb)`

/** null: no picture made yet; true: poster and storyboard; false: a poster alone. */
const storyboardOfVideo = sql<boolean | null>`(select t.storyboard from stream.thumbnails t where t.video_id = v.id)`

const shown = (db: StreamDb) =>
  db
    .selectFrom('stream.videos as v')
    .select([
      'v.id',
      'v.workspaceId',
      'v.title',
      'v.description',
      'v.visibility',
      'v.state',
      'v.playable',
      'v.progress',
      'v.failureCode',
      'v.failureDetail',
      'v.durationMs',
      'v.width',
      'v.height',
      'v.frameRate',
      'v.captionsLanguage',
      'v.source',
      'v.version',
      'v.createdAt',
      'v.updatedAt',
    ])
    .select([renditionsOfVideo.as('renditions'), storyboardOfVideo.as('storyboard')])
    .where('v.deletedAt', 'is', null)

export type VideoRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

export const videoById = fixed((db: StreamDb, id: string) => shown(db).where('v.id', '=', id))

/** What live connections are told of videos, and by what it is decided who may hear it. */
export const videosLive = (db: StreamDb, ids: readonly string[]) =>
  db
    .selectFrom('stream.videos')
    .select(['id', 'workspaceId', 'visibility', 'state', 'playable', 'progress'])
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .where('deletedAt', 'is', null)

export type LiveRow = Awaited<ReturnType<ReturnType<typeof videosLive>['execute']>>[number]

export const videosOfWorkspace = (
  db: StreamDb,
  workspaceId: string,
  filter: { after: string | null; limit: number; state?: VideoState; visibility?: Visibility; q?: string },
) =>
  shown(db)
    .where('v.workspaceId', '=', workspaceId)
    .$if(filter.after !== null, (query) => query.where('v.id', '<', filter.after ?? ''))
    .$if(filter.state !== undefined, (query) => query.where('v.state', '=', filter.state ?? 'ready'))
    .$if(filter.visibility !== undefined, (query) => query.where('v.visibility', '=', filter.visibility ?? 'public'))
    .$if(filter.q !== undefined, (query) => query.where('v.title', 'ilike', `%${escapeLike(filter.q ?? '')}%`))
    .orderBy('v.id', 'desc')
    .limit(filter.limit)

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)
}

export async function insertVideo(
  tx: StreamTx,
  video: {
    id: string
    workspaceId: string
    createdBy: string
    uploadId: string
    title: string
    visibility: Visibility
  },
): Promise<void> {
  await tx
    .insertInto('stream.videos')
    .values({ ...video, state: 'uploading' })
    .execute()
}

export interface VideoPatch {
  title?: string
  description?: string
  visibility?: Visibility
}

/** Whether the one row was updated; then what is kept of it holds no more. */
function changed(tx: StreamTx, id: string, updatedRows: bigint): boolean {
  if (updatedRows > 0n) invalidates(tx, videoTag(id))
  return updatedRows === 1n
}

/** Changes what its owner may change, if the row still is at `version`. Returns whether it was. */
export async function updateVideo(
  tx: StreamTx,
  id: string,
  version: number,
  patch: VideoPatch,
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('stream.videos')
    .set({ ...patch, updatedAt: at, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
  return changed(tx, id, numUpdatedRows)
}

/** Moves a video from one of `from` to `to`, a deleted one only to `uploaded`. Returns whether it stood there. */
export async function moveVideo(
  tx: StreamTx,
  id: string,
  from: readonly VideoState[],
  to: VideoState,
  at: Date,
  set: {
    originalKey?: string
    originalSizeBytes?: number
    probe?: string
    plan?: string
    durationMs?: number
    width?: number
    height?: number
    frameRate?: string
    progress?: number
    playable?: boolean
    failureCode?: FailureCode | null
    failureDetail?: string | null
  } = {},
): Promise<boolean> {
  touch(tx, `video:${id}`)
  const { numUpdatedRows } = await tx
    .updateTable('stream.videos')
    .set((eb) => ({ ...set, state: to, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('state', 'in', [...from])
    .$if(to !== 'uploaded', (query) => query.where('deletedAt', 'is', null))
    .executeTakeFirst()
  return changed(tx, id, numUpdatedRows)
}

/** Takes a video out of sight, at `version` or, with null, at any. Returns whether it was there. */
export async function markDeleted(tx: StreamTx, id: string, version: number | null, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('stream.videos')
    .set((eb) => ({ deletedAt: at, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .$if(version !== null, (query) => query.where('version', '=', version ?? 0))
    .executeTakeFirst()
  return changed(tx, id, numUpdatedRows)
}

/** Puts a deleted video of the workspace back. Returns whether there was one. */
export async function markRestored(tx: StreamTx, workspaceId: string, id: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('stream.videos')
    .set((eb) => ({ deletedAt: null, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is not', null)
    .executeTakeFirst()
  return changed(tx, id, numUpdatedRows)
}

/** The video that an upload brings. */
export const videoOfUpload = (db: StreamDb, uploadId: string) =>
  db.selectFrom('stream.videos').select(['id', 'workspaceId']).where('uploadId', '=', uploadId)

/** Removes the row of an upload that never came to its end; everything that hangs on it goes with it. */
export async function removeVideo(tx: StreamTx, id: string): Promise<void> {
  invalidates(tx, videoTag(id))
  await tx.deleteFrom('stream.videos').where('id', '=', id).execute()
}

/** Videos whose deletion is older than `before`: the next to be purged, at most `limit`. */
export const deletedBefore = (db: StreamDb, before: Date, limit: number) =>
  db
    .selectFrom('stream.videos')
    .select(['id', 'workspaceId', 'uploadId'])
    .where('deletedAt', '<', before)
    .orderBy('deletedAt')
    .limit(limit)
