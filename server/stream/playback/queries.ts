import { sql } from 'kysely'
import { fixed } from '#platform/database/fixed.ts'
import type { StreamDb, StreamTx } from '../door.ts'

/** A row when the video is open to all. */
export const openVideo = fixed((db: StreamDb, videoId: string) =>
  db
    .selectFrom('stream.videos')
    .select('id')
    .where('id', '=', videoId)
    .where('visibility', 'in', ['public', 'unlisted'])
    .where('deletedAt', 'is', null),
)

/** What serving needs of a video, with whether the caller's grant holds. */
export const mediaAccess = (db: StreamDb, videoId: string, secret: string) =>
  db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('stream.videos as v')
        .select(sql<boolean>`true`.as('open'))
        .where('v.id', '=', videoId)
        .where('v.visibility', 'in', ['public', 'unlisted'])
        .where('v.deletedAt', 'is', null)
        .as('open'),
    ])
    .select(sql<boolean>`stream.grant_holds(${videoId}::uuid, ${secret})`.as('granted'))

/** The grants that a session or key of a person has for these videos, living or not. */
export const grantsOf = (db: StreamDb, videoIds: readonly string[], userId: string, credentialId: string) =>
  db
    .selectFrom('stream.playbackGrants')
    .select(['videoId', 'secret', 'expiresAt'])
    .where('videoId', 'in', [...videoIds])
    .where('userId', '=', userId)
    .where('credentialId', '=', credentialId)

/** Makes or renews grants; a dead one gets the new secret, a living one keeps its address. */
export async function upsertGrants(
  tx: StreamTx,
  grants: readonly {
    id: string
    secret: string
    workspaceId: string
    videoId: string
    userId: string
    credentialId: string
  }[],
  lifeMs: number,
): Promise<{ videoId: string; secret: string }[]> {
  const expiresAt = sql<Date>`now() + ${lifeMs} * interval '1 millisecond'`
  return tx
    .insertInto('stream.playbackGrants')
    .values(grants.map((grant) => ({ ...grant, expiresAt })))
    .onConflict((conflict) =>
      conflict.columns(['videoId', 'userId', 'credentialId']).doUpdateSet({
        secret: sql<string>`case when stream.playback_grants.expires_at > now() then stream.playback_grants.secret else excluded.secret end`,
        expiresAt,
      }),
    )
    .returning(['videoId', 'secret'])
    .execute()
}

/** Forgets grants that died a while ago. */
export async function removeDeadGrants(tx: StreamTx): Promise<void> {
  await tx
    .deleteFrom('stream.playbackGrants')
    .where('expiresAt', '<', sql<Date>`now() - interval '1 hour'`)
    .execute()
}

/** What playlists of an unfinished video are written from. */
export const unfinishedMedia = (db: StreamDb, videoId: string) =>
  db.selectFrom('stream.videos').select(['id', 'workspaceId', 'state', 'plan', 'playable']).where('id', '=', videoId)
