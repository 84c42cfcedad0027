import { hashOf } from '#kernel/ids.ts'
import type { UserActor } from '#platform/context.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import { Together } from '#platform/database/together.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Role, permissionsOf } from '../workspaces/roles.ts'
import { commons, sessionsByHash, sessionsById, touchSession } from './queries.ts'
import { SESSION_MS } from './service.ts'

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

/** A session that is looked for, and the workspace that is asked for with it. */
interface Question {
  readonly name: string
  readonly workspaceId: string | null
}

/** Finds sessions for the request path: those that are asked for in one moment by one statement. */
export class SessionLookup {
  readonly #byCookie: Together<Question, SessionRow>
  readonly #byToken: Together<Question, SessionRow>

  constructor(ground: HasDatabase) {
    const workspaces = (asked: readonly Question[]) => asked.map(({ workspaceId }) => workspaceId)
    this.#byCookie = new Together(async (asked) => {
      const hashes = asked.map(({ name }) => hashOf(name))
      return byPlace(await commons.one(ground, (db) => sessionsByHash(db, hashes, workspaces(asked))))
    })
    this.#byToken = new Together(async (asked) => {
      const ids = asked.map(({ name }) => name)
      return byPlace(await commons.one(ground, (db) => sessionsById(db, ids, workspaces(asked))))
    })
  }

  /** The session behind a cookie, if it holds. */
  ofCookie(secret: string, workspaceId: string | null): Promise<SessionRow | undefined> {
    return this.#byCookie.find({ name: secret, workspaceId })
  }

  /** The session that an access token names, if it holds. */
  ofToken(sessionId: string, workspaceId: string | null): Promise<SessionRow | undefined> {
    return this.#byToken.find({ name: sessionId, workspaceId })
  }
}

function byPlace(rows: readonly (SessionRow & { readonly n: number })[]): Map<number, SessionRow> {
  return new Map(rows.map((row) => [row.n - 1, row]))
}

/** Who acts by these sessions now; those that do not hold are absent. */
export async function actorsOfSessions(
  ground: HasDatabase,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, UserActor>> {
  const own = sessionIds.map(() => null)
  const rows = await commons.one(ground, (db) => sessionsById(db, sessionIds, own))
  return new Map(rows.map((row) => [row.id, actorOfSession(row)]))
}

/**
 * What nobody may who acts in another's place: what signs in for that person, what they keep to themselves, and what they
 * have to answer for.
 */
const OWN_ALONE: readonly string[] = [
  ...['account:manage', 'key:manage', 'capture:read', 'capture:write'],
  ...['workspace:own', 'workspace:create', 'workspace:join', 'workspace:leave'],
]

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
