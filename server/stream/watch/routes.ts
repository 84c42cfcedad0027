import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { isProblem } from '#kernel/errors.ts'
import { isId, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { isUnchanged } from '#platform/http/etag.ts'
import { ifNoneMatch } from '#platform/http/parameters.ts'
import { NotFound } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { type Assets, codingFor } from './assets.ts'
import type { WatchedVideo } from './client/video.ts'
import { OEmbed, OEmbedQuery, oembedOf, videoIdOf } from './oembed.ts'
import { type Surroundings, embedPage, missingPage, watchPage } from './page.ts'
import { contentPolicy } from './policy.ts'

const tag = 'Stream: watching'

// What people share grows parameters on its way (utm_source, fbclid …): a page takes any, and reads its own in the browser.
const AnyQuery = Type.Object({}, { additionalProperties: true })
// Any text: what is no id is answered by the page that says so, not by a list of faults.
const PageParams = Type.Object({ id: Type.String({ description: 'Id of the video.' }) })

export interface WatchOptions {
  readonly assets: () => Promise<Assets>
  /** The video as this actor may see it; throws a problem of status 404 when there is none for them. */
  readonly videoForWatching: (ctx: Ctx, id: string) => Promise<WatchedVideo>
}

/** The pages on which a video is watched, what they load, and the description by which other sites embed them. */
export function watchRoutes(options: WatchOptions): RouteDefinition[] {
  const page = (kind: 'watch' | 'embed', id: string, summary: string): RouteDefinition =>
    route({
      ...{ id, summary, tag, method: 'GET', path: `/${kind}/:id`, permission: 'public' },
      params: PageParams,
      query: AnyQuery,
      ok: [200, 'text/html'],
      also: [[404, 'text/html']],
      handler: (ctx, { params, reply }) => answerPage(ctx, options, kind, params.id, reply),
    })
  return [
    page('watch', 'watchPage', 'The page on which a video is watched'),
    page('embed', 'embedPage', 'The player alone, for the frames of other sites: `?autoplay=1&muted=1&t=90`'),
    assetRoute(options.assets),
    oembedRoute(options),
  ]
}

async function videoOrNull(ctx: Ctx, options: WatchOptions, id: string): Promise<WatchedVideo | null> {
  if (!isId(id)) return null
  try {
    return await options.videoForWatching(ctx, id)
  } catch (error) {
    if (isProblem(error) && error.status === 404) return null
    throw error
  }
}

async function answerPage(
  ctx: Ctx,
  options: WatchOptions,
  kind: 'watch' | 'embed',
  id: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const video = await videoOrNull(ctx, options, id)
  const around: Surroundings = { assets: await options.assets(), publicUrl: ctx.publicUrl, nonce: newSecret(16) }
  const html =
    video === null
      ? missingPage(isId(id) ? id : null, kind, around)
      : (kind === 'watch' ? watchPage : embedPage)(video, around)
  return (
    reply
      .code(video === null ? 404 : 200)
      .type('text/html; charset=utf-8')
      .header('Content-Security-Policy', contentPolicy(kind, around.nonce, ctx.publicUrl, video?.playback ?? null))
      // The state is of this moment and the nonce of this answer: neither may be shown again.
      .header('Cache-Control', 'no-store')
      .send(html)
  )
}

function assetRoute(assets: WatchOptions['assets']): RouteDefinition {
  return route({
    ...{ id: 'pageAsset', method: 'GET', path: '/assets/:hash/:name', permission: 'public', identity: 'ignored', tag },
    summary: 'A script, style or picture of the pages; its address changes with its content',
    params: Type.Object({ hash: Type.String({ maxLength: 64 }), name: Type.String({ maxLength: 64 }) }),
    query: AnyQuery,
    ok: [200, '*/*'],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [NotFound],
    handler: async (_ctx, { params, request, reply }) => {
      const asset = (await assets()).find(params.hash, params.name)
      if (asset === undefined) throw NotFound()
      const coding = codingFor(request.headers['accept-encoding'])
      reply
        .type(asset.type)
        .header('Cache-Control', 'public, max-age=31536000, immutable')
        .header('ETag', asset.etag(coding))
        .header('Vary', 'Accept-Encoding')
      if (isUnchanged(request.headers['if-none-match'], asset.etag(coding))) return reply.code(304).send()
      if (coding !== 'identity') reply.header('Content-Encoding', coding)
      return reply.send(await asset.body(coding))
    },
  })
}

function oembedRoute(options: WatchOptions): RouteDefinition {
  return route({
    ...{ id: 'oembed', method: 'GET', path: '/api/v1/stream/oembed', permission: 'public', tag },
    summary: 'How another site embeds a video, by the address of its watch page (oEmbed 1.0)',
    query: OEmbedQuery,
    ok: [200, OEmbed],
    problems: [NotFound],
    handler: async (ctx, { query }) => {
      const id = videoIdOf(query.url, ctx.publicUrl)
      const video = id === null ? null : await videoOrNull(ctx, options, id)
      // A private video is nobody's to embed, not even of who may see it: the frame would be empty for everyone else.
      if (video === null || video.visibility === 'private')
        throw NotFound({ detail: 'There is no such video to embed.' })
      return oembedOf(video, ctx.publicUrl, query)
    },
  })
}
