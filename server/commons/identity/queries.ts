import { sql } from 'kysely'
import { newId } from '#kernel/ids.ts'
import type { Db, Tx } from '#platform/database/database.ts'
import { fixed } from '#platform/database/fixed.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

/**
 * API keys that hold, with what their person is in their workspace now: they end with the membership, the workspace and
 * the person, and follow every change of the role.
 */
const holding = (db: Reader) =>
  db
    .selectFrom('commons.apiTokens as t')
    .innerJoin('commons.users as u', 'u.id', 't.userId')
    .innerJoin('commons.workspaces as w', 'w.id', 't.workspaceId')
    .innerJoin('commons.workspaceMembers as m', (join) =>
      join.onRef('m.workspaceId', '=', 't.workspaceId').onRef('m.userId', '=', 't.userId'),
    )
    .select(['t.id', 't.userId', 't.workspaceId', 't.permissions', 'm.role', 'u.isAdmin', 'u.serviceOf'])
    .where('t.revokedAt', 'is', null)
    .where((eb) => eb.or([eb('t.expiresAt', 'is', null), eb('t.expiresAt', '>', sql<Date>`now()`)]))
    .where('u.deletedAt', 'is', null)
    .where((eb) => eb.or([eb('u.bannedAt', 'is', null), eb('u.banEndsAt', '<', sql<Date>`now()`)]))
    .where('w.deletedAt', 'is', null)

/** The credential behind a hash with its person, workspace and role, if it still holds. */
export const tokenByHash = fixed((db: Reader, secretHash: Buffer) => holding(db).where('t.secretHash', '=', secretHash))

/** Those of these credentials that still hold, with their persons, workspaces and roles. */
export const tokensHolding = (db: Reader, tokenIds: readonly string[]) =>
  holding(db).where('t.id', '=', sql<string>`any(${[...tokenIds]}::uuid[])`)

export const userByEmail = (db: Reader, email: string) =>
  db
    .selectFrom('commons.users as u')
    .innerJoin('commons.workspaces as w', 'w.personalOf', 'u.id')
    .select(['u.id as userId', 'w.id as workspaceId'])
    .where((eb) => eb(eb.fn<string>('lower', ['u.email']), '=', email.toLowerCase()))
    .where('u.deletedAt', 'is', null)
    .where('w.deletedAt', 'is', null)
    .limit(1)

/** Who came first, with their own workspace: the owner of the instance. */
export const firstUser = (db: Reader) =>
  db
    .selectFrom('commons.users as u')
    .innerJoin('commons.workspaces as w', 'w.personalOf', 'u.id')
    .select(['u.id as userId', 'w.id as workspaceId'])
    .where('u.deletedAt', 'is', null)
    .orderBy('u.id')
    .limit(1)

/** Lets one transaction at a time make the first owner. */
export async function holdFirstOwner(tx: Writer): Promise<void> {
  await sql`select pg_advisory_xact_lock(${0x41495244}, 5)`.execute(tx)
}

/** Writes the first person, who administers the installation, with their own workspace. */
export async function insertOwner(
  tx: Writer,
  person: { userId: string; workspaceId: string; email: string; displayName: string; passwordHash: string },
): Promise<void> {
  const { userId, workspaceId, email, displayName, passwordHash } = person
  await tx
    .insertInto('commons.users')
    .values({ id: userId, email, displayName, emailVerified: true, isAdmin: true })
    .execute()
  await tx
    .insertInto('commons.accounts')
    .values({ id: newId(), userId, providerId: 'credential', accountId: userId, password: passwordHash })
    .execute()
  await tx
    .insertInto('commons.workspaces')
    .values({ id: workspaceId, name: displayName, ownerId: userId, personalOf: userId })
    .execute()
  await tx.insertInto('commons.workspaceMembers').values({ workspaceId, userId, role: 'owner' }).execute()
}

export async function insertToken(
  tx: Writer,
  token: { id: string; userId: string; workspaceId: string; name: string; secretHash: Buffer; permissions: string[] },
): Promise<void> {
  await tx.insertInto('commons.apiTokens').values(token).execute()
}

/** Revokes a person's token. Returns whether there was one to revoke. */
export async function revokeTokenRow(tx: Writer, tokenId: string, revokedAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('commons.apiTokens')
    .set({ revokedAt })
    .where('id', '=', tokenId)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
