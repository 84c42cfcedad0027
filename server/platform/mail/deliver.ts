import { systemScope } from '../database/scope.ts'
import { type HasDatabase, handle } from '../database/handle.ts'
import type { Tx } from '../database/database.ts'
import type { JobCtx } from '../jobs/job.ts'
import { SEND_RETRIES } from './job.ts'
import type { CountMail, MailOutcome } from './metrics.ts'
import { NotTaken, type OutgoingMail, type Post } from './post.ts'
import {
  type MailTables,
  holdMailbox,
  keepMail,
  lockedUnsettled,
  markSending,
  noteDelay,
  settleMail,
  suppress,
  suppressionOf,
  takenWithinHour,
  unsuppress,
} from './queries.ts'
import { type Refusal, verdictOf } from './verdict.ts'

/** How many mails one mailbox gets within an hour, of all kinds that are not essential. */
const MOST_PER_HOUR = 20

const mails = handle<MailTables>()
const asSystem = (ctx: HasDatabase): HasDatabase => ({ database: ctx.database, scope: systemScope })

/** What sends mails. */
export interface Delivery {
  /** null: there is no server, and mails are kept here. */
  readonly post: Post | null
  readonly count: CountMail
}

/**
 * Sends one mail and writes down what came of it. A mail that was settled is left alone. When the process dies between
 * the server's word and ours the mail is sent again, with the same Message-ID: twice is better than never.
 * @throws NotTaken when it is to be tried again
 */
export async function deliver(ctx: JobCtx, delivery: Delivery, mailId: string, signal: AbortSignal): Promise<void> {
  const { post, count } = delivery
  const taken = await mails.write(asSystem(ctx), (tx) => take(tx, mailId, post !== null))
  if (taken === null) return
  if ('held' in taken) {
    count(taken.held)
    if (taken.held !== 'kept') ctx.log.warn({ mailId, kind: taken.kind, why: taken.held }, 'a mail was held back')
    return
  }
  if (post === null) return
  try {
    const answer = await post.send(taken.mail, signal)
    await mails.write(asSystem(ctx), async (tx) => {
      await settleMail(tx, mailId, { state: 'sent', note: answer, from: ['sending'] })
      // Its server takes mail for this address again.
      await unsuppress(tx, taken.mail.to)
    })
    count('sent')
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error
    const outcome = await settleRefused(ctx, taken.mail, error.refusal)
    count(outcome)
    if (outcome === 'later') throw error
    ctx.log.warn({ mailId, kind: taken.kind, outcome, replyCode: error.refusal.replyCode }, 'a mail was not delivered')
  }
}

type Taken =
  | { readonly mail: OutgoingMail; readonly kind: string }
  | { readonly held: 'kept' | 'suppressed' | 'limited'; readonly kind: string }

/** Takes the mail for sending, or holds it back; null when there is nothing to do. */
async function take(tx: Tx<MailTables>, mailId: string, hasPost: boolean): Promise<Taken | null> {
  const row = await lockedUnsettled(tx, mailId).executeTakeFirst()
  if (row === undefined || row.textPart === null || row.htmlPart === null) return null
  const { kind } = row
  if (row.takenAt === null) {
    const holding = await reasonToHold(tx, row)
    if (holding !== null) {
      await settleMail(tx, mailId, { state: 'held', note: holding.note, from: ['queued'] })
      return { held: holding.why, kind }
    }
  }
  if (!hasPost) {
    await keepMail(tx, mailId, 'there is no mail server (SMTP_URL)')
    return { held: 'kept', kind }
  }
  await markSending(tx, mailId)
  const { id, recipient: to, subject, textPart: text, htmlPart: html, createdAt } = row
  return { mail: { id, to, subject, text, html, createdAt }, kind }
}

async function reasonToHold(
  tx: Tx<MailTables>,
  row: { recipient: string; mailbox: string; kind: string; essential: boolean; perHour: number },
): Promise<{ readonly why: 'suppressed' | 'limited'; readonly note: string } | null> {
  if (!row.essential) {
    const suppression = await suppressionOf(tx, row.recipient).executeTakeFirst()
    if (suppression !== undefined) {
      return { why: 'suppressed', note: `the address refused a mail before: ${suppression.note}` }
    }
  }
  await holdMailbox(tx, row.mailbox)
  const taken = await takenWithinHour(tx, row.mailbox, row.kind).executeTakeFirstOrThrow()
  if (taken.ofKind >= row.perHour) {
    return { why: 'limited', note: `the mailbox had ${row.perHour} of these within the hour` }
  }
  if (!row.essential && taken.ofAll >= MOST_PER_HOUR) {
    return { why: 'limited', note: `the mailbox had ${MOST_PER_HOUR} mails within the hour` }
  }
  return null
}

async function settleRefused(ctx: JobCtx, mail: OutgoingMail, refusal: Refusal): Promise<MailOutcome> {
  const verdict = verdictOf(refusal)
  const note = [refusal.command, refusal.answer].filter((part) => part !== null && part !== '').join(': ')
  return mails.write(asSystem(ctx), async (tx) => {
    if (verdict.outcome === 'later') {
      if (ctx.job.attempt <= SEND_RETRIES) {
        await noteDelay(tx, mail.id, note)
        return 'later'
      }
      await settleMail(tx, mail.id, { state: 'failed', note: `given up: ${note}`, from: ['sending'] })
      return 'failed'
    }
    await settleMail(tx, mail.id, { state: verdict.outcome, note, from: ['sending'] })
    if (verdict.outcome === 'bounced' && verdict.isDead) await suppress(tx, mail.to, note)
    return verdict.outcome
  })
}
