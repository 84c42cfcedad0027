import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import type { Tx } from '#platform/database/database.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { endKeysOf } from '../api-keys/service.ts'
import { record } from '../audit/service.ts'
import type { CommonsTables } from '../tables.ts'
import { memberLeft, memberRemoved, roleChanged, workspaceHandedOver } from './actions.ts'
import { mayGive, mayManage, maySeeEmail } from './policy.ts'
import {
  type MemberRow,
  commons,
  deleteMember,
  memberById,
  membersOfWorkspace,
  ownersOf,
  rolesOf,
  setOwner,
  setRole,
} from './queries.ts'
import type { Role } from './roles.ts'
import type { Member, MemberQuery } from './schema.ts'
import { PersonalWorkspace, held, personOf } from './service.ts'

export const MemberNotFound = problem('workspaces/member-not-found', 404, 'There is no such member')
export const RoleTooLow = problem('workspaces/role-too-low', 403, 'Nobody acts above their own role')
export const ServiceAccount = problem('workspaces/service-account', 409, 'A service account owns nothing')
export const LastOwner = problem('workspaces/last-owner', 409, 'A workspace always has an owner')

/** Who is in the workspace. */
export async function membersOf(ctx: Ctx, workspaceId: string, query: MemberQuery): Promise<Page<Member>> {
  const { limit = 20, cursor } = query
  const range = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await commons.one(ctx, (db) => membersOfWorkspace(db, workspaceId, range)), limit)
  return { items: page.items.map((row) => shown(ctx, row)), nextCursor: page.nextCursor }
}

/**
 * Gives a member another role, which holds from their next request on.
 * @throws MemberNotFound
 * @throws RoleTooLow for who is above the caller, or would be
 * @throws LastOwner, PersonalWorkspace, ServiceAccount
 */
export async function changeRole(ctx: Ctx, workspaceId: string, userId: string, role: Role): Promise<Member> {
  return commons.write(ctx, async (tx) => {
    const { mine, theirs, isService, ownerId, personalOf } = await standing(tx, ctx, workspaceId, userId)
    if (!mayManage(mine, theirs)) throw RoleTooLow({ detail: `They are ${theirs}, and you are ${mine}.` })
    if (!mayGive(mine, role)) throw RoleTooLow({ detail: `You are ${mine} and cannot make somebody ${role}.` })
    if (isService && role === 'owner') throw ServiceAccount()
    if (personalOf === userId && role !== 'owner') throw PersonalWorkspace()
    if (role !== theirs) {
      await setRole(tx, workspaceId, userId, role)
      await settleOwner(tx, workspaceId, ownerId)
      await record(tx, ctx, roleChanged, {
        ...{ of: workspaceId, targetId: userId },
        ...{ before: { role: theirs }, after: { role } },
      })
    }
    return shown(ctx, await memberById(tx, workspaceId, userId).executeTakeFirstOrThrow())
  })
}

/**
 * Takes a member out of the workspace; their keys for it end at once.
 * @throws MemberNotFound, RoleTooLow, LastOwner, PersonalWorkspace
 */
export async function removeMember(ctx: Ctx, workspaceId: string, userId: string): Promise<void> {
  await commons.write(ctx, async (tx) => {
    const { mine, theirs, ownerId, personalOf } = await standing(tx, ctx, workspaceId, userId)
    if (!mayManage(mine, theirs)) throw RoleTooLow({ detail: `They are ${theirs}, and you are ${mine}.` })
    if (personalOf === userId) throw PersonalWorkspace()
    await deleteMember(tx, workspaceId, userId)
    await endKeysOf(tx, ctx, workspaceId, userId)
    await settleOwner(tx, workspaceId, ownerId)
    await record(tx, ctx, memberRemoved, { of: workspaceId, targetId: userId, before: { role: theirs } })
  })
}

/**
 * The caller leaves the workspace; their keys for it end at once, the one that they call with too.
 * @throws LastOwner, PersonalWorkspace
 */
export async function leaveWorkspace(ctx: Ctx, workspaceId: string): Promise<void> {
  const { userId } = personOf(ctx)
  await commons.write(ctx, async (tx) => {
    const { theirs, ownerId, personalOf } = await standing(tx, ctx, workspaceId, userId)
    if (personalOf === userId) throw PersonalWorkspace({ detail: 'It is your own.' })
    await deleteMember(tx, workspaceId, userId)
    await endKeysOf(tx, ctx, workspaceId, userId)
    await settleOwner(tx, workspaceId, ownerId)
    await record(tx, ctx, memberLeft, { of: workspaceId, targetId: userId, before: { role: theirs } })
  })
}

/**
 * Makes another member the owner and the caller an admin, both or neither.
 * @throws MemberNotFound, RoleTooLow, PersonalWorkspace, ServiceAccount
 */
export async function handOver(ctx: Ctx, workspaceId: string, userId: string): Promise<Member> {
  const caller = personOf(ctx)
  return commons.write(ctx, async (tx) => {
    const { mine, isService, ownerId, personalOf } = await standing(tx, ctx, workspaceId, userId)
    if (mine !== 'owner') throw RoleTooLow({ detail: `You are ${mine}.` })
    if (isService) throw ServiceAccount()
    if (personalOf !== null) throw PersonalWorkspace()
    await setRole(tx, workspaceId, userId, 'owner')
    if (userId !== caller.userId) await setRole(tx, workspaceId, caller.userId, 'admin')
    await setOwner(tx, workspaceId, userId)
    await record(tx, ctx, workspaceHandedOver, {
      ...{ of: workspaceId, targetId: workspaceId },
      ...{ before: { ownerId }, after: { ownerId: userId } },
    })
    return shown(ctx, await memberById(tx, workspaceId, userId).executeTakeFirstOrThrow())
  })
}

/** What the caller and another member are in the workspace now, which nobody else changes until the transaction ends. */
async function standing(tx: Tx<CommonsTables>, ctx: Ctx, workspaceId: string, userId: string) {
  const caller = personOf(ctx)
  const { ownerId, personalOf } = await held(tx, workspaceId)
  const roles = await rolesOf(tx, workspaceId, [caller.userId, userId]).execute()
  const rowOf = (id: string): MemberRow | undefined => roles.find((row) => row.id === id)
  const [mine, whom] = [rowOf(caller.userId)?.role, rowOf(userId)]
  // What the caller may was found out before the workspace was held: it may have ended since.
  if (mine === undefined) throw RoleTooLow({ detail: 'You are not in this workspace any more.' })
  if (whom === undefined) throw MemberNotFound({ detail: `Nobody ${userId} is in this workspace.` })
  return { mine, theirs: whom.role, isService: whom.serviceOf !== null, ownerId, personalOf }
}

/** Sees that somebody owns the workspace, and that who answers for it is one of them. */
async function settleOwner(tx: Tx<CommonsTables>, workspaceId: string, ownerId: string): Promise<void> {
  const owners = await ownersOf(tx, workspaceId).execute()
  const [first] = owners
  if (first === undefined) throw LastOwner({ detail: 'Make somebody else an owner first.' })
  if (!owners.some(({ id }) => id === ownerId)) await setOwner(tx, workspaceId, first.id)
}

function shown(ctx: Ctx, row: MemberRow): Member {
  return {
    userId: row.id,
    displayName: row.displayName,
    kind: row.serviceOf === null ? 'person' : 'service',
    email: row.serviceOf === null && maySeeEmail(ctx.actor, row.id) ? row.email : null,
    role: row.role,
    joinedAt: row.createdAt.toISOString(),
  }
}
