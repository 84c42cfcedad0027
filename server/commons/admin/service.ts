import { Type } from 'typebox'
import { problem } from '#kernel/errors.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { orNull } from '#platform/fields.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { defineAudited } from '../audit/action.ts'
import { record } from '../audit/service.ts'
import type { AccessTokens } from '../sessions/access-tokens.ts'
import { asSystem, endSessions, listSessionsOf, signedInThemselves, startSession } from '../sessions/service.ts'
import { type PersonRow, commons, holdAdmins, otherAdmin, peopleBy, personBy, setAdmin, setBan } from './queries.ts'

export const UserNotFound = problem('admin/user-not-found', 404, 'There is no such person')
export const LastAdmin = problem('admin/last-admin', 409, 'Somebody has to administer the installation')
export const NotOneself = problem('admin/not-oneself', 409, 'This is not done to oneself')
export const NotAnAdmin = problem('admin/not-an-admin', 403, 'Nobody acts as somebody who administers the installation')

const target = { owner: 'person', target: 'person' } as const
const personBanned = defineAudited({
  ...target,
  name: 'person.banned',
  fields: { reason: Type.String(), endsAt: orNull(Type.String()) },
})
const banLifted = defineAudited({ ...target, name: 'person.ban-lifted' })
const rightsChanged = defineAudited({ ...target, name: 'person.rights-changed', fields: { isAdmin: Type.Boolean() } })
const sessionsEnded = defineAudited({ ...target, name: 'person.sessions-ended' })
const impersonated = defineAudited({ ...target, name: 'person.impersonated', fields: { reason: Type.String() } })

/** Administrators act as themselves, signed in. @throws SessionNeeded */
function administrator(ctx: Ctx): UserActor & { readonly credentialId: string } {
  return signedInThemselves(ctx)
}

function shown(row: PersonRow) {
  const { isBanned, bannedAt, banReason, banEndsAt, createdAt, lastSeenAt, ...person } = row
  const ban =
    isBanned && bannedAt !== null
      ? { reason: banReason, since: bannedAt.toISOString(), endsAt: banEndsAt?.toISOString() ?? null }
      : null
  return { ...person, ban, createdAt: createdAt.toISOString(), lastSeenAt: lastSeenAt?.toISOString() ?? null }
}

type AdminUser = ReturnType<typeof shown>

/** People of the installation, the newest first. */
export async function users(
  ctx: Ctx,
  query: {
    readonly q?: string
    readonly state?: 'active' | 'banned' | 'unverified' | 'admin'
    readonly limit?: number
    readonly cursor?: string
  },
): Promise<Page<AdminUser>> {
  administrator(ctx)
  const { limit = 20, cursor, ...filter } = query
  const after = afterCursor(cursor)
  const rows = await commons.one(asSystem(ctx), (db) => peopleBy(db, { ...filter, after, limit: limit + 1 }))
  const { items, nextCursor } = pageOf(rows, limit)
  return { items: items.map(shown), nextCursor }
}

/** @throws UserNotFound */
export async function user(ctx: Ctx, userId: string): Promise<AdminUser> {
  administrator(ctx)
  const [row] = await commons.one(asSystem(ctx), (db) => personBy(db, userId))
  if (row === undefined) throw UserNotFound()
  return shown(row)
}

/**
 * Shuts somebody out: every session of theirs ends, and no key of theirs holds while the ban does.
 * @throws UserNotFound, NotOneself, LastAdmin
 */
export async function banUser(
  ctx: Ctx,
  userId: string,
  ban: { readonly reason: string; readonly endsAt?: string },
): Promise<AdminUser> {
  const endsAt = ban.endsAt === undefined ? null : new Date(ban.endsAt)
  if (endsAt !== null && endsAt <= ctx.clock.now())
    throw InvalidInput({ errors: [{ pointer: '/endsAt', detail: 'must lie ahead' }] })
  return changing(ctx, userId, async (tx, person) => {
    if (person.isAdmin && !(await otherAdmin(tx, userId))) throw LastAdmin()
    await setBan(tx, userId, { reason: ban.reason, endsAt })
    await endSessions(tx, userId, null, 'banned')
    const after = { reason: ban.reason, endsAt: endsAt?.toISOString() ?? null }
    await record(tx, ctx, personBanned, { of: userId, targetId: userId, after })
  })
}

/** @throws UserNotFound, NotOneself */
export async function liftBan(ctx: Ctx, userId: string): Promise<AdminUser> {
  return changing(ctx, userId, async (tx) => {
    await setBan(tx, userId, null)
    await record(tx, ctx, banLifted, { of: userId, targetId: userId })
  })
}

/** Lets somebody administer the installation, or no longer. @throws UserNotFound, NotOneself, LastAdmin */
export async function changeRights(ctx: Ctx, userId: string, isAdmin: boolean): Promise<AdminUser> {
  return changing(ctx, userId, async (tx, person) => {
    if (person.isAdmin === isAdmin) return
    if (!isAdmin && !(await otherAdmin(tx, userId))) throw LastAdmin()
    await setAdmin(tx, userId, isAdmin)
    const fields = { before: { isAdmin: person.isAdmin }, after: { isAdmin } }
    await record(tx, ctx, rightsChanged, { of: userId, targetId: userId, ...fields })
  })
}

type Writer = Parameters<typeof setBan>[0]

async function changing(
  ctx: Ctx,
  userId: string,
  work: (tx: Writer, person: PersonRow) => Promise<void>,
): Promise<AdminUser> {
  if (administrator(ctx).userId === userId) throw NotOneself()
  return commons.write(asSystem(ctx), async (tx) => {
    await holdAdmins(tx)
    const person = await personBy(tx, userId).executeTakeFirst()
    if (person === undefined) throw UserNotFound()
    await work(tx, person)
    return shown(await personBy(tx, userId).executeTakeFirstOrThrow())
  })
}

/** Where somebody is signed in. @throws UserNotFound */
export async function userSessions(ctx: Ctx, userId: string) {
  await user(ctx, userId)
  return listSessionsOf(ctx, userId, null)
}

/** Signs somebody out everywhere. @throws UserNotFound */
export async function endUserSessions(ctx: Ctx, userId: string): Promise<void> {
  await user(ctx, userId)
  await commons.write(asSystem(ctx), async (tx) => {
    await endSessions(tx, userId, null, 'revoked')
    await record(tx, ctx, sessionsEnded, { of: userId, targetId: userId })
  })
}

/**
 * Acts as somebody for an hour, to see what they see. It stands in their log with who did it and why; how they sign in
 * cannot be touched, and who administers the installation cannot be acted as.
 * @throws UserNotFound, NotOneself, NotAnAdmin, Banned
 */
export async function impersonate(ctx: Ctx, tokens: AccessTokens, userId: string, reason: string) {
  const admin = administrator(ctx)
  if (admin.userId === userId) throw NotOneself()
  const grant = await commons.write(asSystem(ctx), async (tx) => {
    const person = await personBy(tx, userId).executeTakeFirst()
    if (person === undefined) throw UserNotFound()
    if (person.isAdmin) throw NotAnAdmin()
    await record(tx, ctx, impersonated, { of: userId, targetId: userId, after: { reason } })
    const method = 'impersonation'
    const wish = { userId, kind: 'token', method, secondFactor: 'not-asked', impersonatorId: admin.userId } as const
    return startSession(tx, ctx, wish)
  })
  if (grant.kind !== 'token') throw new Error('a session for a program is one by tokens')
  const { accessToken, expiresAt } = await tokens.issue({ userId, sessionId: grant.sessionId }, ctx.clock.now())
  return { accessToken, expiresAt: expiresAt.toISOString(), refreshToken: grant.refreshToken }
}
