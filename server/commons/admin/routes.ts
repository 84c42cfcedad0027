import { type RouteDefinition, route } from '#platform/http/route.ts'
import type { AccessTokens } from '../sessions/access-tokens.ts'
import { SessionList, Tokens } from '../sessions/schema.ts'
import { Banned, SessionNeeded } from '../sessions/service.ts'
import { AdminUser, AdminUserPage, BanBody, ImpersonateBody, RightsBody, UserParams, UserQuery } from './schema.ts'
import {
  LastAdmin,
  NotAnAdmin,
  NotOneself,
  UserNotFound,
  banUser,
  changeRights,
  endUserSessions,
  impersonate,
  liftBan,
  user,
  userSessions,
  users,
} from './service.ts'

const tag = 'Administration'
const USERS = '/api/v1/admin/users'
const ONE = `${USERS}/:id`

/** Routes for who administers the installation. */
export function adminRoutes(tokens: () => AccessTokens): readonly RouteDefinition[] {
  const common = { tag, permission: 'admin:manage', params: UserParams } as const
  return [
    route({
      ...{ id: 'adminListUsers', method: 'GET', path: USERS, tag, permission: 'admin:read' },
      summary: 'Everybody with an account here, the newest first',
      query: UserQuery,
      ok: [200, AdminUserPage],
      problems: [SessionNeeded],
      handler: (ctx, { query }) => users(ctx, query),
    }),
    route({
      ...{ id: 'adminGetUser', method: 'GET', path: ONE, tag, permission: 'admin:read', params: UserParams },
      summary: 'One person',
      ok: [200, AdminUser],
      problems: [UserNotFound, SessionNeeded],
      handler: (ctx, { params }) => user(ctx, params.id),
    }),
    route({
      ...{ id: 'adminChangeUser', method: 'PATCH', path: ONE, ...common },
      summary: 'Let somebody administer the installation, or no longer',
      body: RightsBody,
      ok: [200, AdminUser],
      problems: [UserNotFound, NotOneself, LastAdmin, SessionNeeded],
      handler: (ctx, { params, body }) => changeRights(ctx, params.id, body.isAdmin),
    }),
    route({
      ...{ id: 'adminBanUser', method: 'POST', path: `${ONE}/ban`, ...common },
      summary: 'Shut somebody out, for a time or until it is lifted',
      body: BanBody,
      ok: [200, AdminUser],
      problems: [UserNotFound, NotOneself, LastAdmin, SessionNeeded],
      handler: (ctx, { params, body }) => banUser(ctx, params.id, body),
    }),
    route({
      ...{ id: 'adminLiftBan', method: 'DELETE', path: `${ONE}/ban`, ...common },
      summary: 'Let somebody in again',
      ok: [200, AdminUser],
      problems: [UserNotFound, NotOneself, SessionNeeded],
      handler: (ctx, { params }) => liftBan(ctx, params.id),
    }),
    route({
      ...{ id: 'adminListSessions', method: 'GET', path: `${ONE}/sessions`, ...common, permission: 'admin:read' },
      summary: 'Where somebody is signed in',
      ok: [200, SessionList],
      problems: [UserNotFound, SessionNeeded],
      handler: (ctx, { params }) => userSessions(ctx, params.id),
    }),
    route({
      ...{ id: 'adminEndSessions', method: 'DELETE', path: `${ONE}/sessions`, ...common },
      summary: 'Sign somebody out everywhere',
      ok: [204, null],
      problems: [UserNotFound, SessionNeeded],
      handler: (ctx, { params }) => endUserSessions(ctx, params.id),
    }),
    route({
      ...{ id: 'adminImpersonate', method: 'POST', path: `${ONE}/impersonate`, ...common },
      summary: 'Act as somebody for an hour; it stands in their audit log',
      body: ImpersonateBody,
      ok: [200, Tokens],
      problems: [UserNotFound, NotOneself, NotAnAdmin, Banned, SessionNeeded],
      handler: async (ctx, { params, body, reply }) => {
        reply.header('Cache-Control', 'no-store')
        return impersonate(ctx, tokens(), params.id, body.reason)
      },
    }),
  ]
}
