import { SECOND_MS } from '#kernel/clock.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { stream } from '../door.ts'
import { grantOf, removeDeadGrants, upsertGrant } from './queries.ts'

/** A grant dies this long after its last renewal. */
export const GRANT_LIFE_MS = 60 * SECOND_MS
/** A grant that was renewed a moment ago is not written again. */
const RENEW_WHEN_LEFT_MS = 45 * SECOND_MS

export interface Playable {
  readonly id: string
  readonly workspaceId: string
  readonly visibility: 'public' | 'unlisted' | 'private'
  readonly state: string
  readonly playable: boolean
  readonly storyboard: boolean | null
}

export interface PlaybackUrls {
  readonly hlsUrl: string
  readonly dashUrl: string | null
  readonly posterUrl: string | null
  readonly storyboardUrl: string | null
}

/**
 * Where a video plays: absolute URLs, null until there is something to play. Those of a private video carry a grant of
 * the person who asks, made or renewed by asking; the address stays the same as long as it is renewed in time.
 */
export async function playbackOf(ctx: Ctx, video: Playable): Promise<PlaybackUrls | null> {
  if (!video.playable) return null
  const base = await baseUrl(ctx, video)
  return {
    hlsUrl: `${base}/master.m3u8`,
    dashUrl: video.state === 'ready' ? `${base}/manifest.mpd` : null,
    posterUrl: video.storyboard === null ? null : `${base}/poster.jpg`,
    storyboardUrl: video.storyboard === true ? `${base}/storyboard.vtt` : null,
  }
}

async function baseUrl(ctx: Ctx, video: Playable): Promise<string> {
  const open = `${ctx.publicUrl}/media/${video.id}`
  if (video.visibility !== 'private' || ctx.actor.kind !== 'user') return open
  return `${open}/g/${await renewGrant(ctx, video, ctx.actor.userId)}`
}

async function renewGrant(ctx: Ctx, video: Playable, userId: string): Promise<string> {
  const [grant] = await stream.one(ctx, (db) => grantOf(db, video.id, userId))
  if (grant !== undefined && grant.expiresAt.getTime() - ctx.clock.now().getTime() > RENEW_WHEN_LEFT_MS)
    return grant.secret
  return stream.write(ctx, (tx) =>
    upsertGrant(tx, {
      id: newId(),
      secret: newSecret(24),
      workspaceId: video.workspaceId,
      videoId: video.id,
      userId,
      lifeMs: GRANT_LIFE_MS,
    }),
  )
}

/** Forgets dead grants. Runs as the system. */
export async function sweepGrants(ctx: Ctx): Promise<void> {
  await stream.write(ctx, removeDeadGrants)
}
