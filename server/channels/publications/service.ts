import { invariant } from '#kernel/assert.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { type ImportedVideo, importFilm, importedVideo } from '#stream'
import { renderOf } from '#studio'
import { type ChannelsTx, channels } from '../door.ts'
import {
  type Attempt,
  type StageFailure,
  completeProduction,
  failStage,
  finishStage,
  holdRunning,
  noteChange,
} from '../productions/progress.ts'
import { intendPublication, movePublication, publicationOf, publicationOfVideo } from './queries.ts'

type Production = Attempt['production']

/** What a film's video is made for: the key by which the stream knows it again. */
const sourceOf = ({ id }: Pick<Production, 'id'>): string => `production:${id}`

const VIDEO_DELETED: StageFailure = {
  code: 'channels/video-deleted',
  detail: 'The video was deleted before it could be watched.',
}

/**
 * Hands the film to the stream. That it will be is written before the effect, and the video's id with it, so that a
 * second try finds what the first has done. What the stream makes of it is heard later.
 */
export async function publishFilm(ctx: Ctx, production: Production): Promise<void> {
  const { id: productionId, workspaceId, createdBy, visibility } = production
  const film = await renderOf(ctx, production.projectId)
  const intended = await channels.write(ctx, async (tx) => {
    if ((await holdRunning(tx, productionId)) === null) return null
    const ids = { id: newId<'Publication'>(), videoId: newId<'Video'>() }
    return intendPublication(tx, { ...ids, workspaceId, productionId }, ctx.clock.now())
  })
  if (intended === null) return
  const video = await importFilm(ctx, {
    ...{ videoId: intended, workspaceId, createdBy, source: sourceOf(production), title: film.title, visibility },
    storageKey: film.storageKey,
    captions: { storageKey: film.captionsKey, language: film.language },
  })
  invariant(video.videoId === intended, 'a source has the video that was intended')
  await channels.write(ctx, async (tx) => {
    if ((await holdRunning(tx, productionId)) === null) return
    if (await movePublication(tx, productionId, ['pending'], 'sent', ctx.clock.now())) {
      await noteChange(tx, ctx, productionId)
    }
    // What was made in an earlier attempt may be ready since long.
    await settle(tx, ctx, production, video)
  })
}

/** A video became ready, or will not become one: settles the production that it is of, if any. Idempotent. */
export async function settlePublication(ctx: Ctx, videoId: string): Promise<void> {
  const [publication] = await channels.one(ctx, (db) => publicationOfVideo(db, videoId))
  if (publication === undefined) return
  await reconcilePublication(ctx, { id: publication.productionId, workspaceId: publication.workspaceId })
}

/**
 * Looks what the stream has made of a production's film, and settles it when that is decided. True: there is a video, or
 * was; false: the film is still to be handed over.
 */
export async function reconcilePublication(
  ctx: Ctx,
  of: { readonly id: string; readonly workspaceId: string },
): Promise<boolean> {
  const video = await importedVideo(ctx, of.workspaceId, sourceOf(of))
  return channels.write(ctx, async (tx) => {
    const production = await holdRunning(tx, of.id)
    const publication = await publicationOf(tx, of.id).executeTakeFirst()
    if (production === null || publication === undefined) return false
    if (publication.state === 'pending' && video === null) return false
    await settle(tx, ctx, production, video)
    return true
  })
}

/** Ends the last stage as the video ended; while it is still made, nothing happens. */
async function settle(tx: ChannelsTx, ctx: Ctx, production: Production, video: ImportedVideo | null): Promise<void> {
  const publish: Attempt = { production, stage: 'publish', attempt: null }
  const at = ctx.clock.now()
  if (video !== null && video.state === 'ready') {
    const made = { provider: 'stream', costMicros: 0, summary: { videoId: video.videoId } }
    if (!(await finishStage(tx, ctx, publish, made))) return
    await movePublication(tx, production.id, ['pending', 'sent'], 'published', at)
    return completeProduction(tx, ctx, production, video.videoId)
  }
  if (video !== null && video.state !== 'failed') return
  const failure = video === null ? VIDEO_DELETED : failureOf(video)
  if (await failStage(tx, ctx, publish, failure)) {
    await movePublication(tx, production.id, ['pending', 'sent'], 'failed', at)
  }
}

function failureOf({ failure }: ImportedVideo): StageFailure {
  const { code = 'encoding_failed', detail = '' } = failure ?? {}
  return { code: `stream/${code}`, detail: detail === '' ? 'No video could be made of the film.' : detail }
}

/** Whether the film of a production is out of our hands, or about to be. */
export async function isHandedOver(tx: ChannelsTx, productionId: string): Promise<boolean> {
  const publication = await publicationOf(tx, productionId).executeTakeFirst()
  return publication !== undefined && publication.state !== 'failed'
}

/** Where a production's film is shown; null before that. */
export async function publicationFor(ctx: Ctx, productionId: string) {
  const [row] = await channels.one(ctx, (db) => publicationOf(db, productionId))
  return row ?? null
}
