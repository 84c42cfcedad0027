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
 * `pathWorkspaceId`: the workspace that the path names, in which a session then works where it may.
 * A cookie that does not hold is as none: browsers send it wherever they go. A header that does not hold is refused.
 * @throws Unauthenticated when the header does not hold
 * @throws CrossSiteRefused when a cookie comes along with a call that another site made
 * @throws Forbidden when the workspace that is asked for is none of theirs
 */
export async function identify(
  path: RequestPath,
  { method, headers }: Calling,
  pathWorkspaceId: string | null,
): Promise<Actor> {
  const named = workspaceOf(headers[WORKSPACE_HEADER])
  const wanted = { workspaceId: pathWorkspaceId ?? named, isByPath: pathWorkspaceId !== null }
  const { authorization } = headers
  if (typeof authorization === 'string') return bearer(path, authorization, wanted)
  const secret = cookieOf(text(headers['cookie']), sessionCookie(path.publicUrl()))
  if (secret === null) return { kind: 'anonymous' }
  refuseCrossSite({ method, headers }, ownOrigins(path.publicUrl(), path.origins))
  const row = await path.sessions.ofCookie(secret, wanted.workspaceId)
  if (row === undefined) return { kind: 'anonymous' }
  if (row.isStale) touch(asSystem(path), row.id, path.log)
  return inWorkspace(actorOfSession(row), row.isMember || wanted.isByPath)
}

/** The workspace that a request is for. One that the path names and that is none of theirs is as if it were not there. */
interface Wanted {
  readonly workspaceId: string | null
  readonly isByPath: boolean
}

const asSystem = ({ database }: RequestPath) => ({ database, scope: systemScope })

async function bearer(path: RequestPath, authorization: string, wanted: Wanted): Promise<UserActor> {
  const { workspaceId, isByPath } = wanted
  if (isApiKey(authorization)) {
    const actor = await actorOf(path, authorization)
    if (actor === null) throw Unauthenticated()
    return inWorkspace(actor, isByPath || workspaceId === null || workspaceId === actor.workspaceId)
  }
  const token = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
  const named = token === undefined ? null : await path.tokens.bearerOf(token, path.clock.now())
  if (named === null) throw Unauthenticated({ detail: 'The Authorization header holds no token of this server.' })
  const row = await path.sessions.ofToken(named.sessionId, workspaceId)
  if (row === undefined || row.userId !== named.userId) throw Unauthenticated({ detail: 'The session has ended.' })
  return inWorkspace(actorOfSession(row), row.isMember || isByPath)
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
