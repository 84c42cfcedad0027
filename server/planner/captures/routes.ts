import { isUnchanged } from '#platform/http/etag.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Capture, CaptureParams, NewCapture } from './schema.ts'
import { CaptureNotFound, capture, captureWithTag } from './service.ts'

const tag = 'Planner: captures'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'capture',
    method: 'POST',
    path: '/api/v1/planner/captures',
    summary: 'Keep a thought; it becomes a task in the inbox',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    body: NewCapture,
    ok: [201, Capture],
    handler: async (ctx, { body, reply }) => {
      const made = await capture(ctx, body)
      reply.header('Location', `/api/v1/planner/captures/${made.id}`)
      return made
    },
  }),
  route({
    id: 'getCapture',
    method: 'GET',
    path: '/api/v1/planner/captures/:id',
    summary: 'A thought of one’s own; nobody else can read it',
    tag,
    permission: 'capture:read',
    params: CaptureParams,
    ok: [200, Capture],
    also: [[304, null]],
    headers: { 'If-None-Match': 'An `ETag`: answered by 304 while it holds.' },
    problems: [CaptureNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { capture: shown, etag } = await captureWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-store')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return shown
      await reply.code(304).send()
      return undefined
    },
  }),
]

export default routes
