import { isUnchanged } from '#platform/http/etag.ts'
import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Capture, CaptureAnswers, CapturePage, CaptureParams, CaptureQuery, CaptureSave, NewCapture } from './schema.ts'
import {
  CaptureNotFound,
  CaptureNotSplit,
  answerCapture,
  capture,
  captureWithTag,
  capturesOfPerson,
  deleteCapture,
  restoreCapture,
  saveCapture,
} from './service.ts'

const tag = 'Planner: captures'
const COLLECTION = '/api/v1/planner/captures'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'capture',
    method: 'POST',
    path: COLLECTION,
    summary:
      'Keep a thought: at once it is one task in the inbox; what is longer than a line is then split, and its tasks take that task’s place when they are saved',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    body: NewCapture,
    ok: [201, Capture],
    handler: async (ctx, { body, reply }) => {
      const made = await capture(ctx, body)
      reply.header('Location', `${COLLECTION}/${made.id}`)
      return made
    },
  }),
  route({
    id: 'listCaptures',
    method: 'GET',
    path: COLLECTION,
    summary: 'One’s own thoughts of all workspaces, newest first',
    tag,
    permission: 'capture:read',
    query: CaptureQuery,
    ok: [200, CapturePage],
    handler: (ctx, { query }) => capturesOfPerson(ctx, query),
  }),
  route({
    id: 'getCapture',
    method: 'GET',
    path: `${COLLECTION}/:id`,
    summary: 'A thought of one’s own with what was found in it; nobody else can read it',
    tag,
    permission: 'capture:read',
    params: CaptureParams,
    ok: [200, Capture],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [CaptureNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { capture: shown, etag } = await captureWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-store')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return shown
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    id: 'answerCapture',
    method: 'POST',
    path: `${COLLECTION}/:id/answers`,
    summary: 'Answer questions about a thought; without any left it is ready to be saved',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    params: CaptureParams,
    body: CaptureAnswers,
    ok: [200, Capture],
    problems: [CaptureNotFound, CaptureNotSplit],
    handler: (ctx, { params, body }) => answerCapture(ctx, params.id, body),
  }),
  route({
    id: 'saveCapture',
    method: 'POST',
    path: `${COLLECTION}/:id/save`,
    summary:
      'Make the tasks that were found in a thought, or those chosen and changed, exactly once; they take the place of its task in the inbox where nobody has touched that',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    params: CaptureParams,
    body: CaptureSave,
    ok: [200, Capture],
    problems: [CaptureNotFound, CaptureNotSplit],
    handler: (ctx, { params, body }) => saveCapture(ctx, params.id, body),
  }),
  route({
    id: 'deleteCapture',
    method: 'DELETE',
    path: `${COLLECTION}/:id`,
    summary: 'Take a thought out of sight; its tasks stay, and it can be restored for 30 days',
    tag,
    permission: 'capture:write',
    params: CaptureParams,
    headers: ifMatch,
    ok: [204, null],
    problems: [CaptureNotFound, PreconditionFailed],
    handler: (ctx, { params, request }) => deleteCapture(ctx, params.id, request.headers['if-match']),
  }),
  route({
    id: 'restoreCapture',
    method: 'POST',
    path: `${COLLECTION}/:id/restore`,
    summary: 'Put a thought back',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    params: CaptureParams,
    ok: [200, Capture],
    problems: [CaptureNotFound],
    handler: (ctx, { params }) => restoreCapture(ctx, params.id),
  }),
]

export default routes
