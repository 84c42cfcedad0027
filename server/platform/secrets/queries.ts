import { sql } from 'kysely'
import type { ColumnDefault } from '../database/columns.ts'
import type { Db, StatementDb, Tx } from '../database/database.ts'

/** The tables of keys. */
export interface KeyTables {
  'platform.rootKey': {
    id: ColumnDefault<number>
    kekId: string
    sealed: string
    createdAt: ColumnDefault<Date>
    rotatedAt: Date | null
  }
  'platform.dataKeys': {
    id: string
    /** Null for what belongs to no workspace. */
    workspaceId: string | null
    kekId: string
    wrapped: string
    createdAt: ColumnDefault<Date>
    retiredAt: Date | null
    resealedAt: Date | null
  }
}

type Reader = Db<KeyTables>
type Writer = Tx<KeyTables>

/** A data key as it is kept. */
export interface WrappedKey {
  readonly id: string
  readonly workspaceId: string | null
  readonly kekId: string
  readonly wrapped: string
}

const WRAPPED = ['id', 'workspaceId', 'kekId', 'wrapped'] as const

const ofWorkspace = (workspaceId: string | null) => sql<boolean>`workspace_id is not distinct from ${workspaceId}::uuid`

export const keyAtWork = (db: Reader, workspaceId: string | null) =>
  db.selectFrom('platform.dataKeys').select(WRAPPED).where(ofWorkspace(workspaceId)).where('retiredAt', 'is', null)

export const keyById = (db: Reader, id: string) =>
  db.selectFrom('platform.dataKeys').select(WRAPPED).where('id', '=', id)

/** The root, held against a rotation until the transaction ends. */
export const rootForMaking = (tx: Writer) => tx.selectFrom('platform.rootKey').select('kekId').forShare()

/** The root, held against everybody until the transaction ends. */
export const rootForRotating = (tx: Writer) => tx.selectFrom('platform.rootKey').select(['kekId', 'sealed']).forUpdate()

/** Adds a data key, if its workspace has none at work. */
export async function insertKey(tx: Writer, key: WrappedKey): Promise<void> {
  await tx
    .insertInto('platform.dataKeys')
    .values(key)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Keys that are not wrapped with this one, in the order of their ids. */
export const keysWrappedOtherwise = (tx: Writer, kekId: string, after: string | null, limit: number) =>
  tx
    .selectFrom('platform.dataKeys')
    .select(WRAPPED)
    .where('kekId', '<>', kekId)
    .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)

/** Keeps these keys in their new wrapping. */
export async function rewrapKeys(tx: Writer, kekId: string, keys: readonly WrappedKey[]): Promise<void> {
  const [ids, wrapped] = [keys.map(({ id }) => id), keys.map((key) => key.wrapped)]
  await sql`update platform.data_keys k set kek_id = ${kekId}, wrapped = n.wrapped
    from unnest(${ids}::uuid[], ${wrapped}::text[]) as n (id, wrapped) where k.id = n.id`.execute(tx)
}

/** Retires every key at work: the next seal of each workspace begins a new one. */
export async function retireKeys(tx: Writer): Promise<void> {
  await tx
    .updateTable('platform.dataKeys')
    .set({ retiredAt: sql<Date>`now()` })
    .where('retiredAt', 'is', null)
    .execute()
}

export async function replaceRoot(tx: Writer, root: { kekId: string; sealed: string }): Promise<void> {
  await tx
    .updateTable('platform.rootKey')
    .set({ ...root, rotatedAt: sql<Date>`now()` })
    .execute()
}

/** Retired keys with which something may still be sealed, the oldest first. */
export const keysToReseal = (db: Reader, limit: number) =>
  db
    .selectFrom('platform.dataKeys')
    .select('id')
    .where('retiredAt', 'is not', null)
    .where('resealedAt', 'is', null)
    .orderBy('retiredAt')
    .orderBy('id')
    .limit(limit)

/**
 * Notes that nothing is sealed with these keys any more, unless they were retired only just now: what they sealed in
 * transactions that were open then may not have been seen.
 */
export const noteResealed = (db: StatementDb<KeyTables>, ids: readonly string[], settledMs: number) =>
  db
    .updateTable('platform.dataKeys')
    .set({ resealedAt: sql<Date>`now()` })
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .where('retiredAt', '<', sql<Date>`now() - make_interval(secs => ${settledMs / 1000})`)
