import { sql } from 'kysely'
import type { ColumnDefault } from '../database/columns.ts'
import type { Db, StatementDb } from '../database/database.ts'

/** The tables of live connections. All statements run in the scope of the system. */
export interface RealtimeTables {
  'platform.realtimeTickets': {
    secretHash: Buffer
    credentialId: string
    createdAt: ColumnDefault<Date>
    expiresAt: Date
  }
  'platform.realtimeMembers': {
    topic: string
    connectionId: string
    nodeId: string
    userId: string
    typingUntil: Date | null
    joinedAt: ColumnDefault<Date>
    expiresAt: Date
  }
}

type Reader = Db<RealtimeTables>
type Writer = StatementDb<RealtimeTables>

/** A time from now by the database's clock. */
const inMs = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`

/** Writes a ticket and removes those whose time has passed. */
export const insertTicket = (db: Writer, ticket: { secretHash: Buffer; credentialId: string; validMs: number }) =>
  db
    .with('swept', (inner) => inner.deleteFrom('platform.realtimeTickets').where('expiresAt', '<', sql<Date>`now()`))
    .insertInto('platform.realtimeTickets')
    .values({
      secretHash: ticket.secretHash,
      credentialId: ticket.credentialId,
      expiresAt: inMs(ticket.validMs),
    })
    .returning('expiresAt')

/** Takes a ticket away; the credential that it stands for, if it still holds. Of two who bring it one gets it. */
export const takeTicket = (db: Writer, secretHash: Buffer) =>
  db
    .deleteFrom('platform.realtimeTickets')
    .where('secretHash', '=', secretHash)
    .returning(['credentialId', sql<boolean>`expires_at > now()`.as('holds')])

/** A connection in a room. */
export interface Membership {
  readonly topic: string
  readonly connectionId: string
  readonly userId: string
}

/** Writes memberships of this node, or renews them. */
export const keepMembers = (db: Writer, nodeId: string, members: readonly Membership[], validMs: number) =>
  db
    .insertInto('platform.realtimeMembers')
    .values(members.map((member) => ({ ...member, nodeId, typingUntil: null, expiresAt: inMs(validMs) })))
    .onConflict((conflict) =>
      conflict.columns(['topic', 'connectionId']).doUpdateSet((eb) => ({ expiresAt: eb.ref('excluded.expiresAt') })),
    )

/** Says that somebody is typing, for a while. */
export const markTyping = (db: Writer, topic: string, connectionId: string, validMs: number) =>
  db
    .updateTable('platform.realtimeMembers')
    .set({ typingUntil: inMs(validMs) })
    .where('topic', '=', topic)
    .where('connectionId', '=', connectionId)

export const removeMember = (db: Writer, topic: string, connectionId: string) =>
  db.deleteFrom('platform.realtimeMembers').where('topic', '=', topic).where('connectionId', '=', connectionId)

export const removeNode = (db: Writer, nodeId: string) =>
  db.deleteFrom('platform.realtimeMembers').where('nodeId', '=', nodeId).returning('topic')

/** Removes members whose node has not renewed them; returns their rooms. */
export const removeExpired = (db: Writer) =>
  db
    .deleteFrom('platform.realtimeMembers')
    .where('expiresAt', '<', sql<Date>`now()`)
    .returning('topic')

/** Who is in a room, each person once; `typingMs` is how long the word of typing still holds, 0 for who is not. */
export const membersOf = (db: Reader, topic: string, limit: number) =>
  db
    .selectFrom('platform.realtimeMembers')
    .select([
      'userId',
      sql<number>`count(*)`.as('connections'),
      sql<number>`greatest(0, coalesce(extract(epoch from max(typing_until) - now()), 0) * 1000)::integer`.as(
        'typingMs',
      ),
    ])
    .where('topic', '=', topic)
    .where('expiresAt', '>', sql<Date>`now()`)
    .groupBy('userId')
    .orderBy('userId')
    .limit(limit)

/** Says words on a channel to every process that listens. */
export const sayAll = (db: Reader, channel: string, words: readonly string[]) =>
  db
    .selectFrom(sql<{ word: string }>`unnest(${words}::text[])`.as<'w'>(sql`w(word)`))
    .select(sql<null>`pg_notify(${channel}, w.word)`.as('said'))
