import type { Static, TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { newId } from '#kernel/ids.ts'
import type { Tx, Writing } from '../database/database.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { isMailAddress, mailboxOf } from './address.ts'
import { compose } from './compose.ts'
import type { Mail } from './definition.ts'
import { sendingJob } from './job.ts'
import { type MailTables, insertMail } from './queries.ts'

/** Whom a mail goes to, and whose it is. */
export interface Addressing {
  readonly to: string
  /** The person that it goes to, where one is known. */
  readonly userId: string | null
  /** The workspace on whose behalf it is sent; null for what concerns the person alone. */
  readonly workspaceId: string | null
  /** Of one kind, one mail has this key within the workspace; null: as often as it is asked for. At most 200 characters. */
  readonly dedupeKey: string | null
  /** `ctx.publicUrl`: links below it may stand in the mail, and it says where the mail comes from. */
  readonly publicUrl: string
}

/** What the queue needs to know of the job; who works on it is known where the way to the server is. */
const sending = sendingJob(() => Promise.reject(new Error('This declaration only enqueues')))

/**
 * Has a mail sent when the transaction commits, and never when it does not. Returns its id, or null when its key was used
 * before: nothing is written then. Whether it may go to this address, and how many go there, is seen to when it is sent,
 * so that who asks for a mail learns nothing of others. Data that does not fit its schema and what is no address are bugs
 * of the caller and throw.
 */
export async function sendMail<S extends TSchema>(
  tx: Writing,
  mail: Mail<S>,
  data: Static<S>,
  addressing: Addressing,
): Promise<string | null> {
  const { to, userId, workspaceId, dedupeKey, publicUrl } = addressing
  invariant(mail.accepts(data), `${mail.name}: the data does not match its schema`)
  invariant(isMailAddress(to), `${mail.name}: the recipient is no address`)
  const { subject, text, html } = compose(mail.write(data), publicUrl)
  const id = newId<'Mail'>()
  const { name: kind, essential, perHour } = mail
  const isNew = await insertMail(tx as unknown as Tx<MailTables>, {
    ...{ id, workspaceId, userId, kind, recipient: to, mailbox: mailboxOf(to), essential, perHour, dedupeKey },
    ...{ subject, textPart: text, htmlPart: html },
  })
  if (!isNew) return null
  await enqueue(tx, sending, { mailId: id })
  return id
}
