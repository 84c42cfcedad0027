import { isUnchanged } from '#platform/http/etag.ts'
import { ifNoneMatch } from '#platform/http/parameters.ts'
import { NotFound } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { StorageUnavailable } from '#platform/storage/storage.ts'
import { RenderNotFound } from '#studio'
import { NewProduction, Production, ProductionPage, ProductionParams, ProductionQuery } from './schema.ts'
import {
  HandedOver,
  NotCancellable,
  NotFailed,
  ProductionNotFound,
  cancelProduction,
  filmFile,
  orderProduction,
  productionWithTag,
  productionsOf,
  retryProduction,
} from './service.ts'

const tag = 'Channels: productions'
const COLLECTION = '/api/v1/channels/productions'

const fileRoute = (kind: 'film' | 'captions', id: string, type: string, summary: string): RouteDefinition =>
  route({
    ...{ id, summary, tag, method: 'GET', path: `${COLLECTION}/:id/${kind}`, permission: 'production:read' },
    params: ProductionParams,
    ok: [200, type],
    problems: [ProductionNotFound, RenderNotFound, NotFound, StorageUnavailable],
    handler: async (ctx, { params, reply }) => {
      const { name, sizeBytes, body } = await filmFile(ctx, params.id, kind)
      return reply
        .type(type)
        .header('Content-Length', sizeBytes)
        .header('Content-Disposition', `attachment; filename="${name}"`)
        .header('Cache-Control', 'private, no-cache')
        .send(body)
    },
  })

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listProductions',
    method: 'GET',
    path: COLLECTION,
    summary: 'The productions of the workspace, newest first',
    tag,
    permission: 'production:read',
    query: ProductionQuery,
    ok: [200, ProductionPage],
    handler: (ctx, { query }) => productionsOf(ctx, query),
  }),
  route({
    id: 'orderProduction',
    method: 'POST',
    path: COLLECTION,
    summary: 'Have a film made of an idea or a script, without a task',
    idempotency: 'accepted',
    tag,
    permission: 'production:write',
    body: NewProduction,
    ok: [202, Production],
    handler: async (ctx, { body, reply }) => {
      const production = await orderProduction(ctx, body)
      reply.header('Location', `${COLLECTION}/${production.id}`)
      return production
    },
  }),
  route({
    id: 'getProduction',
    method: 'GET',
    path: `${COLLECTION}/:id`,
    summary: 'One production with its stages',
    tag,
    permission: 'production:read',
    params: ProductionParams,
    ok: [200, Production],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [ProductionNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { production, etag } = await productionWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return production
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    id: 'retryProduction',
    method: 'POST',
    path: `${COLLECTION}/:id/retry`,
    summary: 'Go on from the stage that failed',
    idempotency: 'accepted',
    tag,
    permission: 'production:write',
    params: ProductionParams,
    ok: [202, Production],
    problems: [ProductionNotFound, NotFailed],
    handler: (ctx, { params }) => retryProduction(ctx, params.id),
  }),
  route({
    id: 'cancelProduction',
    method: 'POST',
    path: `${COLLECTION}/:id/cancel`,
    summary: 'End a production before its film is handed over',
    idempotency: 'accepted',
    tag,
    permission: 'production:write',
    params: ProductionParams,
    ok: [200, Production],
    problems: [ProductionNotFound, NotCancellable, HandedOver],
    handler: (ctx, { params }) => cancelProduction(ctx, params.id),
  }),
  fileRoute('film', 'getProductionFilm', 'video/mp4', 'The film itself, to keep'),
  fileRoute('captions', 'getProductionCaptions', 'text/vtt', 'Its captions as WebVTT'),
]

export default routes
