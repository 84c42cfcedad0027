import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { isUnchanged } from '#platform/http/etag.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Video, VideoChange, VideoPage, VideoParams, VideoQuery } from './schema.ts'
import { VideoNotFound, changeVideo, deleteVideo, restoreVideo, videoWithTag, videosOf } from './service.ts'

const tag = 'Stream: videos'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listVideos',
    method: 'GET',
    path: '/api/v1/stream/videos',
    summary: 'The videos of the workspace, newest first',
    tag,
    permission: 'video:read',
    query: VideoQuery,
    ok: [200, VideoPage],
    handler: (ctx, { query }) => videosOf(ctx, query),
  }),
  route({
    id: 'getVideo',
    method: 'GET',
    path: '/api/v1/stream/videos/:id',
    summary: 'One video',
    tag,
    permission: 'public',
    params: VideoParams,
    ok: [200, Video],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [VideoNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { video, etag } = await videoWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return video
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    id: 'changeVideo',
    method: 'PATCH',
    path: '/api/v1/stream/videos/:id',
    summary: 'Change title, description or visibility',
    tag,
    permission: 'video:write',
    params: VideoParams,
    body: VideoChange,
    headers: ifMatch,
    ok: [200, Video],
    problems: [VideoNotFound, PreconditionFailed],
    handler: async (ctx, { params, body, request, reply }) => {
      const { video, etag } = await changeVideo(ctx, params.id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return video
    },
  }),
  route({
    id: 'deleteVideo',
    method: 'DELETE',
    path: '/api/v1/stream/videos/:id',
    summary: 'Take a video out of sight; it can be restored for 30 days',
    tag,
    permission: 'video:write',
    params: VideoParams,
    ok: [204, null],
    headers: ifMatch,
    problems: [VideoNotFound, PreconditionFailed],
    handler: (ctx, { params, request }) => deleteVideo(ctx, params.id, request.headers['if-match']),
  }),
  route({
    id: 'restoreVideo',
    method: 'POST',
    path: '/api/v1/stream/videos/:id/restore',
    summary: 'Put a deleted video back',
    idempotency: 'accepted',
    tag,
    permission: 'video:write',
    params: VideoParams,
    ok: [200, Video],
    problems: [VideoNotFound],
    handler: (ctx, { params }) => restoreVideo(ctx, params.id),
  }),
]

export default routes
