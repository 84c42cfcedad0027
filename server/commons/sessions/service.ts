import { DAY_MS, HOUR_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { hashOf, newId, newSecret } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { Tx } from '#platform/database/database.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import { Unauthenticated } from '#platform/http/problems.ts'
import type { CommonsTables, SessionsTable } from '../tables.ts'
import type { AccessTokens } from './access-tokens.ts'
import {
  type EndReason,
  commons,
  endBegunOf,
  endCookieSession,
  endSession,
  endSessionsOf,
  firstWorkspaceOf,
  holdPerson,
  holdRefreshToken,
  insertPersonalWorkspace,
  insertRefreshToken,
  insertSession,
  prolongSession,
  sessionsOf,
  useRefreshToken,
} from './queries.ts'

export const SessionNotFound = problem('identity/session-not-found', 404, 'There is no such session')
export const Banned = problem('identity/banned', 403, 'This account was closed by the administrators')
export const RefreshRefused = problem('identity/refresh-refused', 401, 'The refresh token does not hold')
export const SessionNeeded = problem('identity/session-needed', 403, 'Only somebody who is signed in can do this')

/** A session that is not used for so long ends. */
export const SESSION_MS = 30 * DAY_MS
/** An administrator acts as somebody for no longer. */
const IMPERSONATION_MS = HOUR_MS
const SESSIONS_SHOWN = 100

/** What the one who signed in holds. */
export type Grant =
  | { readonly kind: 'cookie'; readonly secret: string }
  | { readonly kind: 'token'; readonly sessionId: string; readonly refreshToken: string }

export const asSystem = (ctx: Pick<Ctx, 'database'>): HasDatabase => ({ database: ctx.database, scope: systemScope })

export interface SessionWish {
  readonly userId: string
  readonly kind: SessionsTable['kind']
  readonly method: SessionsTable['method']
  /** Whether the second factor was given in this flow. Who has one set up gets no session without. */
  readonly secondFactor: 'given' | 'not-asked'
  readonly impersonatorId?: string
}

/**
 * Signs somebody in, within the transaction of what proved who they are.
 * @throws Banned
 */
export async function startSession(tx: Tx<CommonsTables>, ctx: Pick<Ctx, 'origin'>, wish: SessionWish): Promise<Grant> {
  const { userId, kind, method, secondFactor, impersonatorId = null } = wish
  const person = await holdPerson(tx, userId)
  if (person === undefined) throw Unauthenticated()
  if (person.isBanned) throw Banned()
  if (person.twoFactorEnabled && secondFactor !== 'given' && impersonatorId === null)
    throw new Error('a flow wanted to sign somebody in without the second factor that they have')
  const workspaceId = (await firstWorkspaceOf(tx, userId)) ?? (await makeWorkspace(tx, userId, person.displayName))
  const id = newId()
  const secret = newSecret(32)
  const secretHash = kind === 'cookie' ? hashOf(secret) : null
  const { address = null, userAgent = null } = ctx.origin ?? {}
  await insertSession(tx, {
    ...{ id, userId, workspaceId, kind, secretHash, method, impersonatorId, address, userAgent },
    lastsMs: impersonatorId === null ? SESSION_MS : IMPERSONATION_MS,
  })
  return kind === 'cookie' ? { kind, secret } : { kind, sessionId: id, refreshToken: await nextRefreshToken(tx, id) }
}

/** Makes the workspace of their own that everybody has. Returns its id. */
export async function makeWorkspace(
  tx: Parameters<typeof insertPersonalWorkspace>[0],
  ownerId: string,
  name: string,
): Promise<string> {
  const id = newId()
  await insertPersonalWorkspace(tx, { id, name, ownerId })
  return id
}

async function nextRefreshToken(tx: Tx<CommonsTables>, sessionId: string): Promise<string> {
  const refreshToken = newSecret(32)
  await insertRefreshToken(tx, { id: newId(), sessionId, secretHash: hashOf(refreshToken), lastsMs: SESSION_MS })
  return refreshToken
}

/**
 * A new access token and the next refresh token. Each is for one use: one that comes a second time was copied, and ends
 * the session that it belongs to (RFC 9700 §4.14.2).
 * @throws RefreshRefused
 */
export async function refresh(
  ctx: Ctx,
  tokens: AccessTokens,
  given: string,
): Promise<{ accessToken: string; expiresAt: string; refreshToken: string }> {
  const renewed = await commons.write(asSystem(ctx), async (tx) => {
    const held = await holdRefreshToken(tx, hashOf(given))
    if (held === undefined || !held.holds || held.isShutOut) return null
    const { id, sessionId, userId, usedAt, isImpersonation } = held
    if (usedAt !== null) {
      await endSession(tx, userId, sessionId, 'refresh-reused')
      return null
    }
    await useRefreshToken(tx, id)
    if (!isImpersonation) await prolongSession(tx, sessionId, SESSION_MS)
    return { userId, sessionId, refreshToken: await nextRefreshToken(tx, sessionId) }
  })
  if (renewed === null) throw RefreshRefused()
  const { accessToken, expiresAt } = await tokens.issue(renewed, ctx.clock.now())
  return { accessToken, expiresAt: expiresAt.toISOString(), refreshToken: renewed.refreshToken }
}

/**
 * Who is signed in by a session of their own, not by an API key.
 * @throws SessionNeeded
 */
export function signedIn(ctx: Pick<Ctx, 'actor'>): UserActor & { readonly credentialId: string } {
  const { actor } = ctx
  if (actor.kind !== 'user') throw Unauthenticated()
  const { credentialId, credentialKind } = actor
  if (credentialKind !== 'session' || credentialId === undefined) throw SessionNeeded()
  return { ...actor, credentialId }
}

/** The same, and really that person: nobody who acts in their place touches what proves who they are. @throws SessionNeeded */
export function signedInThemselves(ctx: Pick<Ctx, 'actor'>): UserActor & { readonly credentialId: string } {
  const actor = signedIn(ctx)
  if (actor.impersonatorId !== undefined)
    throw SessionNeeded({ detail: 'Whoever acts as somebody else cannot change how they sign in.' })
  return actor
}

/** Ends the session that asks. */
export async function logout(ctx: Ctx): Promise<void> {
  const { userId, credentialId } = signedIn(ctx)
  await commons.write(asSystem(ctx), (tx) => endSession(tx, userId, credentialId, 'logout'))
}

/** The person's sessions, the last used first. */
export async function listSessions(ctx: Ctx) {
  const { userId, credentialId } = signedIn(ctx)
  return listSessionsOf(ctx, userId, credentialId)
}

/** The sessions of a person; whoever calls it has made sure that they may see them. */
export async function listSessionsOf(ctx: Ctx, userId: string, currentId: string | null) {
  const rows = await commons.one(asSystem(ctx), (db) => sessionsOf(db, userId, SESSIONS_SHOWN))
  const items = rows.map(({ createdAt, lastSeenAt, expiresAt, ...row }) => ({
    ...row,
    isCurrent: row.id === currentId,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }))
  return { items, nextCursor: null }
}

/** Ends one session of the person's own. @throws SessionNotFound */
export async function revokeSession(ctx: Ctx, sessionId: string): Promise<void> {
  const { userId } = signedIn(ctx)
  const ended = await commons.write(asSystem(ctx), (tx) => endSession(tx, userId, sessionId, 'revoked'))
  if (!ended) throw SessionNotFound()
}

/** Ends all sessions of the person, or all but the one that asks. */
export async function logoutEverywhere(ctx: Ctx, except: 'none' | 'current'): Promise<void> {
  const { userId, credentialId } = signedIn(ctx)
  const spared = except === 'current' ? credentialId : null
  await commons.write(asSystem(ctx), (tx) => endSessions(tx, userId, spared, 'logout'))
}

/** Ends the session whose cookie came along with a sign-in: the browser forgets it with the new one. */
export async function endReplaced(tx: Tx<CommonsTables>, { actor }: Pick<Ctx, 'actor'>): Promise<void> {
  if (actor.kind !== 'user' || actor.credentialKind !== 'session' || actor.credentialId === undefined) return
  await endCookieSession(tx, actor.userId, actor.credentialId, 'replaced')
}

/**
 * Ends all sessions of a person but one, within the transaction of its cause; null spares none. With them ends what was
 * begun in their name, see `endBegun`.
 */
export async function endSessions(
  tx: Tx<CommonsTables>,
  userId: string,
  exceptId: string | null,
  reason: EndReason,
): Promise<void> {
  await endSessionsOf(tx, userId, exceptId, reason)
  await endBegun(tx, userId)
}

/**
 * Ends what was begun in a person's name and waits for its end: links to a new password, questions for the second factor,
 * moves to another address. Whoever began it may be who is to be shut out.
 */
export async function endBegun(tx: Tx<CommonsTables>, userId: string): Promise<void> {
  await endBegunOf(tx, userId)
}
