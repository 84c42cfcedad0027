import { isId } from '#kernel/ids.ts'
import type { Database, Tx } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import { type MailTables, recipientOf, settleMail, suppress } from './queries.ts'
import { type DeliveryReport, type RecipientReport, deliveryReport } from './report.ts'
import { answerOf, isDeadStatus, statusIn } from './verdict.ts'

const mails = handle<MailTables>()

/** What a report came to: noted, or why it changed nothing. */
export type ReportOutcome = 'bounced' | 'not-a-report' | 'no-failure' | 'unknown-mail'

/**
 * Notes what a raw mail from another server says about one of ours that could not be delivered: the mail is bounced, and
 * an address that is gone gets no more. A report counts only when it names a mail that went to the very address it
 * speaks of, so that a forged one can do harm to nobody but whoever got that mail. Idempotent.
 */
export function noteDeliveryReport(database: Database, raw: string): Promise<ReportOutcome> {
  const report = deliveryReport(raw)
  if (report === null) return Promise.resolve('not-a-report')
  return mails.write({ database, scope: systemScope }, (tx) => note(tx, report))
}

async function note(tx: Tx<MailTables>, report: DeliveryReport): Promise<ReportOutcome> {
  const failures = report.recipients.filter(({ action }) => action === 'failed')
  if (failures.length === 0) return 'no-failure'
  const mailId = mailIdOf(report)
  const mail = mailId === null ? undefined : await recipientOfMail(tx, mailId)
  const failure = failures.find(({ address }) => address === mail?.recipient.toLowerCase())
  if (mailId === null || mail === undefined || failure === undefined) return 'unknown-mail'
  const words = [failure.status, answerOf(failure.diagnostic)].filter((part) => part !== '').join(' ')
  await settleMail(tx, mailId, { state: 'bounced', note: `reported: ${words}`, from: ['sending', 'sent', 'failed'] })
  if (isGone(failure)) await suppress(tx, mail.recipient, `reported: ${words}`)
  return 'bounced'
}

function recipientOfMail(tx: Tx<MailTables>, mailId: string): Promise<{ recipient: string } | undefined> {
  return recipientOf(tx, mailId).executeTakeFirst()
}

function isGone({ status, diagnostic }: RecipientReport): boolean {
  return isDeadStatus(statusIn(status)) || isDeadStatus(statusIn(diagnostic))
}

/** Both names of the mail hold its id: the envelope's, and the one before the @ of its Message-ID. */
function mailIdOf({ envelopeId, messageId }: DeliveryReport): string | null {
  const named = [envelopeId, messageId?.split('@', 1)[0]]
  return named.find((id): id is string => typeof id === 'string' && isId(id)) ?? null
}
