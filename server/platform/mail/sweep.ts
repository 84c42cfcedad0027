import type { Ctx } from '../context.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import { type MailTables, deleteOldMails, deleteOldSuppressions, failForgotten } from './queries.ts'

const mails = handle<MailTables>()

/** What is kept to be read, because there is no server, has links that should not lie about for long. */
const KEPT_DAYS = 7
const DAYS = 30
/** Longer than a mail is tried. */
const FORGOTTEN_DAYS = 2
/** Mailboxes come back, and who gave a wrong address may have it made. */
const SUPPRESSED_DAYS = 90

/** Removes what need not be kept, and ends mails whose job is gone. Returns how many rows it dealt with. */
export function sweepMails(ctx: Pick<Ctx, 'database'>): Promise<number> {
  return mails.write({ database: ctx.database, scope: systemScope }, async (tx) => {
    const failed = await failForgotten(tx, FORGOTTEN_DAYS)
    const deleted = await deleteOldMails(tx, { days: DAYS, keptDays: KEPT_DAYS })
    return failed + deleted + (await deleteOldSuppressions(tx, SUPPRESSED_DAYS))
  })
}
