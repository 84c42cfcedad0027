import { isId } from '#kernel/ids.ts'
import type { Config, Flags } from '#platform/config/config.ts'
import { isDataFolder } from '#platform/config/data-folder.ts'
import { ExitCode, StartFailure } from '#platform/config/start-failure.ts'
import type { Database } from '#platform/database/database.ts'
import { type ReportOutcome, noteDeliveryReport } from '#platform/mail/bounces.ts'
import { type OutboxMail, inOutbox, newestInOutbox, releaseAddress } from '#platform/mail/outbox.ts'
import { REPORT_MAX_BYTES } from '#platform/mail/report.ts'
import { createLogger } from '#platform/observability/log.ts'
import { withPools } from '../install.ts'
import { withDatabase } from './hold.ts'
import { print, printJson, say } from './output.ts'
import { withConfig } from './settings.ts'

/** What is asked of the outbox, as written. */
export interface OutboxFlags extends Flags {
  readonly id?: string
  readonly limit?: string
  readonly json?: boolean
  readonly release?: string
  readonly report?: boolean
}

const LIMIT = 20
const LIMIT_MAX = 1000

/**
 * Prints mails, newest first, with what they say as long as it is kept; or lifts the suppression of an address; or notes
 * the report on stdin. Works whether or not a server holds the folder.
 */
export async function outbox(flags: OutboxFlags): Promise<ExitCode> {
  const limit = /^\d{1,4}$/.test(flags.limit ?? String(LIMIT)) ? Number(flags.limit ?? LIMIT) : 0
  if (limit < 1 || limit > LIMIT_MAX || (flags.id !== undefined && !isId(flags.id))) {
    say(limit < 1 || limit > LIMIT_MAX ? `--limit must be a number from 1 to ${LIMIT_MAX}` : '--id must be an id')
    return ExitCode.usage
  }
  return withConfig(flags, async (config) => {
    // Read first: nobody's folder is held while somebody types.
    const raw = flags.report === true ? await readReport() : null
    return withOutbox(config, async (database) => {
      if (raw !== null) return tellReport(await noteDeliveryReport(database, raw))
      if (flags.release !== undefined) return release(database, flags.release)
      if (flags.id === undefined) {
        const mails = await newestInOutbox(database, limit)
        if (mails.length === 0 && flags.json !== true) say('the outbox is empty')
        for (const mail of mails) show(mail, flags.json === true)
        return ExitCode.done
      }
      const mail = await inOutbox(database, flags.id)
      if (mail === null) throw new StartFailure('there is no such mail')
      show(mail, flags.json === true)
      return ExitCode.done
    })
  })
}

function show(mail: OutboxMail, asJson: boolean): void {
  if (asJson) return printJson(mail)
  const { id, createdAt, kind, to, subject, state, note, text } = mail
  print(`${id}  ${createdAt.toISOString()}  ${kind}`)
  print(`To: ${to}`)
  print(`Subject: ${subject}`)
  print(`State: ${state}${note === null || note === '' ? '' : `, ${note}`}`)
  if (text !== null) print(`\n${text.trimEnd().replaceAll(/^(?=.)/gm, '  ')}`)
  print('')
}

async function release(database: Database, address: string): Promise<ExitCode> {
  const wasHeld = await releaseAddress(database, address)
  say(wasHeld ? 'mails go to this address again' : 'no mail was held back from this address')
  return wasHeld ? ExitCode.done : ExitCode.failed
}

const TOLD = {
  bounced: 'noted',
  'not-a-report': 'this is no delivery report',
  'no-failure': 'the report tells of no failure',
  'unknown-mail': 'the report is about no mail of ours',
} as const satisfies Record<ReportOutcome, string>

// A mail server that hands reports to this command must not send back what there is nothing to do about.
function tellReport(outcome: ReportOutcome): ExitCode {
  say(TOLD[outcome])
  return ExitCode.done
}

async function readReport(): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > REPORT_MAX_BYTES) throw new StartFailure('what comes on stdin is too large for a report')
    chunks.push(chunk)
  }
  // Headers are ASCII, and what is not in a report is of no interest.
  return Buffer.concat(chunks).toString('latin1')
}

/** Calls `work` with the database as the system's role reaches it. */
async function withOutbox(config: Config, work: (database: Database) => Promise<ExitCode>): Promise<ExitCode> {
  if (!isDataFolder(config.dataDir)) {
    throw new StartFailure(`there is no data folder at ${config.dataDir}: name another with --data`)
  }
  return withDatabase(config, 'outbox', createLogger(config.logLevel), (connection, root) =>
    withPools({ connection, root }, 'outbox', work),
  )
}
