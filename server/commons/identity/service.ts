import type { Clock } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { hashOf, newId, newSecret } from '#kernel/ids.ts'
import type { UserActor } from '#platform/context.ts'
import type { Database } from '#platform/database/database.ts'
import { systemScope } from '#platform/database/scope.ts'
import { Unauthenticated } from '#platform/http/problems.ts'
import { hashPassword } from '../accounts/password.ts'
import { actorsOfSessions } from '../sessions/request.ts'
import { type Role, permissionsOf } from '../workspaces/roles.ts'
import {
  commons,
  firstUser,
  holdFirstOwner,
  insertOwner,
  insertToken,
  revokeTokenRow,
  tokenByHash,
  tokensHolding,
  userByEmail,
} from './queries.ts'

export const PersonNotFound = problem('identity/person-not-found', 404, 'There is nobody with this e-mail address')
export const TokenNotFound = problem('identity/token-not-found', 404, 'There is no such token')

/** Tokens begin so that a leak is recognised by scanners: 256 random bits follow. */
const TOKEN_PREFIX = 'air_'
const TOKEN = /^air_[A-Za-z0-9_-]{43}$/

/** What identity stands on, also before there is a request. */
export interface Ground {
  readonly database: Database
  readonly clock: Clock
}

const asSystem = (ground: Ground) => ({ database: ground.database, scope: systemScope })

/** Whether an `Authorization` header holds something that looks like an API key. */
export function isApiKey(authorization: string): boolean {
  return /^bearer air_/i.test(authorization)
}

/**
 * Who holds this `Authorization` header, or null without one. One statement in one trip.
 * @throws Unauthenticated when there is one that does not hold
 */
export async function actorOf(ground: Ground, authorization: string | undefined): Promise<UserActor | null> {
  if (authorization === undefined) return null
  const [scheme, token, ...rest] = authorization.split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || rest.length > 0 || !TOKEN.test(token)) {
    throw Unauthenticated({ detail: 'The Authorization header is not a bearer token of this server.' })
  }
  const [row] = await commons.one(asSystem(ground), (db) => tokenByHash(db, hashOf(token)))
  if (row === undefined) throw Unauthenticated({ detail: 'The token is unknown or revoked.' })
  return actorBy(row)
}

/** Who acts by these API keys and sessions now; those that do not hold are absent. */
export async function actorsHolding(
  ground: Ground,
  credentialIds: readonly string[],
): Promise<ReadonlyMap<string, UserActor>> {
  if (credentialIds.length === 0) return new Map()
  const [rows, sessions] = await Promise.all([
    commons.one(asSystem(ground), (db) => tokensHolding(db, credentialIds)),
    actorsOfSessions(asSystem(ground), credentialIds),
  ])
  return new Map([...sessions, ...rows.map((row) => [row.id, actorBy(row)] as const)])
}

function actorBy(row: {
  id: string
  userId: string
  workspaceId: string
  permissions: string[]
  role: Role
  isAdmin: boolean
  serviceOf: string | null
}): UserActor {
  const { id: credentialId, userId, workspaceId, permissions: scopes, role } = row
  const permissions = permissionsOf(role, scopes, { isAdmin: row.isAdmin, isService: row.serviceOf !== null })
  return { kind: 'user', userId, workspaceId, permissions, credentialId, credentialKind: 'api-key', scopes, role }
}

/**
 * Makes the owner at the first start; does nothing when there is anybody.
 * Returns the password when it had to be made up: it is shown once and kept nowhere.
 */
export async function ensureOwner(
  ground: Ground,
  wanted: { readonly email: string | null; readonly password: string | null },
): Promise<{ readonly email: string; readonly madePassword: string | null } | null> {
  const [somebody] = await commons.one(asSystem(ground), firstUser)
  if (somebody !== undefined) return null
  const email = (wanted.email ?? 'owner@localhost').toLowerCase()
  const password = wanted.password ?? newSecret(18)
  const passwordHash = await hashPassword(password)
  const displayName = email.split('@', 1)[0] ?? email
  const isFirst = await commons.write(asSystem(ground), async (tx) => {
    // Two processes may start at once: who comes second finds the first one's owner.
    await holdFirstOwner(tx)
    if ((await firstUser(tx).executeTakeFirst()) !== undefined) return false
    await insertOwner(tx, { userId: newId(), workspaceId: newId(), email, displayName, passwordHash })
    return true
  })
  return isFirst ? { email, madePassword: wanted.password === null ? password : null } : null
}

/**
 * A new token of the person, bound to their own workspace. The secret is in the answer and nowhere else.
 * @throws PersonNotFound
 */
export async function issueToken(ground: Ground, email: string, name: string): Promise<IssuedToken> {
  const [person] = await commons.one(asSystem(ground), (db) => userByEmail(db, email))
  if (person === undefined) throw PersonNotFound({ detail: `Nobody here has the address ${email}.` })
  return issueTo(ground, person, name)
}

/**
 * A new token of whoever came first, who owns the instance.
 * @throws PersonNotFound before there is anybody
 */
export async function issueOwnerToken(ground: Ground, name: string): Promise<IssuedToken> {
  const [person] = await commons.one(asSystem(ground), firstUser)
  if (person === undefined) throw PersonNotFound()
  return issueTo(ground, person, name)
}

/** A token as it is shown, once. */
export interface IssuedToken {
  readonly id: string
  readonly token: string
}

async function issueTo(
  ground: Ground,
  person: { userId: string; workspaceId: string },
  name: string,
): Promise<IssuedToken> {
  const id = newId()
  const token = TOKEN_PREFIX + newSecret(32)
  await commons.write(asSystem(ground), (tx) =>
    insertToken(tx, { id, ...person, name, secretHash: hashOf(token), permissions: ['*'] }),
  )
  return { id, token }
}

/**
 * Ends a token; the next request with it is refused.
 * @throws TokenNotFound when there is none or it is revoked already
 */
export async function revokeToken(ground: Ground, tokenId: string): Promise<void> {
  const revoked = await commons.write(asSystem(ground), (tx) => revokeTokenRow(tx, tokenId, ground.clock.now()))
  if (!revoked) throw TokenNotFound()
}
