import { SECOND_MS } from '#kernel/clock.ts'
import { hashOf, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '../context.ts'
import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import { Unauthenticated } from '../http/problems.ts'
import { callerOf } from './connection.ts'
import { type RealtimeTables, insertTicket, takeTicket } from './queries.ts'

/** A ticket is for the connection that is opened next. */
export const TICKET_VALID_MS = 30 * SECOND_MS
const TICKET = /^[A-Za-z0-9_-]{43}$/

const db = handle<RealtimeTables>()

const asSystem = (database: Database) => ({ database, scope: systemScope })

/** A ticket of the caller's credential: it opens one connection at any node, and is worth nothing once that is revoked. */
export async function issueTicket(ctx: Ctx): Promise<{ ticket: string; expiresAt: string }> {
  const caller = callerOf(ctx.actor)
  if (caller === null) throw Unauthenticated()
  const ticket = newSecret(32)
  const { credentialId } = caller
  const [row] = await db.writeOne(asSystem(ctx.database), (statement) =>
    insertTicket(statement, { secretHash: hashOf(ticket), credentialId, validMs: TICKET_VALID_MS }),
  )
  return { ticket, expiresAt: (row?.expiresAt ?? ctx.clock.now()).toISOString() }
}

/**
 * Uses a ticket up and answers the credential that it stands for.
 * @throws Unauthenticated when there is no such ticket (any more), or it is late
 */
export async function useTicket(database: Database, ticket: string): Promise<string> {
  const taken = TICKET.test(ticket)
    ? await db.writeOne(asSystem(database), (statement) => takeTicket(statement, hashOf(ticket)))
    : []
  const [row] = taken
  if (row?.holds !== true) throw Unauthenticated({ detail: 'The ticket is unknown, used or too old.' })
  return row.credentialId
}
