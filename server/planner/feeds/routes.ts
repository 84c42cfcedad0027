import { isUnchanged } from '#platform/http/etag.ts'
import { ifNoneMatch } from '#platform/http/parameters.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { FeedPage, FeedParams, FeedQuery, FeedSecret, IssuedFeed, NewFeed } from './schema.ts'
import { FeedNotFound, TooManyFeeds, createFeed, feeds, readFeed, revokeFeed } from './service.ts'

const tag = 'Planner: feeds'
const COLLECTION = '/api/v1/planner/feeds'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listFeeds',
    method: 'GET',
    path: COLLECTION,
    summary: 'One’s own feeds, newest first, without their addresses',
    tag,
    permission: 'task:read',
    query: FeedQuery,
    ok: [200, FeedPage],
    handler: (ctx, { query }) => feeds(ctx, query),
  }),
  route({
    id: 'createFeed',
    method: 'POST',
    path: COLLECTION,
    summary: 'Make an address at which calendars read the tasks that are due; it is told this once',
    idempotency: 'accepted',
    answersSecret: true,
    tag,
    permission: 'feed:manage',
    body: NewFeed,
    ok: [201, IssuedFeed],
    problems: [TooManyFeeds],
    handler: async (ctx, { body, reply }) => {
      const feed = await createFeed(ctx, body)
      reply.header('Cache-Control', 'no-store')
      return feed
    },
  }),
  route({
    id: 'revokeFeed',
    method: 'DELETE',
    path: `${COLLECTION}/:id`,
    summary: 'Take a feed away: its address opens nothing from now on',
    tag,
    permission: 'feed:manage',
    params: FeedParams,
    ok: [204, null],
    problems: [FeedNotFound],
    handler: (ctx, { params }) => revokeFeed(ctx, params.id),
  }),
  route({
    id: 'readFeed',
    method: 'GET',
    path: `${COLLECTION}/:secret.ics`,
    summary: 'The tasks that are due, as a calendar (RFC 5545), for who knows the address',
    tag,
    permission: 'public',
    identity: 'ignored',
    params: FeedSecret,
    ok: [200, 'text/calendar'],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [FeedNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { calendar, etag } = await readFeed(ctx, params.secret)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      // Who knows the address reads the feed: no other page and no index of the web is told of it.
      reply.header('Referrer-Policy', 'no-referrer').header('X-Robots-Tag', 'noindex')
      if (isUnchanged(request.headers['if-none-match'], etag)) {
        await reply.code(304).send()
        return undefined
      }
      await reply
        .header('Content-Type', 'text/calendar; charset=utf-8')
        .header('Content-Disposition', 'inline; filename="tasks.ics"')
        .send(calendar)
      return undefined
    },
  }),
]

export default routes
