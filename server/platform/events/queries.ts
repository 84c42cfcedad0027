import { type Insertable, sql } from 'kysely'
import type { ColumnDefault } from '../database/columns.ts'
import type { Db, StatementDb, Tx } from '../database/database.ts'

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
    /** In the order of telling, without holes; null until it is placed. */
    position: number | null
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

/** Gives at most `limit` waiting events their place and answers how many got one. Scope: system. */
export const placeEvents = (db: StatementDb<unknown>, limit: number) =>
  db.selectNoFrom(sql<number>`platform.place_events(${limit})`.as('count'))

/** An event in the order of telling. */
export interface PlacedEvent extends RecordedEvent {
  readonly position: number
}

const placed = (db: Db<EventTables>, after: number) =>
  db
    .selectFrom('platform.events')
    .select([...COLUMNS, 'position'])
    .where('position', '>', after)
    .$narrowType<{ position: number }>()
    .orderBy('position')

/** The next events behind a position, in order. Scope: system. */
export const placedAfter = (db: Db<EventTables>, after: number, limit: number) => placed(db, after).limit(limit)

/** The events of these subjects behind `after`, up to `until`, in order. Scope: system. */
export const placedOf = (
  db: Db<EventTables>,
  wanted: { readonly subjects: readonly string[]; readonly after: number; readonly until: number },
  limit: number,
) =>
  placed(db, wanted.after)
    .where('subject', 'in', [...wanted.subjects])
    .where('position', '<=', wanted.until)
    .limit(limit)

/** The last event that has a place; nothing when none has. Scope: system. */
export const lastPlaced = (db: Db<EventTables>) =>
  db
    .selectFrom('platform.events')
    .select(['id', 'position'])
    .where('position', 'is not', null)
    .$narrowType<{ position: number }>()
    .orderBy('position', 'desc')
    .limit(1)

/** Where an event stands in the order; nothing when there is no such event (any more), or it waits. Scope: system. */
export const positionOf = (db: Db<EventTables>, id: string) =>
  db
    .selectFrom('platform.events')
    .select('position')
    .where('id', '=', id)
    .where('position', 'is not', null)
    .$narrowType<{ position: number }>()
