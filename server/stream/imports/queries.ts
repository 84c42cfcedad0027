import { invalidates } from '#platform/cache/cached.ts'
import type { StreamDb, StreamTx } from '../door.ts'
import type { VideoState, Visibility } from '../videos/schema.ts'
import { videoTag } from '../videos/tags.ts'

/** A video as whoever had it made needs to know it. */
export interface ImportedRow {
  readonly id: string
  readonly state: VideoState
  readonly failureCode: string | null
  readonly failureDetail: string | null
}

/** The video of a source, unless it was deleted. */
export const videoOfSource = (db: StreamDb, workspaceId: string, source: string) =>
  db
    .selectFrom('stream.videos')
    .select(['id', 'state', 'failureCode', 'failureDetail'])
    .where('workspaceId', '=', workspaceId)
    .where('source', '=', source)
    .where('deletedAt', 'is', null)

/** Takes the source from a video that failed or was deleted, and a failed one out of sight, for another to come. */
export async function releaseSource(tx: StreamTx, workspaceId: string, source: string, at: Date): Promise<void> {
  const released = await tx
    .updateTable('stream.videos')
    .set((eb) => ({
      source: null,
      deletedAt: eb.fn.coalesce('deletedAt', eb.val(at)),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('workspaceId', '=', workspaceId)
    .where('source', '=', source)
    .where((eb) => eb.or([eb('state', '=', 'failed'), eb('deletedAt', 'is not', null)]))
    .returning('id')
    .execute()
  for (const { id } of released) invalidates(tx, videoTag(id))
}

/** Writes the row of a video whose bytes are there. Returns false when its source has a video already. */
export async function insertImported(
  tx: StreamTx,
  video: {
    readonly id: string
    readonly workspaceId: string
    readonly createdBy: string
    readonly source: string
    readonly title: string
    readonly visibility: Visibility
    readonly originalKey: string
    readonly originalSizeBytes: number
    readonly captionsLanguage: string | null
  },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('stream.videos')
    .values({ ...video, state: 'uploaded' })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Of these videos those that are there, deleted ones too: they can be restored. */
export const videosWithOriginals = (db: StreamDb, ids: readonly string[]) =>
  db
    .selectFrom('stream.videos')
    .select('id')
    .where('id', 'in', [...ids])
