import type { Clock } from '#kernel/clock.ts'
import { isId } from '#kernel/ids.ts'
import type { Actor, UserActor } from '#platform/context.ts'
import type { Database } from '#platform/database/database.ts'
import { systemScope } from '#platform/database/scope.ts'
import { cookieOf, sessionCookie } from '#platform/http/cookies.ts'
import { Forbidden, InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { ownOrigins, refuseCrossSite } from '#platform/http/same-origin.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { AccessTokens } from '../sessions/access-tokens.ts'
import { type SessionLookup, actorOfSession, touch } from '../sessions/request.ts'
import { actorOf, isApiKey } from './service.ts'

/** What of a request says who calls. */
export interface Calling {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface RequestPath {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  readonly tokens: AccessTokens
  readonly sessions: SessionLookup
  readonly publicUrl: () => string
  /** Origins of other pages of ours, from the configuration. */
  readonly origins: readonly string[]
}

/** Which of the person's workspaces a request works in; without it the one that the session is in. */
export const WORKSPACE_HEADER = 'airdate-workspace'

/**
 * Who calls: by an API key or an access token in `Authorization`, or by the console's cookie. One prepared statement.
 * A cookie that does not hold is as none: browsers send it wherever they go. A header that does not hold is refused.
 * @throws Unauthenticated when the header does not hold
 * @throws CrossSiteRefused when a cookie comes along with a call that another site made
 * @throws Forbidden when the workspace that is asked for is none of theirs
 */
export async function identify(path: RequestPath, { method, headers }: Calling): Promise<Actor> {
  const workspaceId = workspaceOf(headers[WORKSPACE_HEADER])
  const { authorization } = headers
  if (typeof authorization === 'string') return bearer(path, authorization, workspaceId)
  const secret = cookieOf(text(headers['cookie']), sessionCookie(path.publicUrl()))
  if (secret === null) return { kind: 'anonymous' }
  refuseCrossSite({ method, headers }, ownOrigins(path.publicUrl(), path.origins))
  const row = await path.sessions.ofCookie(secret, workspaceId)
  if (row === undefined) return { kind: 'anonymous' }
  if (row.isStale) touch(asSystem(path), row.id, path.log)
  return inWorkspace(actorOfSession(row), row.isMember)
}

const asSystem = ({ database }: RequestPath) => ({ database, scope: systemScope })

async function bearer(path: RequestPath, authorization: string, workspaceId: string | null): Promise<UserActor> {
  if (isApiKey(authorization)) {
    const actor = await actorOf(path, authorization)
    if (actor === null) throw Unauthenticated()
    return inWorkspace(actor, workspaceId === null || workspaceId === actor.workspaceId)
  }
  const token = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
  const named = token === undefined ? null : await path.tokens.bearerOf(token, path.clock.now())
  if (named === null) throw Unauthenticated({ detail: 'The Authorization header holds no token of this server.' })
  const row = await path.sessions.ofToken(named.sessionId, workspaceId)
  if (row === undefined || row.userId !== named.userId) throw Unauthenticated({ detail: 'The session has ended.' })
  return inWorkspace(actorOfSession(row), row.isMember)
}

function inWorkspace(actor: UserActor, isMember: boolean): UserActor {
  if (!isMember) throw Forbidden({ detail: 'The workspace that is asked for is none of yours, or none of this key.' })
  return actor
}

function workspaceOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  if (typeof header === 'string' && isId(header)) return header
  throw InvalidInput({
    errors: [{ pointer: 'Airdate-Workspace', detail: 'must be the id of a workspace, given once' }],
  })
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
