import type { FastifyReply } from 'fastify'
import type { Ctx } from '#platform/context.ts'
import { clearCookie, sessionCookie } from '#platform/http/cookies.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import type { AccessTokens } from './access-tokens.ts'
import { EndSessionsQuery, Jwks, RefreshBody, SessionList, SessionParams, Tokens } from './schema.ts'
import {
  RefreshRefused,
  SessionNeeded,
  SessionNotFound,
  listSessions,
  logout,
  logoutEverywhere,
  refresh,
  revokeSession,
} from './service.ts'

const tag = 'Identity'
const AUTH = '/api/v1/auth'

/** Routes by which sessions go on, are seen and end. */
export function sessionRoutes(tokens: () => AccessTokens): readonly RouteDefinition[] {
  const forget = (ctx: Ctx, reply: FastifyReply) =>
    reply.header('Set-Cookie', clearCookie(sessionCookie(ctx.publicUrl)))
  return [
    route({
      ...{ id: 'refresh', method: 'POST', path: `${AUTH}/refresh`, tag, permission: 'public', limit: 'auth' },
      summary: 'A new access token for a refresh token, and the next refresh token',
      body: RefreshBody,
      ok: [200, Tokens],
      problems: [RefreshRefused],
      handler: async (ctx, { body, reply }) => {
        reply.header('Cache-Control', 'no-store')
        return refresh(ctx, tokens(), body.refreshToken)
      },
    }),
    route({
      ...{ id: 'logout', method: 'POST', path: `${AUTH}/logout`, tag, permission: 'account:read' },
      summary: 'End this session',
      ok: [204, null],
      problems: [SessionNeeded],
      handler: async (ctx, { reply }) => {
        await logout(ctx)
        forget(ctx, reply)
      },
    }),
    route({
      ...{ id: 'listSessions', method: 'GET', path: `${AUTH}/sessions`, tag, permission: 'account:read' },
      summary: 'Where one is signed in, the last used first',
      ok: [200, SessionList],
      problems: [SessionNeeded],
      handler: (ctx) => listSessions(ctx),
    }),
    route({
      ...{ id: 'endSessions', method: 'DELETE', path: `${AUTH}/sessions`, tag, permission: 'account:manage' },
      summary: 'Log out everywhere, here too unless it is excepted',
      query: EndSessionsQuery,
      ok: [204, null],
      problems: [SessionNeeded],
      handler: async (ctx, { query, reply }) => {
        await logoutEverywhere(ctx, query.except ?? 'none')
        if (query.except === undefined) forget(ctx, reply)
      },
    }),
    route({
      ...{ id: 'endSession', method: 'DELETE', path: `${AUTH}/sessions/:id`, tag, permission: 'account:manage' },
      summary: 'End one session',
      params: SessionParams,
      ok: [204, null],
      problems: [SessionNotFound, SessionNeeded],
      handler: (ctx, { params }) => revokeSession(ctx, params.id),
    }),
    route({
      ...{ id: 'getJwks', method: 'GET', path: '/.well-known/jwks.json', tag, permission: 'public' },
      identity: 'ignored',
      summary: 'The public keys of access tokens, RFC 7517',
      ok: [200, Jwks],
      handler: async (ctx, { reply }) => {
        reply.header('Cache-Control', 'public, max-age=300')
        return tokens().jwks(ctx.clock.now())
      },
    }),
  ]
}
