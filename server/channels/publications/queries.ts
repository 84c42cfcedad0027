import type { ChannelsDb, ChannelsTx } from '../door.ts'

/** Where a film is shown, as far as it got. */
export const publicationOf = (db: ChannelsDb, productionId: string) =>
  db
    .selectFrom('channels.publications')
    .select(['id', 'target', 'state', 'videoId', 'publishedAt', 'createdAt'])
    .where('productionId', '=', productionId)
    .where('target', '=', 'stream')

export const publicationOfVideo = (db: ChannelsDb, videoId: string) =>
  db.selectFrom('channels.publications').select(['productionId', 'workspaceId']).where('videoId', '=', videoId)

/**
 * Writes that a film is about to be handed over, once for each production; one that failed gets another video. Returns
 * the video's id.
 */
export async function intendPublication(
  tx: ChannelsTx,
  intent: {
    readonly id: string
    readonly workspaceId: string
    readonly productionId: string
    readonly videoId: string
  },
  at: Date,
): Promise<string> {
  await tx
    .insertInto('channels.publications')
    .values({ ...intent, target: 'stream', state: 'pending' })
    .onConflict((conflict) =>
      conflict
        .columns(['productionId', 'target'])
        .doUpdateSet({ state: 'pending', videoId: intent.videoId, updatedAt: at })
        .where('channels.publications.state', '=', 'failed'),
    )
    .execute()
  const { videoId } = await publicationOf(tx, intent.productionId).executeTakeFirstOrThrow()
  return videoId
}

/** Moves a publication on. Returns whether it stood in one of `from`. */
export async function movePublication(
  tx: ChannelsTx,
  productionId: string,
  from: readonly ('pending' | 'sent')[],
  to: 'sent' | 'published' | 'failed',
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('channels.publications')
    .set({ state: to, updatedAt: at, ...(to === 'published' ? { publishedAt: at } : {}) })
    .where('productionId', '=', productionId)
    .where('target', '=', 'stream')
    .where('state', 'in', [...from])
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
