import { Type } from 'typebox'
import { dateTime } from '../fields.ts'
import { type RouteDefinition, route } from '../http/route.ts'
import { UpgradeNeeded } from '../http/upgrade.ts'
import { ClientMessage, ServerMessage, TOPICS_MAX } from './messages.ts'
import { OriginRefused, type Realtime, TooManyConnections, TopicNotFound } from './realtime.ts'
import { issueTicket } from './tickets.ts'
import { TOPIC_PATTERN } from './topic.ts'
import { isId } from '#kernel/ids.ts'

const tag = 'Live'

const ticket = Type.Optional(
  Type.String({ maxLength: 100, description: 'A ticket, in place of the header that a browser cannot set here.' }),
)

/** The routes of live connections; `live` is asked when one is called. */
export function realtimeRoutes(live: () => Realtime): RouteDefinition[] {
  return [
    route({
      id: 'streamEvents',
      method: 'GET',
      path: '/api/v1/events',
      summary: 'What happens to these topics, as server-sent events',
      tag,
      permission: 'signed-in',
      identity: 'ticket',
      query: Type.Object(
        {
          topics: Type.String({
            pattern: `^${TOPIC_PATTERN}(,${TOPIC_PATTERN}){0,${TOPICS_MAX - 1}}$`,
            description: `At most ${TOPICS_MAX}, with commas between: \`video:<id>\`.`,
          }),
          ticket,
        },
        { additionalProperties: false },
      ),
      ok: [200, 'text/event-stream'],
      problems: [TopicNotFound, OriginRefused, TooManyConnections],
      headers: { 'Last-Event-ID': 'The `id` of the last event received: goes on behind it, or says `reload`.' },
      handler: async (ctx, { query, request, reply }) => {
        const last = request.headers['last-event-id']
        const after = typeof last === 'string' && last !== '' ? lastOf(last) : null
        await live().openStream(ctx, { topics: [...new Set(query.topics.split(','))], after }, request, reply)
        return reply
      },
    }),
    route({
      id: 'openRealtime',
      method: 'GET',
      path: '/api/v1/realtime',
      summary: 'A WebSocket for the same topics, and for rooms',
      tag,
      permission: 'signed-in',
      identity: 'ticket',
      query: Type.Object({ ticket }, { additionalProperties: false }),
      ok: [101, null],
      messages: { client: ClientMessage, server: ServerMessage },
      problems: [UpgradeNeeded, OriginRefused, TooManyConnections],
      handler: async (ctx, { request, reply }) => {
        live().openSocket(ctx, request, reply)
        return reply
      },
    }),
    route({
      id: 'issueTicket',
      method: 'POST',
      path: '/api/v1/realtime/tickets',
      summary: 'A ticket that opens one live connection within 30 s',
      tag,
      permission: 'signed-in',
      ok: [201, Type.Object({ ticket: Type.String(), expiresAt: dateTime() })],
      handler: async (ctx, { reply }) => {
        reply.header('Cache-Control', 'no-store')
        return issueTicket(ctx)
      },
    }),
  ]
}

const UNKNOWN = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** What a client says it had last; what cannot be an event is one that nobody knows, so that it is told to read anew. */
function lastOf(header: string): string {
  return isId(header) ? header : UNKNOWN
}
