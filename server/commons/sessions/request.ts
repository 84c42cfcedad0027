import type { UserActor } from '#platform/context.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Role, permissionsOf } from '../workspaces/roles.ts'
import { commons, sessionByHash, sessionById, sessionsHolding, touchSession } from './queries.ts'
import { SESSION_MS, hashOf } from './service.ts'

/** A session as the request path finds it. */
interface SessionRow {
  readonly id: string
  readonly userId: string
  readonly workspaceId: string
  readonly role: Role
  readonly isMember: boolean
  readonly isAdmin: boolean
  readonly isStale: boolean
  readonly impersonatorId: string | null
}

/** The session behind a cookie, if it holds. One statement in one trip. */
export async function sessionOfCookie(
  ground: HasDatabase,
  secret: string,
  workspaceId: string | null,
): Promise<SessionRow | undefined> {
  const [row] = await commons.one(ground, (db) => sessionByHash(db, hashOf(secret), workspaceId))
  return row
}

/** The session that an access token names, if it holds. One statement in one trip. */
export async function sessionOfToken(
  ground: HasDatabase,
  sessionId: string,
  workspaceId: string | null,
): Promise<SessionRow | undefined> {
  const [row] = await commons.one(ground, (db) => sessionById(db, sessionId, workspaceId))
  return row
}

/** Who acts by these sessions now; those that do not hold are absent. */
export async function actorsOfSessions(
  ground: HasDatabase,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, UserActor>> {
  const rows = await commons.one(ground, (db) => sessionsHolding(db, sessionIds))
  return new Map(rows.map((row) => [row.id, actorOfSession(row)]))
}

/** What nobody may who acts in another's place: it is how that person signs in, and what signs in for them. */
const OWN_ALONE: readonly string[] = ['account:manage', 'key:manage']

export function actorOfSession(row: SessionRow): UserActor {
  const { id: credentialId, userId, workspaceId, role, impersonatorId } = row
  const held = permissionsOf(role, ['*'], { isAdmin: row.isAdmin && impersonatorId === null })
  const permissions =
    impersonatorId === null ? held : new Set([...held].filter((permission) => !OWN_ALONE.includes(permission)))
  return {
    ...{ kind: 'user', userId, workspaceId, role, permissions, credentialId, credentialKind: 'session', scopes: ['*'] },
    ...(impersonatorId === null ? {} : { impersonatorId }),
  }
}

/** Notes that a session is used; nobody waits for it, and a note that is lost is made by the next request. */
export function touch(ground: HasDatabase, sessionId: string, log: Logger): void {
  commons
    .writeOne(ground, (db) => touchSession(db, sessionId, SESSION_MS))
    .catch((error: unknown) => log.warn({ err: error }, 'that a session was used could not be noted'))
}
