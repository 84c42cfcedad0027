import type { Insertable } from 'kysely'
import type { ColumnDefault } from '../database/columns.ts'
import type { Db, Tx } from '../database/database.ts'

/** The tables of events. */
export interface EventTables {
  'platform.events': {
    id: string
    type: string
    version: number
    workspaceId: string | null
    subject: string
    data: unknown
    at: ColumnDefault<Date>
  }
  'platform.eventDeliveries': { eventId: string; consumer: string; at: ColumnDefault<Date> }
}

/** An event as it was written. `data` matched the schema of its type and version then. */
export interface RecordedEvent {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly workspaceId: string | null
  readonly subject: string
  readonly data: unknown
  readonly at: Date
}

const COLUMNS = ['id', 'type', 'version', 'workspaceId', 'subject', 'data', 'at'] as const

/** What happened to a subject, oldest first, at most `limit` (default 100); `afterId` is the last one of the page before. */
export function eventsOf(
  db: Db<EventTables>,
  subject: string,
  options: { readonly limit?: number; readonly afterId?: string } = {},
): Promise<RecordedEvent[]> {
  let query = db.selectFrom('platform.events').select(COLUMNS).where('subject', '=', subject).orderBy('id')
  if (options.afterId !== undefined) query = query.where('id', '>', options.afterId)
  return query.limit(options.limit ?? 100).execute()
}

export async function eventById(db: Db<EventTables>, id: string): Promise<RecordedEvent | undefined> {
  return db.selectFrom('platform.events').select(COLUMNS).where('id', '=', id).executeTakeFirst()
}

/** Notes that a consumer will hear of an event. False when that was noted before. */
export async function noteDelivery(
  tx: Tx<EventTables>,
  delivery: Insertable<EventTables['platform.eventDeliveries']>,
): Promise<boolean> {
  const rows = await tx
    .insertInto('platform.eventDeliveries')
    .values(delivery)
    .onConflict((conflict) => conflict.doNothing())
    .returning('consumer')
    .execute()
  return rows.length > 0
}
