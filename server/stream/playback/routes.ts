import { Type } from 'typebox'
import type { Ctx } from '#platform/context.ts'
import { pathId } from '#platform/http/parameters.ts'
import { type Input, type RouteDefinition, route } from '#platform/http/route.ts'
import { StorageUnavailable } from '#platform/storage/storage.ts'
import { MediaNotFound, RangeNotSatisfiable, mediaFile } from './service.ts'

const tag = 'Stream: playback'

const id = pathId('video')
const grant = Type.String({ pattern: '^[A-Za-z0-9_-]{20,64}$', description: 'A playback grant, as found in hlsUrl.' })
const rung = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'A rendition.' })
const file = Type.String({ pattern: '^[a-z0-9.]{1,40}$', description: 'A playlist, segment, manifest or picture.' })

interface MediaParams {
  readonly id: string
  readonly grant?: string
  readonly rung?: string
  readonly file: string
}

async function serve(ctx: Ctx, { params, request, reply }: Input<MediaParams, unknown, unknown>): Promise<unknown> {
  const { status, headers, body } = await mediaFile(ctx, {
    videoId: params.id,
    grant: params.grant ?? null,
    name: params.rung === undefined ? params.file : `${params.rung}/${params.file}`,
    range: request.headers.range,
    acceptsGzip: /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''),
  })
  return reply.code(status).headers(headers).send(body)
}

const common = {
  method: 'GET',
  tag,
  permission: 'public',
  // The address is the identity: a grant in it, or a video that is open to all.
  identity: 'ignored',
  limit: 'media',
  ok: [200, '*/*'],
  also: [[206, '*/*']],
  headers: { Range: 'One range of bytes; several are refused with 416.' },
  problems: [MediaNotFound, RangeNotSatisfiable, StorageUnavailable],
} as const

const routes: readonly RouteDefinition[] = [
  route({
    ...common,
    id: 'getMedia',
    path: '/media/:id/:file',
    summary: 'Manifest or picture of a public or unlisted video',
    params: Type.Object({ id, file }),
    handler: serve,
  }),
  route({
    ...common,
    id: 'getRenditionMedia',
    path: '/media/:id/:rung/:file',
    summary: 'Playlist or segment of a public or unlisted video',
    params: Type.Object({ id, rung, file }),
    handler: serve,
  }),
  route({
    ...common,
    id: 'getGrantedMedia',
    path: '/media/:id/g/:grant/:file',
    summary: 'Manifest or picture of a private video',
    params: Type.Object({ id, grant, file }),
    handler: serve,
  }),
  route({
    ...common,
    id: 'getGrantedRenditionMedia',
    path: '/media/:id/g/:grant/:rung/:file',
    summary: 'Playlist or segment of a private video',
    params: Type.Object({ id, grant, rung, file }),
    handler: serve,
  }),
]

export default routes
