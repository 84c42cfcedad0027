import { sql } from 'kysely'
import type { Db, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'
import type { Role } from '../workspaces/roles.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

const pending = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.invitations')
    .select(['id', 'email', 'role', 'invitedBy', 'createdAt', 'expiresAt'])
    .where('workspaceId', '=', workspaceId)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)

export type InvitationRow = Awaited<ReturnType<ReturnType<typeof pending>['execute']>>[number]

export const pendingInvitations = (
  db: Reader,
  workspaceId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
) =>
  pending(db, workspaceId)
    .$if(after !== null, (query) => query.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)

export const pendingCount = (db: Reader, workspaceId: string) =>
  db.selectFrom(pending(db, workspaceId).as('p')).select((eb) => eb.fn.countAll<number>().as('count'))

/** The member with this address, if there is one. */
export const memberByEmail = (db: Reader, workspaceId: string, email: string) =>
  db
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.users as u', 'u.id', 'm.userId')
    .select('u.id')
    .where('m.workspaceId', '=', workspaceId)
    .where((eb) => eb(eb.fn<string>('lower', ['u.email']), '=', email.toLowerCase()))
    .where('u.deletedAt', 'is', null)

/** What the mail says of the workspace and of who invites. */
export const namesFor = (db: Reader, workspaceId: string, userId: string) =>
  db
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.workspaces as w', 'w.id', 'm.workspaceId')
    .innerJoin('commons.users as u', 'u.id', 'm.userId')
    .select(['w.name as workspaceName', 'u.displayName as inviterName'])
    .where('m.workspaceId', '=', workspaceId)
    .where('m.userId', '=', userId)

/** Writes an invitation; one that waits for the same address is renewed, and what was mailed before is void. */
export function putInvitation(
  tx: Writer,
  invitation: {
    readonly id: string
    readonly workspaceId: string
    readonly email: string
    readonly role: 'admin' | 'editor' | 'viewer'
    readonly secretHash: Buffer
    readonly invitedBy: string
    readonly expiresAt: Date
  },
  at: Date,
): Promise<InvitationRow> {
  const { role, secretHash, invitedBy, expiresAt } = invitation
  return tx
    .insertInto('commons.invitations')
    .values({ ...invitation, createdAt: at })
    .onConflict((conflict) =>
      conflict
        .expression(sql`workspace_id, lower(email)`)
        .where('acceptedAt', 'is', null)
        .where('revokedAt', 'is', null)
        .doUpdateSet({ role, secretHash, invitedBy, expiresAt, createdAt: at }),
    )
    .returning(['id', 'email', 'role', 'invitedBy', 'createdAt', 'expiresAt'])
    .executeTakeFirstOrThrow()
}

/** Takes a waiting invitation back; the row, or undefined when none waits. */
export const revokeInvitation = (tx: Writer, workspaceId: string, id: string, at: Date) =>
  tx
    .updateTable('commons.invitations')
    .set({ revokedAt: at })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .returning(['id', 'email', 'role'])

/** Uses an invitation up: of two who bring it at once one gets it. Runs as the system. */
export const takeInvitation = (tx: Writer, secretHash: Buffer, userId: string) =>
  tx
    .updateTable('commons.invitations as i')
    .from('commons.workspaces as w')
    .set({ acceptedAt: sql<Date>`now()`, acceptedBy: userId })
    .whereRef('w.id', '=', 'i.workspaceId')
    .where('w.deletedAt', 'is', null)
    .where('i.secretHash', '=', secretHash)
    .where('i.acceptedAt', 'is', null)
    .where('i.revokedAt', 'is', null)
    .where('i.expiresAt', '>', sql<Date>`now()`)
    .returning(['i.id', 'i.workspaceId', 'i.email', 'i.role', 'i.invitedBy'])

export const accountOf = (db: Reader, userId: string) =>
  db
    .selectFrom('commons.users')
    .select(['email', 'emailVerified', 'serviceOf'])
    .where('id', '=', userId)
    .where('deletedAt', 'is', null)

/** What the inviter is in the workspace now; none for who has left, was deleted or banned. */
export const inviterRole = (db: Reader, workspaceId: string, userId: string) =>
  db
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.users as u', 'u.id', 'm.userId')
    .select('m.role')
    .where('m.workspaceId', '=', workspaceId)
    .where('m.userId', '=', userId)
    .where('u.deletedAt', 'is', null)
    .where((eb) => eb.or([eb('u.bannedAt', 'is', null), eb('u.banEndsAt', '<', sql<Date>`now()`)]))

/** Lets somebody in, unless they are in already: then they stay what they are. Answers what they are now. */
export async function enter(tx: Writer, workspaceId: string, userId: string, role: Role): Promise<Role> {
  const entered = await tx
    .insertInto('commons.workspaceMembers')
    .values({ workspaceId, userId, role })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'userId']).doNothing())
    .returning('role')
    .executeTakeFirst()
  if (entered !== undefined) return entered.role
  const { role: held } = await tx
    .selectFrom('commons.workspaceMembers')
    .select('role')
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .executeTakeFirstOrThrow()
  return held
}
