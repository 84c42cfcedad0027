import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resetPassword } from '#commons/identity/mails.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { OutboxMail } from '#platform/mail/outbox.ts'
import { sendMail } from '#platform/mail/send.ts'
import { SmtpDouble } from '#tests/doubles/smtp/double.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { serverEnv } from '#tests/support/compiled.ts'
import { mailTo } from '#tests/support/mails.ts'

const LINK = 'https://airdate.example/auth/reset?token=a-very-secret-token'

let server: SmtpDouble
let airdate: TestApp
beforeAll(async () => {
  server = await SmtpDouble.start({ auth: { user: 'films', password: 'a password' } })
  const url = `smtp://films:a%20password@127.0.0.1:${server.port}`
  airdate = await testApp({
    settings: { SMTP_URL: url, AIRDATE_MAIL_FROM: 'Our films <films@airdate.example>' },
  })
})
afterAll(async () => {
  await airdate[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

function send(to: string): Promise<string | null> {
  const data = { displayName: 'Ada', url: LINK, expiresMinutes: 60 }
  const publicUrl = 'https://airdate.example'
  return airdate.db.database.transaction(systemScope, (tx) =>
    sendMail(tx, resetPassword, data, { to, userId: null, workspaceId: null, dedupeKey: null, publicUrl }),
  )
}

function outbox(args: readonly string[], input = '') {
  const { db, dataDir } = airdate
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(CHECKOUT, 'server/main.ts'), 'outbox', '--data', dataDir, ...args],
    {
      ...{ input, encoding: 'utf8' },
      env: {
        ...serverEnv(),
        DATABASE_URL: `postgresql://postgres:test@localhost/${db.name}?host=${encodeURIComponent(db.host)}`,
      },
    },
  )
  return {
    status,
    stdout,
    stderr,
    mails: () =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as OutboxMail),
  }
}

test('a mail leaves by the server of the configuration, in the name that it says, and is counted', async () => {
  await send('ada@example.org')
  await expect.poll(() => server.received.length, { timeout: 10_000 }).toBe(1)
  expect(server.received[0]).toMatchObject({ from: 'films@airdate.example', to: ['ada@example.org'], user: 'films' })
  expect(server.received[0]?.headers.get('from')).toEqual(['Our films <films@airdate.example>'])
  expect(server.received[0]?.text).toContain(LINK)
  // Counted when the server's answer has been noted, a moment after it has the mail.
  const metrics = async () => (await airdate.call('GET', '/metrics')).bytes.toString()
  await expect.poll(metrics, { timeout: 10_000 }).toContain('airdate_mails_total{outcome="sent"} 1')
})

test('the outbox shows what waits with its links, what was sent without, and takes reports', async () => {
  server.misbehave({ at: 'rcpt', reply: '451 4.7.1 Come again' })
  await send('bob@example.org')
  expect(await mailTo(airdate.db, 'Bob@example.org')).toMatchObject({ links: [LINK], kind: 'identity.reset-password' })
  await expect.poll(() => server.pending, { timeout: 10_000 }).toBe(0)
  const shown = outbox(['--json']).mails()
  expect(shown.map(({ to, state }) => `${to} ${state}`)).toEqual(['bob@example.org sending', 'ada@example.org sent'])
  expect(shown.map(({ text }) => text?.includes(LINK) ?? null)).toEqual([true, null])
  const [bob, ada] = shown
  const one = outbox(['--id', bob?.id ?? ''])
  expect(one).toMatchObject({ status: 0, stderr: '' })
  expect(one.stdout).toContain(`To: bob@example.org\nSubject: Choose a new password\nState: sending`)
  expect(one.stdout).toContain(`\n  ${LINK}\n`)
  const report = [
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    ...['', '--b', 'Content-Type: message/delivery-status', '', `Original-Envelope-Id: ${ada?.id}`, ''],
    ...['Final-Recipient: rfc822; ada@example.org', 'Action: failed', 'Status: 5.1.1', '--b--', ''],
  ].join('\n')
  expect(outbox(['--report'], report)).toMatchObject({ status: 0, stderr: 'airdate: noted\n' })
  expect(outbox(['--id', ada?.id ?? '', '--json']).mails()).toMatchObject([
    { state: 'bounced', note: 'reported: 5.1.1' },
  ])
  expect(outbox(['--release', 'ada@example.org'])).toMatchObject({
    status: 0,
    stderr: 'airdate: mails go to this address again\n',
  })
})

test('wrong questions to the outbox are told in one line', () => {
  expect(outbox(['--limit', '0'])).toMatchObject({
    status: 64,
    stderr: 'airdate: --limit must be a number from 1 to 1000\n',
  })
  expect(outbox(['--id', 'x'])).toMatchObject({ status: 64, stderr: 'airdate: --id must be an id\n' })
  expect(outbox(['--id', '019b0000-0000-7000-8000-000000000009'])).toMatchObject({
    ...{ status: 1, stderr: 'airdate: there is no such mail\n' },
  })
})
