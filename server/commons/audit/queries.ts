import type { Insertable, Selectable } from 'kysely'
import type { Db, Tx } from '#platform/database/database.ts'
import type { AuditEntriesTable, CommonsTables } from '../tables.ts'

type Reader = Db<CommonsTables>

export type AuditRow = Selectable<AuditEntriesTable>

export async function insertEntry(tx: Tx<CommonsTables>, entry: Insertable<AuditEntriesTable>): Promise<void> {
  await tx.insertInto('commons.auditEntries').values(entry).execute()
}

/** Whose entries: those of a workspace, or those about one person's account. */
export type Whose = { readonly workspaceId: string } | { readonly personId: string }

/** What narrows them down. */
export interface Narrowing {
  readonly action?: string
  readonly actorId?: string
  readonly targetKind?: string
  readonly targetId?: string
  readonly from?: string
  readonly to?: string
}

const matching = (db: Reader, whose: Whose, { action, actorId, targetKind, targetId, from, to }: Narrowing) =>
  db
    .selectFrom('commons.auditEntries as e')
    .where((eb) =>
      'workspaceId' in whose ? eb('e.workspaceId', '=', whose.workspaceId) : eb('e.personId', '=', whose.personId),
    )
    .$if(action !== undefined, (query) => query.where('e.action', '=', action ?? ''))
    .$if(actorId !== undefined, (query) => query.where('e.actorId', '=', actorId ?? ''))
    .$if(targetKind !== undefined, (query) => query.where('e.targetKind', '=', targetKind ?? ''))
    .$if(targetId !== undefined, (query) => query.where('e.targetId', '=', targetId ?? ''))
    .$if(from !== undefined, (query) => query.where('e.createdAt', '>=', new Date(from ?? '')))
    .$if(to !== undefined, (query) => query.where('e.createdAt', '<', new Date(to ?? '')))
    .orderBy('e.id', 'desc')

/** At most `limit` entries, newest first; `after` is the last one of the page before. */
export const entries = (
  db: Reader,
  whose: Whose,
  page: Narrowing & { readonly after: string | null; readonly limit: number },
) =>
  matching(db, whose, page)
    .selectAll('e')
    .$if(page.after !== null, (query) => query.where('e.id', '<', page.after ?? ''))
    .limit(page.limit)

/** From where and with what something of one's own account was done, the newest first. */
export const circumstancesOf = (db: Reader, personId: string, action: string, limit: number) =>
  matching(db, { personId }, { action }).select(['e.address', 'e.userAgent']).limit(limit)

/** The entry with so many newer ones before it; no row when there are not so many. */
export const entryAt = (db: Reader, whose: Whose, narrowing: Narrowing, offset: number) =>
  matching(db, whose, narrowing).select('e.id').offset(offset).limit(1)
