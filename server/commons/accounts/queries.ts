import { type Kysely, sql } from 'kysely'
import type { Db, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'

export const commons = handle<CommonsTables>()

/** What a flow's statements run on: an open transaction, or each by itself. */
export type Statements = Kysely<CommonsTables>

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

export const personById = (db: Reader, userId: string) =>
  db
    .selectFrom('commons.users')
    .select(['id', 'email', 'displayName', 'emailVerified', 'twoFactorEnabled', 'isAdmin', 'createdAt'])
    .where('id', '=', userId)
    .where('deletedAt', 'is', null)

/** Of two flows of one person one comes after the other. */
export async function holdFlows(tx: Writer, userId: string): Promise<void> {
  await tx.selectFrom('commons.users').select('id').where('id', '=', userId).forNoKeyUpdate().execute()
}

/** Of two flows about one address one comes after the other, whether or not there is an account with it. */
export async function holdAddress(tx: Writer, address: string): Promise<void> {
  const key = `address:${address.toLowerCase()}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx)
}

/** Whether there is an account with this address. */
export async function isTaken(tx: Writer, address: string): Promise<boolean> {
  const row = await tx
    .selectFrom('commons.users')
    .select('id')
    .where((eb) => eb(eb.fn<string>('lower', ['email']), '=', address.toLowerCase()))
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether this is still the hash of the password of who has this address. If so it stays it until the transaction ends. */
export async function holdPassword(tx: Writer, address: string, passwordHash: string): Promise<boolean> {
  const row = await tx
    .selectFrom('commons.accounts as a')
    .innerJoin('commons.users as u', 'u.id', 'a.userId')
    .select('a.id')
    .where((eb) => eb(eb.fn<string>('lower', ['u.email']), '=', address.toLowerCase()))
    .where('u.deletedAt', 'is', null)
    .where('a.providerId', '=', 'credential')
    .where('a.password', '=', passwordHash)
    .forShare('a')
    .executeTakeFirst()
  return row !== undefined
}

/** The session of somebody who goes through a flow, and the hash of their password where they have one. */
export const holderBy = (db: Reader, sessionId: string) =>
  db
    .selectFrom('commons.sessions as s')
    .innerJoin('commons.users as u', 'u.id', 's.userId')
    .leftJoin('commons.accounts as a', (join) =>
      join.onRef('a.userId', '=', 's.userId').on('a.providerId', '=', 'credential'),
    )
    .select(['s.userId', 's.id as sessionId', 's.authenticatedAt', 's.expiresAt', 'u.email', 'u.displayName'])
    .select(['u.twoFactorEnabled', 'a.password as passwordHash'])
    .where('s.id', '=', sessionId)

export async function setDisplayName(tx: Writer, userId: string, displayName: string): Promise<void> {
  await tx
    .updateTable('commons.users')
    .set({ displayName, updatedAt: sql<Date>`now()` })
    .where('id', '=', userId)
    .execute()
}

/** Notes that something was used that is for one use. Returns false when it had been: of two at once one gets true. */
export async function useOnce(tx: Writer, id: string, keptMs: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('commons.verifications')
    .values({ id, identifier: id, value: '', expiresAt: sql<Date>`now() + ${keptMs} * interval '1 millisecond'` })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** A person's passkeys, the oldest first. */
export const passkeysOf = (db: Reader, userId: string) =>
  db
    .selectFrom('commons.passkeys')
    .select(['id', 'name', 'deviceType', 'backedUp', 'createdAt'])
    .where('userId', '=', userId)
    .orderBy('id')

/** Removes a passkey unless it is the only way in. Returns what was found: nothing, too little, or one that is gone. */
export async function removePasskeyRow(tx: Writer, userId: string, id: string): Promise<'none' | 'last' | 'removed'> {
  const all = await tx.selectFrom('commons.passkeys').select('id').where('userId', '=', userId).forUpdate().execute()
  if (!all.some((row) => row.id === id)) return 'none'
  const [other] = await tx.selectFrom('commons.accounts').select('id').where('userId', '=', userId).limit(1).execute()
  if (other === undefined && all.length === 1) return 'last'
  await tx.deleteFrom('commons.passkeys').where('userId', '=', userId).where('id', '=', id).execute()
  return 'removed'
}

/** Remembers something of what was begun: the way by which somebody came who owes the second factor, who moves. */
export async function noteBegun(tx: Writer, id: string, value: string, keptMs: number): Promise<void> {
  const kept = { value, expiresAt: sql<Date>`now() + ${keptMs} * interval '1 millisecond'` }
  await tx
    .insertInto('commons.verifications')
    .values({ id, identifier: id, ...kept })
    // The library tells tokens of one second apart by nothing: who asks twice has the same one.
    .onConflict((conflict) => conflict.column('id').doUpdateSet(kept))
    .execute()
}

/** What was remembered, once; undefined when nothing was, or not any more. */
export async function takeBegun(tx: Writer, id: string): Promise<string | undefined> {
  const row = await tx
    .deleteFrom('commons.verifications')
    .where('id', '=', id)
    .returning(['value', sql<boolean>`expires_at > now()`.as('holds')])
    .executeTakeFirst()
  return row?.holds === true ? row.value : undefined
}
