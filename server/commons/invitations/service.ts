import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { hashOf, newId, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { systemScope } from '#platform/database/scope.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { isMailAddress } from '#platform/mail/address.ts'
import { sendMail } from '#platform/mail/send.ts'
import { record } from '../audit/service.ts'
import { invitation as invitationMail } from '../identity/mails.ts'
import { signedInThemselves } from '../sessions/service.ts'
import { mayGive } from '../workspaces/policy.ts'
import { isRole } from '../workspaces/roles.ts'
import { RoleTooLow } from '../workspaces/members.ts'
import { held, personOf } from '../workspaces/service.ts'
import { invitationAccepted, invitationRevoked, invitationSent } from './actions.ts'
import { refusalOf } from './policy.ts'
import {
  type InvitationRow,
  accountOf,
  commons,
  enter,
  inviterRole,
  memberByEmail,
  namesFor,
  pendingCount,
  pendingInvitations,
  putInvitation,
  revokeInvitation,
  takeInvitation,
} from './queries.ts'
import type { Accepted, Invitation, InvitationQuery, NewInvitation } from './schema.ts'

export const InvitationNotFound = problem('invitations/invitation-not-found', 404, 'There is no such invitation')
export const OfAnother = problem('invitations/of-another', 403, 'This invitation is for another address')
export const AlreadyMember = problem('invitations/already-member', 409, 'They are in the workspace already')
export const TooManyInvitations = problem('invitations/too-many', 409, 'Too many invitations wait already')

const VALID_MS = 7 * DAY_MS
/** How many invitations of a workspace may wait. */
const WAITING_MAX = 100

/** The workspace's invitations that wait, newest first. */
export async function invitationsOf(ctx: Ctx, workspaceId: string, query: InvitationQuery): Promise<Page<Invitation>> {
  const { limit = 20, cursor } = query
  const range = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await commons.one(ctx, (db) => pendingInvitations(db, workspaceId, range)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * Mails an invitation. One that waits for the same address is renewed; whether there is an account with it is never told.
 * @throws RoleTooLow for a role above the caller's own
 * @throws AlreadyMember, TooManyInvitations
 */
export async function invite(ctx: Ctx, workspaceId: string, { email, role }: NewInvitation): Promise<Invitation> {
  const { userId, role: mine } = personOf(ctx)
  if (!isMailAddress(email)) {
    throw InvalidInput({ errors: [{ pointer: '/email', detail: 'must be an address that mails can be sent to' }] })
  }
  if (!isRole(mine) || !mayGive(mine, role)) throw RoleTooLow({ detail: `You cannot make somebody ${role}.` })
  const token = newSecret(32)
  const at = ctx.clock.now()
  return commons.write(ctx, async (tx) => {
    await held(tx, workspaceId)
    if ((await memberByEmail(tx, workspaceId, email).executeTakeFirst()) !== undefined) throw AlreadyMember()
    const { count } = await pendingCount(tx, workspaceId).executeTakeFirstOrThrow()
    if (count >= WAITING_MAX) throw TooManyInvitations({ detail: `${count} wait already: take some back.` })
    const expiresAt = new Date(at.getTime() + VALID_MS)
    const wish = { id: newId<'Invitation'>(), workspaceId, email, role, secretHash: hashOf(token), invitedBy: userId }
    const row = await putInvitation(tx, { ...wish, expiresAt }, at)
    const names = await namesFor(tx, workspaceId, userId).executeTakeFirstOrThrow()
    // Behind the # no server is told of it, no log and no other site.
    const url = `${ctx.publicUrl}/account#invitation=${token}`
    await sendMail(
      tx,
      invitationMail,
      { ...names, url, expiresMinutes: VALID_MS / MINUTE_MS },
      { to: email, userId: null, workspaceId, dedupeKey: null, publicUrl: ctx.publicUrl },
    )
    await record(tx, ctx, invitationSent, { of: workspaceId, targetId: row.id, after: { email, role } })
    return shown(row)
  })
}

/**
 * Takes an invitation back: what was mailed lets nobody in any more.
 * @throws InvitationNotFound
 */
export async function takeBack(ctx: Ctx, workspaceId: string, id: string): Promise<void> {
  await commons.write(ctx, async (tx) => {
    const row = await revokeInvitation(tx, workspaceId, id, ctx.clock.now()).executeTakeFirst()
    if (row === undefined) throw InvitationNotFound({ detail: `No invitation ${id} waits here.` })
    const { email, role } = row
    await record(tx, ctx, invitationRevoked, { of: workspaceId, targetId: id, before: { email, role } })
  })
}

/**
 * Lets the caller into the workspace that an invitation is for, once. Only the account whose verified address it was sent
 * to, and only while who sent it may still give that role.
 * @throws InvitationNotFound also when it was used, taken back, is too old or was given by who may not give it any more
 * @throws OfAnother, SessionNeeded
 */
export async function accept(ctx: Ctx, token: string): Promise<Accepted> {
  const { userId } = signedInThemselves(ctx)
  // Who accepts is not in the workspace yet, so no scope of theirs reaches it.
  return commons.write({ database: ctx.database, scope: systemScope }, async (tx) => {
    const taken = await takeInvitation(tx, hashOf(token), userId).executeTakeFirst()
    if (taken === undefined) throw InvitationNotFound({ detail: 'It is unknown, used, taken back or too old.' })
    const account = await accountOf(tx, userId).executeTakeFirst()
    const inviter = await inviterRole(tx, taken.workspaceId, taken.invitedBy).executeTakeFirst()
    const refusal = refusalOf({
      invited: taken,
      account: {
        email: account?.email ?? '',
        emailVerified: account?.emailVerified === true,
        isService: account === undefined || account.serviceOf !== null,
      },
      inviterRole: inviter?.role ?? null,
    })
    // What is thrown undoes the taking.
    if (refusal === 'withdrawn') throw InvitationNotFound({ detail: 'It is unknown, used, taken back or too old.' })
    if (refusal === 'of-another')
      throw OfAnother({ detail: 'Sign in as who confirmed the address that it was sent to.' })
    const role = await enter(tx, taken.workspaceId, userId, taken.role)
    const after = { email: taken.email, role }
    await record(tx, ctx, invitationAccepted, { of: taken.workspaceId, targetId: taken.id, after })
    return { workspaceId: taken.workspaceId, role }
  })
}

function shown(row: InvitationRow): Invitation {
  const { id, email, role, invitedBy, createdAt, expiresAt } = row
  return { id, email, role, invitedBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() }
}
