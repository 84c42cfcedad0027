import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import { type MailState, type MailTables, mailById, newestMails, unsuppress } from './queries.ts'

const mails = handle<MailTables>()
const asSystem = (database: Database) => ({ database, scope: systemScope })

/** A mail as an operator sees it. `text` is null once it was sent, or will never be. */
export interface OutboxMail {
  readonly id: string
  readonly workspaceId: string | null
  readonly kind: string
  readonly to: string
  readonly subject: string
  readonly state: MailState
  /** What the server answered, or why it is held. */
  readonly note: string | null
  readonly attempts: number
  readonly createdAt: Date
  readonly settledAt: Date | null
  readonly text: string | null
}

type Row = Omit<OutboxMail, 'to' | 'text'> & { recipient: string; textPart: string | null; htmlPart: string | null }

function asSeen({ recipient: to, textPart: text, htmlPart: _html, ...row }: Row): OutboxMail {
  return { ...row, to, text }
}

/** The newest mails, newest first, at most `limit`. */
export async function newestInOutbox(database: Database, limit: number): Promise<OutboxMail[]> {
  return (await mails.one(asSystem(database), (db) => newestMails(db, limit))).map(asSeen)
}

/** One mail, or null. */
export async function inOutbox(database: Database, id: string): Promise<OutboxMail | null> {
  const [row] = await mails.one(asSystem(database), (db) => mailById(db, id))
  return row === undefined ? null : asSeen(row)
}

/** Lets mails go to an address again that refused one. Returns whether it was suppressed. */
export function releaseAddress(database: Database, address: string): Promise<boolean> {
  return mails.write(asSystem(database), (tx) => unsuppress(tx, address))
}
