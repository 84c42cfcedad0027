import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SmtpDouble } from '#tests/doubles/smtp/double.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { noteDeliveryReport } from './bounces.ts'
import { mailWorker, rows, send, smtpOf } from './fixtures/support.ts'
import { newestInOutbox, releaseAddress } from './outbox.ts'
import { deliveryReport } from './report.ts'
import { sweepMails } from './sweep.ts'

let db: TestDatabase
let server: SmtpDouble
beforeAll(async () => {
  ;[db, server] = await Promise.all([testDatabase(), SmtpDouble.start()])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

interface Told {
  readonly envelopeId?: string
  readonly messageId?: string
  readonly recipient?: string
  readonly action?: string
  readonly status?: string
}

/** A report as mail servers write it: three parts, folded fields, words for people first. */
function report({
  envelopeId,
  messageId,
  recipient = 'ada@example.org',
  action = 'failed',
  status = '5.1.1',
}: Told): string {
  return [
    'Return-Path: <>',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="A=_b/1"',
    'Subject: Undelivered Mail Returned to Sender',
    '',
    'This is a MIME-encapsulated message.',
    '--A=_b/1',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'Final-Recipient: rfc822; somebody-else@example.org',
    '--A=_b/1',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mail.example.net',
    ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
    'Arrival-Date: Sat, 21 Nov 2026 12:00:00 +0000',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Original-Recipient: rfc822;${recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    'Diagnostic-Code: smtp; 550 5.1.1 <ada@example.org>: no such user,',
    '    see https://mail.example.net/help?for=ada',
    '',
    '--A=_b/1',
    'Content-Type: text/rfc822-headers',
    '',
    'Received: by mail.example.net',
    ...(messageId === undefined ? [] : [`Message-ID: <${messageId}>`]),
    'Subject: Choose a new password',
    '--A=_b/1--',
    '',
  ].join('\r\n')
}

/** A mail that was sent to this address, and its id. */
async function sentTo(address: string): Promise<string> {
  await using jobs = await mailWorker(db, smtpOf(server))
  const id = await send(db, address)
  await jobs.idle()
  return id ?? ''
}

const stateOf = async (id: string) => (await rows(db)).find((row) => row.id === id)

test('a report is read with whatever line ends it has', () => {
  const expected = {
    ...{ envelopeId: 'E1', messageId: 'm@x' },
    recipients: [
      {
        ...{ address: 'ada@example.org', action: 'failed', status: '5.1.1' },
        diagnostic: 'smtp; 550 5.1.1 <ada@example.org>: no such user,    see https://mail.example.net/help?for=ada',
      },
    ],
  }
  const raw = report({ envelopeId: 'E1', messageId: 'm@x', recipient: 'Ada@Example.org' })
  expect(deliveryReport(raw)).toEqual(expected)
  expect(deliveryReport(raw.replaceAll('\r\n', '\n'))).toEqual(expected)
})

test('what is no report is none, and nothing makes the reader fail or wait', () => {
  expect(deliveryReport('')).toBeNull()
  expect(deliveryReport('Subject: hello\r\n\r\nFinal-Recipient: rfc822; a@b')).toBeNull()
  expect(deliveryReport(report({}).replace('message/delivery-status', 'text/plain'))).toBeNull()
  expect(deliveryReport(`${report({})}${' '.repeat(1024 * 1024)}`)).toBeNull()
  const lines = report({ envelopeId: 'E1' }).split('\r\n')
  fc.assert(
    fc.property(fc.subarray(lines), fc.string({ unit: 'binary' }), (some, noise) => {
      expect(() => deliveryReport([...some, noise].join('\r\n'))).not.toThrow()
    }),
  )
  const flood = report({}).replace('Arrival-Date', `${'\n \n:'.repeat(150_000)}x`)
  expect(deliveryReport(flood)?.recipients).toHaveLength(1)
})

test('a report of a gone address bounces the mail, and no other goes there until it is released', async () => {
  const id = await sentTo('gone@example.org')
  const raw = report({ envelopeId: id, recipient: 'GONE@example.org' })
  expect(await noteDeliveryReport(db.database, raw)).toBe('bounced')
  expect(await noteDeliveryReport(db.database, raw)).toBe('bounced')
  expect(await stateOf(id)).toMatchObject({
    state: 'bounced',
    note: 'reported: 5.1.1 smtp; 550 5.1.1 <ada@example.org>: no such user, see [link]',
  })
  expect(await stateOf(await sentTo('gone@example.org'))).toMatchObject({ state: 'held' })
  expect(await releaseAddress(db.database, 'Gone@example.org')).toBe(true)
  expect(await releaseAddress(db.database, 'gone@example.org')).toBe(false)
  expect(await stateOf(await sentTo('gone@example.org'))).toMatchObject({ state: 'sent' })
})

test('the mail is found by its Message-ID too', async () => {
  const id = await sentTo('found@example.org')
  const raw = report({ messageId: `${id}@airdate.example`, recipient: 'found@example.org' })
  expect(await noteDeliveryReport(db.database, raw)).toBe('bounced')
  expect(await stateOf(id)).toMatchObject({ state: 'bounced' })
})

test('a report that speaks of another address, of no mail of ours or of a delay changes nothing', async () => {
  const id = await sentTo('safe@example.org')
  for (const [told, outcome] of [
    [{ envelopeId: id, recipient: 'victim@example.org' }, 'unknown-mail'],
    [{ envelopeId: '019b0000-0000-7000-8000-000000000009', recipient: 'safe@example.org' }, 'unknown-mail'],
    [{ envelopeId: "'; drop table", recipient: 'safe@example.org' }, 'unknown-mail'],
    [{ envelopeId: id, recipient: 'safe@example.org', action: 'delayed', status: '4.4.1' }, 'no-failure'],
  ] as const) {
    expect(await noteDeliveryReport(db.database, report(told))).toBe(outcome)
  }
  expect(await noteDeliveryReport(db.database, 'hello')).toBe('not-a-report')
  expect(await stateOf(id)).toMatchObject({ state: 'sent' })
  expect(await stateOf(await sentTo('safe@example.org'))).toMatchObject({ state: 'sent' })
})

test('the sweep forgets what was kept after a week and all after a month, and ends what nobody works on', async () => {
  await db.sql('delete from platform.mails')
  await using kept = await mailWorker(db, null)
  await send(db, 'kept@example.org')
  await kept.idle()
  await kept.stop({ graceMs: 0 })
  const [sent, waiting] = [await sentTo('sent@example.org'), await send(db, 'waiting@example.org')]
  await db.sql("insert into platform.mail_suppressions values ('old@example.org', 'x', now() - interval '91 days')")
  const later = async (days: number): Promise<string[]> => {
    await db.sql(`update platform.mails set created_at = now() - interval '${days} days 1 minute'`)
    await sweepMails(db)
    return (await newestInOutbox(db.database, 10)).map(({ to, state }) => `${to} ${state}`).toSorted()
  }
  expect(await later(1)).toEqual(['kept@example.org held', 'sent@example.org sent', 'waiting@example.org queued'])
  expect(await later(6)).toEqual(['kept@example.org held', 'sent@example.org sent', 'waiting@example.org failed'])
  expect(await later(7)).toEqual(['sent@example.org sent', 'waiting@example.org failed'])
  expect(await stateOf(waiting ?? '')).toMatchObject({ note: 'nobody sent it in time', text_part: null })
  expect(await stateOf(sent)).toBeDefined()
  expect(await later(30)).toEqual([])
  expect(await db.sql("select * from platform.mail_suppressions where address = 'old@example.org'")).toEqual([])
})
