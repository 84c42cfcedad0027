import { sql } from 'kysely'
import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db, StatementDb, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { AiConnectionsTable, CommonsTables } from '../tables.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

export type ConnectionRow = Selectable<AiConnectionsTable>
export type ConnectionChange = Updateable<AiConnectionsTable>

/** The connections of a workspace in the order in which they are asked. */
export const connectionsOf = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.aiConnections')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('place')
    .orderBy('id')

export const connectionById = (db: Reader, workspaceId: string, id: string) =>
  connectionsOf(db, workspaceId).where('id', '=', id)

export const connectionCount = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.aiConnections')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)

export function insertConnection(tx: Writer, row: Insertable<AiConnectionsTable>): Promise<ConnectionRow> {
  return tx.insertInto('commons.aiConnections').values(row).returningAll().executeTakeFirstOrThrow()
}

export function updateConnection(tx: Writer, id: string, set: ConnectionChange): Promise<ConnectionRow | undefined> {
  return tx
    .updateTable('commons.aiConnections')
    .set((eb) => ({ ...set, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
}

export async function deleteConnection(tx: Writer, workspaceId: string, id: string): Promise<void> {
  await tx.deleteFrom('commons.aiConnections').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

export const keysSealedWith = (
  db: Reader,
  keyIds: readonly string[],
  page: { readonly after: string | null; readonly limit: number },
) =>
  db
    .selectFrom('commons.aiConnections')
    .select(['id as rowId', 'workspaceId', sql<string>`sealed_key`.as('sealed')])
    .where(sql<string>`split_part(sealed_key, '.', 2)`, '=', sql<string>`any(${[...keyIds]}::text[])`)
    .$if(page.after !== null, (query) => query.where('id', '>', page.after ?? ''))
    .orderBy('id')
    .limit(page.limit)

export const resealKey = (db: StatementDb<CommonsTables>, id: string, from: string, to: string) =>
  db.updateTable('commons.aiConnections').set({ sealedKey: to }).where('id', '=', id).where('sealedKey', '=', from)
