import { sql } from 'kysely'
import type { Db, StatementDb, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'
import type { Role } from '../workspaces/roles.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

/** Keys that nobody has revoked, with what the one as whom they act is in their workspace. */
const live = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.apiTokens as t')
    .leftJoin('commons.workspaceMembers as m', (join) =>
      join.onRef('m.workspaceId', '=', 't.workspaceId').onRef('m.userId', '=', 't.userId'),
    )
    .leftJoin('commons.users as u', 'u.id', 't.userId')
    .select([
      't.id',
      't.userId',
      't.name',
      't.permissions',
      't.createdAt',
      't.createdBy',
      't.expiresAt',
      't.lastUsedAt',
    ])
    .select(['m.role', 'u.serviceOf'])
    .where('t.workspaceId', '=', workspaceId)
    .where('t.revokedAt', 'is', null)

export type KeyRow = Awaited<ReturnType<ReturnType<typeof live>['execute']>>[number]

export const keysOfWorkspace = (
  db: Reader,
  workspaceId: string,
  filter: { readonly after: string | null; readonly limit: number; readonly userId: string | null },
) =>
  live(db, workspaceId)
    .$if(filter.after !== null, (query) => query.where('t.id', '<', filter.after ?? ''))
    .$if(filter.userId !== null, (query) => query.where('t.userId', '=', filter.userId ?? ''))
    .orderBy('t.id', 'desc')
    .limit(filter.limit)

export const keyById = (db: Reader, workspaceId: string, id: string) => live(db, workspaceId).where('t.id', '=', id)

export const keyCount = (db: Reader, workspaceId: string, userId: string) =>
  db
    .selectFrom('commons.apiTokens')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .where('revokedAt', 'is', null)

export interface NewKeyRow {
  readonly id: string
  readonly userId: string
  readonly workspaceId: string
  readonly name: string
  readonly secretHash: Buffer
  readonly permissions: readonly string[]
  readonly createdBy: string
  readonly expiresAt: Date | null
}

export async function insertKey(tx: Writer, key: NewKeyRow): Promise<Date> {
  const { createdAt } = await tx
    .insertInto('commons.apiTokens')
    .values({ ...key, permissions: [...key.permissions] })
    .returning('createdAt')
    .executeTakeFirstOrThrow()
  return createdAt
}

/** Changes a key that nobody has revoked meanwhile. Returns whether there was one. */
export async function updateKey(
  tx: Writer,
  id: string,
  set: { readonly name: string } | { readonly revokedAt: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('commons.apiTokens')
    .set(set)
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Revokes every key of somebody for a workspace. */
export async function revokeKeysOf(tx: Writer, workspaceId: string, userId: string, at: Date): Promise<void> {
  await tx
    .updateTable('commons.apiTokens')
    .set({ revokedAt: at })
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .where('revokedAt', 'is', null)
    .execute()
}

/** What somebody is in the workspace, and whether it is a service account of it. */
export const standingOf = (db: Reader, workspaceId: string, userId: string) =>
  db
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.users as u', 'u.id', 'm.userId')
    .select(['m.role', 'u.serviceOf'])
    .where('m.workspaceId', '=', workspaceId)
    .where('m.userId', '=', userId)
    .where('u.deletedAt', 'is', null)

export async function insertService(
  tx: Writer,
  service: { readonly id: string; readonly workspaceId: string; readonly name: string; readonly role: Role },
): Promise<void> {
  const { id, workspaceId, name, role } = service
  // RFC 2606 §2: no mail is ever delivered there, and nobody can prove that the address is theirs.
  const email = `${id}@service.invalid`
  await tx.insertInto('commons.users').values({ id, email, displayName: name, serviceOf: workspaceId }).execute()
  await tx.insertInto('commons.workspaceMembers').values({ workspaceId, userId: id, role }).execute()
}

export const serviceCount = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.users as u')
    .innerJoin('commons.workspaceMembers as m', 'm.userId', 'u.id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('u.serviceOf', '=', workspaceId)
    .where('m.workspaceId', '=', workspaceId)

/** Notes that keys were used, for those of which that was not noted within the last minute. */
export const noteUses = (db: StatementDb<CommonsTables>, ids: readonly string[]) =>
  db
    .updateTable('commons.apiTokens')
    .set({ lastUsedAt: sql<Date>`now()` })
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .where((eb) => eb.or([eb('lastUsedAt', 'is', null), eb('lastUsedAt', '<', sql<Date>`now() - interval '1 minute'`)]))
    .returning('id')
