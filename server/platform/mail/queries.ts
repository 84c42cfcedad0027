import { sql } from 'kysely'
import type { ColumnDefault } from '../database/columns.ts'
import type { Db, Tx } from '../database/database.ts'

/** `sending` is being sent, or waits for its next try; `held` was kept back, and `note` says why. */
export type MailState = 'queued' | 'sending' | 'sent' | 'failed' | 'bounced' | 'held'

interface MailsTable {
  id: string
  workspaceId: string | null
  userId: string | null
  kind: string
  recipient: string
  mailbox: string
  essential: boolean
  perHour: number
  dedupeKey: string | null
  subject: string
  textPart: string | null
  htmlPart: string | null
  state: ColumnDefault<MailState>
  note: string | null
  attempts: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  takenAt: Date | null
  settledAt: Date | null
}

interface MailSuppressionsTable {
  address: string
  note: string
  createdAt: ColumnDefault<Date>
}

/** The tables of mails. Requests only write them; everything else happens in the scope of the system. */
export interface MailTables {
  'platform.mails': MailsTable
  'platform.mailSuppressions': MailSuppressionsTable
}

type Reader = Db<MailTables>
type Writer = Tx<MailTables>

export interface NewMail {
  readonly id: string
  readonly workspaceId: string | null
  readonly userId: string | null
  readonly kind: string
  readonly recipient: string
  readonly mailbox: string
  readonly essential: boolean
  readonly perHour: number
  readonly dedupeKey: string | null
  readonly subject: string
  readonly textPart: string
  readonly htmlPart: string
}

/** Writes a mail, unless its key was used before. Returns whether it was written. */
export async function insertMail(tx: Writer, mail: NewMail): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('platform.mails')
    .values(mail)
    // without naming the index: whoever writes mails may not read them
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

const MAIL_COLUMNS = [
  'id',
  'workspaceId',
  'kind',
  'recipient',
  'subject',
  'textPart',
  'htmlPart',
  'state',
  'note',
  'attempts',
  'createdAt',
  'settledAt',
] as const

/** A mail that is not settled, locked until the transaction ends. */
export const lockedUnsettled = (tx: Writer, id: string) =>
  tx
    .selectFrom('platform.mails')
    .select([...MAIL_COLUMNS, 'mailbox', 'essential', 'perHour', 'takenAt'])
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'sending'])
    .forUpdate()

/** Has mails to one mailbox counted one after the other. */
export async function holdMailbox(tx: Writer, mailbox: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`mailbox:${mailbox}`}, 0))`.execute(tx)
}

/** How many mails to this mailbox were taken within the last hour: of this kind, and of all kinds. */
export const takenWithinHour = (tx: Writer, mailbox: string, kind: string) =>
  tx
    .selectFrom('platform.mails')
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere('kind', '=', kind).as('ofKind'),
      eb.fn.countAll<number>().as('ofAll'),
    ])
    .where('mailbox', '=', mailbox)
    .where('takenAt', '>', sql<Date>`now() - interval '1 hour'`)

export const suppressionOf = (tx: Writer, address: string) =>
  tx.selectFrom('platform.mailSuppressions').select('note').where('address', '=', address.toLowerCase())

/** Writes that somebody is about to send the mail. */
export async function markSending(tx: Writer, id: string): Promise<void> {
  await tx
    .updateTable('platform.mails')
    .set({
      state: 'sending',
      takenAt: sql<Date>`coalesce(taken_at, now())`,
      attempts: sql<number>`attempts + 1`,
    })
    .where('id', '=', id)
    .execute()
}

/** Writes what the last try came to, of a mail that will be tried again. */
export async function noteDelay(tx: Writer, id: string, note: string): Promise<void> {
  await tx.updateTable('platform.mails').set({ note }).where('id', '=', id).where('state', '=', 'sending').execute()
}

/** Keeps a mail to be read here; it counts as taken. */
export async function keepMail(tx: Writer, id: string, note: string): Promise<void> {
  await tx
    .updateTable('platform.mails')
    .set({ state: 'held', note, takenAt: sql<Date>`coalesce(taken_at, now())`, settledAt: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/**
 * Ends a mail, if it is in one of the states `from`, and forgets what it says. Returns whether it was.
 */
export async function settleMail(
  tx: Writer,
  id: string,
  settled: { readonly state: MailState; readonly note: string; readonly from: readonly MailState[] },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('platform.mails')
    .set({ state: settled.state, note: settled.note, textPart: null, htmlPart: null, settledAt: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', 'in', [...settled.from])
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export const recipientOf = (tx: Writer, id: string) =>
  tx.selectFrom('platform.mails').select('recipient').where('id', '=', id)

/** Writes that an address takes no mail; what was known of it before is replaced. */
export async function suppress(tx: Writer, address: string, note: string): Promise<void> {
  await tx
    .insertInto('platform.mailSuppressions')
    .values({ address: address.toLowerCase(), note })
    .onConflict((conflict) => conflict.column('address').doUpdateSet({ note, createdAt: sql<Date>`now()` }))
    .execute()
}

/** Forgets that an address took no mail. Returns whether that was known. */
export async function unsuppress(tx: Writer, address: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('platform.mailSuppressions')
    .where('address', '=', address.toLowerCase())
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/** Mails, newest first. */
export const newestMails = (db: Reader, limit: number) =>
  db.selectFrom('platform.mails').select(MAIL_COLUMNS).orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit)

export const mailById = (db: Reader, id: string) =>
  db.selectFrom('platform.mails').select(MAIL_COLUMNS).where('id', '=', id)

/** Ends mails that nobody works on any more: their job was lost for good. Returns how many. */
export async function failForgotten(tx: Writer, days: number): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('platform.mails')
    .set({
      state: 'failed',
      note: 'nobody sent it in time',
      textPart: null,
      htmlPart: null,
      settledAt: sql<Date>`now()`,
    })
    .where('state', 'in', ['queued', 'sending'])
    .where('createdAt', '<', daysAgo(days))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Removes mails older than `days`, and those that still say something older than `keptDays`. Returns how many. */
export async function deleteOldMails(tx: Writer, ages: { days: number; keptDays: number }): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('platform.mails')
    .where('state', 'not in', ['queued', 'sending'])
    .where((eb) =>
      eb.or([
        eb('createdAt', '<', daysAgo(ages.days)),
        eb.and([eb('textPart', 'is not', null), eb('createdAt', '<', daysAgo(ages.keptDays))]),
      ]),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Gives addresses another chance that took no mail so many days ago. Returns how many. */
export async function deleteOldSuppressions(tx: Writer, days: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('platform.mailSuppressions')
    .where('createdAt', '<', daysAgo(days))
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function daysAgo(days: number): ReturnType<typeof sql<Date>> {
  return sql<Date>`now() - ${days} * interval '1 day'`
}
