import { SECOND_MS } from '#kernel/clock.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { stream } from '../door.ts'
import { CAPTIONS_NAME } from '../imports/keys.ts'
import { grantsOf, removeDeadGrants, upsertGrants } from './queries.ts'

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
  readonly captionsLanguage: string | null
}

export interface PlaybackUrls {
  readonly hlsUrl: string
  readonly dashUrl: string | null
  readonly posterUrl: string | null
  readonly storyboardUrl: string | null
  readonly captions: { language: string; url: string }[]
}

/**
 * Where a video plays: absolute URLs, null until there is something to play. Those of a private video carry a grant of
 * the person who asks, made or renewed by asking; the address stays the same as long as it is renewed in time.
 */
export async function playbackOf(ctx: Ctx, video: Playable): Promise<PlaybackUrls | null> {
  const [urls = null] = await playbackOfAll(ctx, [video])
  return urls
}

/** The same for many, in their order: as many statements as for one. */
export async function playbackOfAll(ctx: Ctx, videos: readonly Playable[]): Promise<(PlaybackUrls | null)[]> {
  const grants = await renewGrants(ctx, videos.filter(needsGrant))
  return videos.map((video) => {
    if (!video.playable) return null
    const grant = grants.get(video.id)
    const base = `${ctx.publicUrl}/media/${video.id}${grant === undefined ? '' : `/g/${grant}`}`
    return {
      hlsUrl: `${base}/master.m3u8`,
      dashUrl: video.state === 'ready' ? `${base}/manifest.mpd` : null,
      posterUrl: video.storyboard === null ? null : `${base}/poster.jpg`,
      storyboardUrl: video.storyboard === true ? `${base}/storyboard.vtt` : null,
      captions:
        video.captionsLanguage === null ? [] : [{ language: video.captionsLanguage, url: `${base}/${CAPTIONS_NAME}` }],
    }
  })
}

function needsGrant(video: Playable): boolean {
  return video.playable && video.visibility === 'private'
}

/** The secrets of the caller's living grants by video; empty for who is nobody. */
async function renewGrants(ctx: Ctx, videos: readonly Playable[]): Promise<Map<string, string>> {
  if (ctx.actor.kind !== 'user' || videos.length === 0) return new Map()
  const { userId, credentialId } = ctx.actor
  // What could not end with anything is not given.
  if (credentialId === undefined) return new Map()
  const ids = videos.map(({ id }) => id)
  const held = await stream.one(ctx, (db) => grantsOf(db, ids, userId, credentialId))
  const soon = ctx.clock.now().getTime() + RENEW_WHEN_LEFT_MS
  const grants = new Map(
    held.filter(({ expiresAt }) => expiresAt.getTime() > soon).map(({ videoId, secret }) => [videoId, secret]),
  )
  const wanted = videos
    .filter(({ id }) => !grants.has(id))
    // Two requests that renew the same grants take their locks in the same order.
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id: videoId, workspaceId }) => ({
      ...{ id: newId(), secret: newSecret(24), workspaceId, videoId, userId, credentialId },
    }))
  if (wanted.length === 0) return grants
  const renewed = await stream.write(ctx, (tx) => upsertGrants(tx, wanted, GRANT_LIFE_MS))
  for (const { videoId, secret } of renewed) grants.set(videoId, secret)
  return grants
}

/** Forgets dead grants. Runs as the system. */
export async function sweepGrants(ctx: Ctx): Promise<void> {
  await stream.write(ctx, removeDeadGrants)
}
