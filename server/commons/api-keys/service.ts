import { problem } from '#kernel/errors.ts'
import { hashOf, newId, newSecret } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import type { Tx } from '#platform/database/database.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { record } from '../audit/service.ts'
import type { CommonsTables } from '../tables.ts'
import { keyCreated, keyRenamed, keyRevoked, keyRotated } from './actions.ts'
import { type Guarded, beyondOwn, managesServices, mayChange, mayRevoke, seesAllKeys } from './policy.ts'
import {
  type KeyRow,
  commons,
  insertKey,
  keyById,
  keyCount,
  keysOfWorkspace,
  revokeKeysOf,
  standingOf,
  updateKey,
} from './queries.ts'
import type { ApiKey, IssuedKey, KeyQuery, NewKey } from './schema.ts'

export const KeyNotFound = problem('api-keys/key-not-found', 404, 'There is no such key')
export const BeyondOwnRights = problem('api-keys/beyond-own-rights', 403, 'A key may no more than who makes it')
export const NotYourKey = problem('api-keys/not-your-key', 403, 'This key is not yours to change')
export const NoService = problem('api-keys/no-service-account', 404, 'There is no such service account')
export const TooManyKeys = problem('api-keys/too-many-keys', 409, 'These are more keys than one has')

/** How many keys somebody has for one workspace. */
export const KEYS_MAX = 100

/** Keys begin so that a leak is recognised by scanners: 256 random bits follow. */
const PREFIX = 'air_'

export function personOf({ actor }: Pick<Ctx, 'actor'>): UserActor {
  if (actor.kind !== 'user') throw Unauthenticated()
  return actor
}

/** One's own keys for the workspace, newest first; who manages members sees everybody's. */
export async function keysOf(ctx: Ctx, query: KeyQuery): Promise<Page<ApiKey>> {
  const actor = personOf(ctx)
  const { limit = 20, cursor, userId = null } = query
  const whose = seesAllKeys(actor) ? userId : actor.userId
  if (userId !== null && whose !== userId) return { items: [], nextCursor: null }
  const filter = { after: afterCursor(cursor), limit: limit + 1, userId: whose }
  const page = pageOf(await commons.one(ctx, (db) => keysOfWorkspace(db, actor.workspaceId, filter)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * A new key for oneself, or for a service account that one manages. It is in the answer and nowhere else.
 * @throws BeyondOwnRights when it would be allowed more than the caller's credential, or outlast it
 * @throws NoService, TooManyKeys
 * @throws InvalidInput when it would have ended already
 */
export async function createKey(ctx: Ctx, { name, scopes, expiresAt, userId }: NewKey): Promise<IssuedKey> {
  const actor = personOf(ctx)
  const beyond = beyondOwn(actor, scopes)
  if (beyond.length > 0) throw BeyondOwnRights({ detail: `Your credential has not: ${beyond.join(', ')}.` })
  const ends = expiresAt === undefined || expiresAt === null ? null : new Date(expiresAt)
  if (ends !== null && ends <= ctx.clock.now())
    throw InvalidInput({ errors: [{ pointer: '/expiresAt', detail: 'must be in the future' }] })
  return commons.write(ctx, async (tx) => {
    await requireNoLonger(tx, actor, ends)
    const whose = userId ?? actor.userId
    if (whose !== actor.userId) await requireService(tx, actor, whose)
    const issued = await issue(tx, actor, { name, userId: whose, scopes, expiresAt: ends })
    const after = { name, userId: whose, scopes: [...scopes], expiresAt: issued.expiresAt }
    await record(tx, ctx, keyCreated, { of: actor.workspaceId, targetId: issued.id, after })
    return issued
  })
}

/**
 * Gives a key another name.
 * @throws KeyNotFound, NotYourKey
 */
export async function renameKey(ctx: Ctx, id: string, name: string): Promise<ApiKey> {
  const actor = personOf(ctx)
  return commons.write(ctx, async (tx) => {
    const row = await keyOf(tx, actor, id)
    if (!mayChange(actor, guarded(row))) throw NotYourKey()
    if (row.name === name) return shown(row)
    if (!(await updateKey(tx, id, { name }))) throw KeyNotFound()
    const before = { name: row.name }
    await record(tx, ctx, keyRenamed, { of: actor.workspaceId, targetId: id, before, after: { name } })
    return shown({ ...row, name })
  })
}

/**
 * Ends a key: the next request with it is refused, and what is open by it is closed.
 * @throws KeyNotFound, NotYourKey
 */
export async function revokeKey(ctx: Ctx, id: string): Promise<void> {
  const actor = personOf(ctx)
  await commons.write(ctx, async (tx) => {
    const row = await keyOf(tx, actor, id)
    if (!mayRevoke(actor, guarded(row))) throw NotYourKey()
    if (!(await updateKey(tx, id, { revokedAt: ctx.clock.now() }))) throw KeyNotFound()
    await record(tx, ctx, keyRevoked, { of: actor.workspaceId, targetId: id, before: { userId: row.userId } })
  })
}

/**
 * A new key in the place of another, which ends at once: with the same name and scopes, and as long as that one had from
 * its beginning.
 * @throws KeyNotFound, NotYourKey
 * @throws BeyondOwnRights when it would be allowed more than the caller's credential, or outlast it
 */
export async function rotateKey(ctx: Ctx, id: string): Promise<IssuedKey> {
  const actor = personOf(ctx)
  return commons.write(ctx, async (tx) => {
    const now = ctx.clock.now()
    const row = await keyOf(tx, actor, id)
    if (!mayChange(actor, guarded(row))) throw NotYourKey()
    const lastsMs = row.expiresAt === null ? null : row.expiresAt.getTime() - row.createdAt.getTime()
    const expiresAt = lastsMs === null ? null : new Date(now.getTime() + lastsMs)
    await requireNoLonger(tx, actor, expiresAt)
    if (!(await updateKey(tx, id, { revokedAt: now }))) throw KeyNotFound()
    const { name, userId, permissions: scopes } = row
    const issued = await issue(tx, actor, { name, userId, scopes, expiresAt })
    await record(tx, ctx, keyRotated, { of: actor.workspaceId, targetId: id, after: { keyId: issued.id } })
    return issued
  })
}

/** Ends every key that somebody has for a workspace, for they leave it: should they come back, these do not. */
export function endKeysOf(tx: Tx<CommonsTables>, ctx: Ctx, workspaceId: string, userId: string): Promise<void> {
  return revokeKeysOf(tx, workspaceId, userId, ctx.clock.now())
}

interface Wish {
  readonly name: string
  readonly userId: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
}

async function issue(tx: Tx<CommonsTables>, actor: UserActor, wish: Wish): Promise<IssuedKey> {
  const { workspaceId, userId: createdBy } = actor
  const { name, userId, scopes, expiresAt } = wish
  const { count } = await keyCount(tx, workspaceId, userId).executeTakeFirstOrThrow()
  if (count >= KEYS_MAX) throw TooManyKeys({ detail: `There are ${count} already: revoke some that are not used.` })
  const [id, key] = [newId<'ApiKey'>(), PREFIX + newSecret(32)]
  const row = { id, userId, name, permissions: [...scopes], createdBy, expiresAt }
  const createdAt = await insertKey(tx, { ...row, workspaceId, secretHash: hashOf(key) })
  return { ...shown({ ...row, createdAt, lastUsedAt: null }), key }
}

/** A key that ends some day makes none that lasts longer. */
async function requireNoLonger(tx: Tx<CommonsTables>, actor: UserActor, expiresAt: Date | null): Promise<void> {
  if (actor.credentialKind !== 'api-key') return
  const own = await keyById(tx, actor.workspaceId, actor.credentialId ?? '').executeTakeFirst()
  if (own === undefined) throw Unauthenticated()
  if (own.expiresAt !== null && (expiresAt === null || expiresAt > own.expiresAt)) {
    throw BeyondOwnRights({ detail: `Your own key ends at ${own.expiresAt.toISOString()}.` })
  }
}

async function requireService(tx: Tx<CommonsTables>, actor: UserActor, userId: string): Promise<void> {
  const standing = await standingOf(tx, actor.workspaceId, userId).executeTakeFirst()
  const isService = standing !== undefined && standing.serviceOf === actor.workspaceId
  if (!isService || !seesAllKeys(actor)) throw NoService({ detail: `No service account ${userId} is yours.` })
  if (!managesServices(actor, standing.role)) throw BeyondOwnRights({ detail: `It is ${standing.role}.` })
}

async function keyOf(tx: Tx<CommonsTables>, actor: UserActor, id: string): Promise<KeyRow> {
  const row = await keyById(tx, actor.workspaceId, id).executeTakeFirst()
  if (row === undefined || (row.userId !== actor.userId && !seesAllKeys(actor)))
    throw KeyNotFound({ detail: `No key ${id} is here for you.` })
  return row
}

function guarded(row: KeyRow): Guarded {
  const { id, userId, permissions, role } = row
  return { id, userId, permissions, role, isService: row.serviceOf !== null }
}

function shown(row: Omit<KeyRow, 'role' | 'serviceOf'>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    userId: row.userId,
    scopes: [...row.permissions],
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
