import { sql } from 'kysely'
import { touch } from '#platform/realtime/topic.ts'
import type { StreamDb, StreamTx } from '../door.ts'
import type { RenditionsTable } from '../tables.ts'
import type { EncodingPlan } from './plan.ts'
import type { StoredTracks } from './stored.ts'

/** What the jobs of a video work on; nothing when it was deleted or is in another state. */
export const videoAtWork = (db: StreamDb, videoId: string, states: readonly ('uploaded' | 'probing' | 'encoding')[]) =>
  db
    .selectFrom('stream.videos')
    .select(['id', 'workspaceId', 'state', 'originalKey', 'originalSizeBytes', 'probe', 'plan'])
    .where('id', '=', videoId)
    .where('state', 'in', [...states])
    .where('deletedAt', 'is', null)

export const chunkExists = (db: StreamDb, videoId: string, track: 'video' | 'audio', index: number) =>
  db
    .selectFrom('stream.chunks')
    .select('index')
    .where('videoId', '=', videoId)
    .where('track', '=', track)
    .where('index', '=', index)

/** All stored chunks of a video: picture first, each track in the order of time. */
export const chunksOf = (db: StreamDb, videoId: string) =>
  db
    .selectFrom('stream.chunks')
    .select(['track', 'index', 'frameCount', 'segments'])
    .where('videoId', '=', videoId)
    .orderBy(sql`track = 'audio'`)
    .orderBy('index')

export const renditionsOf = (db: StreamDb, videoId: string) =>
  db
    .selectFrom('stream.renditions')
    .select(['name', 'kind', 'codecs', 'width', 'height', 'channels', 'timescale'])
    .where('videoId', '=', videoId)
    .orderBy('position')

/** Holds the video's row until the transaction ends. False when it is no longer being encoded. */
export async function holdEncoding(tx: StreamTx, videoId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('stream.videos')
    .select('id')
    .where('id', '=', videoId)
    .where('state', '=', 'encoding')
    .where('deletedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

/** Remembers a finished chunk. False when it was remembered before: another attempt was faster. */
export async function insertChunk(
  tx: StreamTx,
  chunk: {
    workspaceId: string
    videoId: string
    track: 'video' | 'audio'
    index: number
    frameCount: number
    segments: StoredTracks
  },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('stream.chunks')
    .values({ ...chunk, segments: JSON.stringify(chunk.segments) })
    .onConflict((conflict) => conflict.columns(['videoId', 'track', 'index']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function removeAudioChunk(tx: StreamTx, videoId: string): Promise<void> {
  await tx.deleteFrom('stream.chunks').where('videoId', '=', videoId).where('track', '=', 'audio').execute()
}

/** A rendition before its rates are measured. */
export type NewRendition = Omit<RenditionsTable, 'averageBitrate' | 'peakBitrate' | 'createdAt'>

export async function insertRenditions(tx: StreamTx, renditions: readonly NewRendition[]): Promise<void> {
  if (renditions.length === 0) return
  await tx
    .insertInto('stream.renditions')
    .values([...renditions])
    .onConflict((conflict) => conflict.columns(['videoId', 'name']).doNothing())
    .execute()
}

export async function insertThumbnails(
  tx: StreamTx,
  workspaceId: string,
  videoId: string,
  storyboard: boolean,
): Promise<void> {
  await tx
    .insertInto('stream.thumbnails')
    .values({ workspaceId, videoId, storyboard })
    .onConflict((conflict) => conflict.column('videoId').doNothing())
    .execute()
}

/** How much of a video is there. */
export interface Done {
  readonly videoChunks: number
  readonly frames: number
  readonly hasFirst: boolean
  readonly hasAudio: boolean
  readonly hasThumbnails: boolean
}

export async function doneOf(tx: StreamDb, videoId: string): Promise<Done> {
  const row = await tx
    .selectNoFrom([
      sql<number>`(select count(*) from stream.chunks where video_id = ${videoId} and track = 'video')`.as(
        'videoChunks',
      ),
      sql<number>`(select coalesce(sum(frame_count), 0) from stream.chunks where video_id = ${videoId} and track = 'video')`.as(
        'frames',
      ),
      sql<boolean>`exists (select from stream.chunks where video_id = ${videoId} and track = 'video' and index = 0)`.as(
        'hasFirst',
      ),
      sql<boolean>`exists (select from stream.chunks where video_id = ${videoId} and track = 'audio')`.as('hasAudio'),
      sql<boolean>`exists (select from stream.thumbnails where video_id = ${videoId})`.as('hasThumbnails'),
    ])
    .executeTakeFirstOrThrow()
  return row
}

/** Tells how far it is. Progress never goes back; `playable` is never taken back. */
export async function tellProgress(
  tx: StreamTx,
  videoId: string,
  told: { progress: number; playable: boolean },
  at: Date,
): Promise<void> {
  touch(tx, `video:${videoId}`)
  await tx
    .updateTable('stream.videos')
    .set((eb) => ({
      progress: sql<number>`greatest(progress, ${told.progress}::real)`,
      playable: sql<boolean>`playable or ${told.playable}`,
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', videoId)
    .where('state', '=', 'encoding')
    .execute()
}

/** Tells how far it is with a chunk under way: `framesUnderWay` on top of what is stored. */
export async function tellFramesUnderWay(
  tx: StreamTx,
  videoId: string,
  plan: EncodingPlan,
  framesUnderWay: number,
): Promise<void> {
  touch(tx, `video:${videoId}`)
  await tx
    .updateTable('stream.videos')
    .set((eb) => ({
      progress: sql<number>`greatest(progress, least(0.99, (${framesUnderWay}::real + (
        select coalesce(sum(frame_count), 0) from stream.chunks where video_id = ${videoId} and track = 'video')) / ${plan.frameCount}::real))`,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', videoId)
    .where('state', '=', 'encoding')
    .execute()
}

export async function setBitrates(
  tx: StreamTx,
  videoId: string,
  name: string,
  measured: { averageBitrate: number; peakBitrate: number },
): Promise<void> {
  await tx
    .updateTable('stream.renditions')
    .set(measured)
    .where('videoId', '=', videoId)
    .where('name', '=', name)
    .execute()
}

/** Videos between upload and ready that nothing has touched for a while, oldest first. Across all workspaces. */
export const unfinishedVideos = (db: StreamDb, limit: number) =>
  db
    .selectFrom('stream.videos')
    .select(['id', 'workspaceId', 'state', 'plan'])
    .where('state', 'in', ['uploaded', 'probing', 'encoding'])
    .where('deletedAt', 'is', null)
    .orderBy('updatedAt')
    .limit(limit)

export const planOf = (db: StreamDb, videoId: string) =>
  db.selectFrom('stream.videos').select('plan').where('id', '=', videoId)

/** Forgets all that was encoded of a video. */
export async function forgetMedia(tx: StreamTx, videoId: string): Promise<void> {
  await tx.deleteFrom('stream.chunks').where('videoId', '=', videoId).execute()
  await tx.deleteFrom('stream.renditions').where('videoId', '=', videoId).execute()
  await tx.deleteFrom('stream.thumbnails').where('videoId', '=', videoId).execute()
}

export const storedIndexes = (db: StreamDb, videoId: string) =>
  db.selectFrom('stream.chunks').select(['track', 'index']).where('videoId', '=', videoId)

/** Whether a job was given up for good. Scope: system. */
export const deadJob = (db: StreamDb, jobName: string, key: string) =>
  db.selectFrom('platform.deadJobs').select('id').where('jobName', '=', jobName).where('key', '=', key).limit(1)
