import { sql } from 'kysely'
import type { Db, StatementDb, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'
import type { Role } from './roles.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

/** The workspaces that a person is in, with what they are there. */
const ofPerson = (db: Reader, userId: string) =>
  db
    .selectFrom('commons.workspaces as w')
    .innerJoin('commons.workspaceMembers as m', 'm.workspaceId', 'w.id')
    .select(['w.id', 'w.name', 'w.personalOf', 'w.version', 'w.createdAt', 'w.updatedAt', 'w.deletedAt', 'm.role'])
    .where('m.userId', '=', userId)

export type WorkspaceRow = Awaited<ReturnType<ReturnType<typeof ofPerson>['execute']>>[number]

const daysAgo = (days: number) => sql<Date>`now() - ${days} * interval '1 day'`

export interface WorkspaceFilter {
  readonly after: string | null
  readonly limit: number
  /** The only one that is wanted; null for all. */
  readonly only: string | null
  /** Those that were deleted at most so many days ago and are the person's to restore; null for those that stand. */
  readonly deletedWithinDays: number | null
}

export const workspacesOfPerson = (db: Reader, userId: string, filter: WorkspaceFilter) => {
  const { after, limit, only, deletedWithinDays: days } = filter
  return ofPerson(db, userId)
    .$if(days === null, (query) => query.where('w.deletedAt', 'is', null))
    .$if(days !== null, (query) => query.where('w.deletedAt', '>', daysAgo(days ?? 0)).where('m.role', '=', 'owner'))
    .$if(after !== null, (query) => query.where('w.id', '<', after ?? ''))
    .$if(only !== null, (query) => query.where('w.id', '=', only ?? ''))
    .orderBy('w.id', 'desc')
    .limit(limit)
}

/** How many workspaces somebody answers for that are not their own one. */
export const foundedCount = (db: Reader, userId: string) =>
  db
    .selectFrom('commons.workspaces')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('ownerId', '=', userId)
    .where('personalOf', 'is', null)
    .where('deletedAt', 'is', null)

export async function insertWorkspace(
  tx: Writer,
  { id, name, ownerId }: { readonly id: string; readonly name: string; readonly ownerId: string },
): Promise<void> {
  await tx.insertInto('commons.workspaces').values({ id, name, ownerId }).execute()
  await tx.insertInto('commons.workspaceMembers').values({ workspaceId: id, userId: ownerId, role: 'owner' }).execute()
}

/** What is set at a workspace that stands, or that was deleted (`deletedAt: null` then puts it back). */
export async function updateWorkspace(
  tx: Writer,
  id: string,
  at: Date,
  set: { readonly name?: string; readonly deletedAt?: Date | null },
): Promise<void> {
  await tx
    .updateTable('commons.workspaces')
    .set((eb) => ({ ...set, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

/**
 * Holds the workspace until the transaction ends: who changes its members does so one after the other. Undefined when
 * there is none (any more).
 */
export const holdWorkspace = (tx: Writer, id: string) =>
  tx
    .selectFrom('commons.workspaces')
    .select(['id', 'ownerId', 'personalOf'])
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .forUpdate()

const members = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.users as u', 'u.id', 'm.userId')
    .select(['m.userId as id', 'u.displayName', 'u.email', 'u.serviceOf', 'm.role', 'm.createdAt'])
    .where('m.workspaceId', '=', workspaceId)
    .where('u.deletedAt', 'is', null)

export type MemberRow = Awaited<ReturnType<ReturnType<typeof members>['execute']>>[number]

/** What these people are in the workspace. */
export const rolesOf = (db: Reader, workspaceId: string, userIds: readonly string[]) =>
  members(db, workspaceId).where('m.userId', 'in', [...userIds])

export const membersOfWorkspace = (
  db: Reader,
  workspaceId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
) =>
  members(db, workspaceId)
    .$if(after !== null, (query) => query.where('m.userId', '<', after ?? ''))
    .orderBy('m.userId', 'desc')
    .limit(limit)

export const memberById = (db: Reader, workspaceId: string, userId: string) =>
  members(db, workspaceId).where('m.userId', '=', userId)

export async function setRole(tx: Writer, workspaceId: string, userId: string, role: Role): Promise<void> {
  await tx
    .updateTable('commons.workspaceMembers')
    .set({ role })
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .execute()
}

export async function deleteMember(tx: Writer, workspaceId: string, userId: string): Promise<void> {
  await tx
    .deleteFrom('commons.workspaceMembers')
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .execute()
}

/** Who owns the workspace, the one who came first before the others. */
export const ownersOf = (db: Reader, workspaceId: string) =>
  members(db, workspaceId).where('m.role', '=', 'owner').orderBy('m.createdAt').orderBy('m.userId')

/** Says who answers for the workspace. */
export async function setOwner(tx: Writer, workspaceId: string, ownerId: string): Promise<void> {
  await tx.updateTable('commons.workspaces').set({ ownerId }).where('id', '=', workspaceId).execute()
}

/** Has a session work in another workspace that its person is in. Returns a row when it does. */
export const moveSession = (db: StatementDb<CommonsTables>, sessionId: string, workspaceId: string) =>
  db
    .updateTable('commons.sessions as s')
    .from('commons.workspaceMembers as m')
    .innerJoin('commons.workspaces as w', 'w.id', 'm.workspaceId')
    .set({ workspaceId })
    .where('s.id', '=', sessionId)
    .where('s.endedAt', 'is', null)
    .whereRef('m.userId', '=', 's.userId')
    .where('m.workspaceId', '=', workspaceId)
    .where('w.deletedAt', 'is', null)
    .returning('s.id')
