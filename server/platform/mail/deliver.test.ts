import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from '#platform/observability/log.ts'
import { SmtpDouble } from '#tests/doubles/smtp/double.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { contextOf, passTime, waitsMs } from '../jobs/fixtures/support.ts'
import { PUBLIC_URL, SECRET_LINK, mailWorker, rows, send, smtpOf, testMail } from './fixtures/support.ts'
import { SEND_RETRIES } from './job.ts'

let db: TestDatabase
let server: SmtpDouble
beforeEach(async () => {
  ;[db, server] = await Promise.all([testDatabase(), SmtpDouble.start()])
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

test('a mail arrives with both parts, once its transaction has committed and not before', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  await send(db, 'committed@example.org')
  const undone = db.database.joined({ role: 'system' }, async (_tx, database) => {
    await send({ ...db, database }, 'never@example.org')
    throw new Error('rolled back')
  })
  await expect(undone).rejects.toThrow('rolled back')
  await jobs.idle()
  expect(server.received.map(({ to }) => to)).toEqual([['committed@example.org']])
  const [mail] = server.received
  const [row] = await rows(db)
  expect(mail?.from).toBe('films@airdate.example')
  expect(mail?.envelopeId).toBe(row?.id)
  expect(Object.fromEntries(mail?.headers ?? [])).toMatchObject({
    ...{ from: ['Airdate <films@airdate.example>'], to: ['committed@example.org'], subject: ['About a film'] },
    ...{ 'message-id': [`<${row?.id}@airdate.example>`], 'auto-submitted': ['auto-generated'] },
  })
  for (const part of [mail?.text, mail?.html]) expect(part).toContain(SECRET_LINK)
  expect(await jobs.counts()).toEqual({ sent: 1 })
})

test('what was said is forgotten once it was sent', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  await send(db, 'ada@example.org')
  expect(JSON.stringify(await rows(db))).toContain(SECRET_LINK)
  await jobs.idle()
  expect(await rows(db)).toMatchObject([{ state: 'sent', note: expect.stringMatching(/^250 /), text_part: null }])
  const everything = await db.sql("select string_agg(m::text, '') as all from platform.mails m")
  expect(JSON.stringify(everything)).not.toContain('secret-token')
})

test('a name with a line break makes no header', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  await send(db, 'ada@example.org', { text: 'x\r\nBcc: eve@example.org\r\n\r\n<script>' })
  await jobs.idle()
  const [mail] = server.received
  expect(mail?.to).toEqual(['ada@example.org'])
  expect(mail?.headers.has('bcc')).toBe(false)
  expect(mail?.headers.get('subject')).toEqual(['About x Bcc: eve@example.org <script>'])
  expect(mail?.html).not.toContain('<script>')
})

test('of one kind and workspace a key sends one mail', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  const one = { dedupeKey: 'invitation:1', mail: testMail({ perHour: 20 }) }
  expect(await send(db, 'ada@example.org', one)).not.toBeNull()
  expect(await send(db, 'ada@example.org', one)).toBeNull()
  const atOnce = await Promise.all([1, 2, 3].map(() => send(db, 'ada@example.org', { ...one, dedupeKey: 'x' })))
  expect(atOnce.filter((id) => id !== null)).toHaveLength(1)
  expect(
    await send(db, 'ada@example.org', { ...one, workspaceId: '019b0000-0000-7000-8000-000000000001' }),
  ).not.toBeNull()
  expect(await send(db, 'ada@example.org', { ...one, mail: testMail({ name: 'test.other' }) })).not.toBeNull()
  await jobs.idle()
  expect(server.received).toHaveLength(4)
})

test('a server that says later is asked again after a minute, and what it said is noted', async () => {
  server.misbehave({ at: 'rcpt', reply: `451 4.7.1 Greylisted, see https://mail.example/?q=${SECRET_LINK}` })
  await using jobs = await mailWorker(db, smtpOf(server))
  await send(db, 'ada@example.org')
  await jobs.idle()
  expect(await rows(db)).toMatchObject([
    { state: 'sending', note: 'RCPT TO: 451 4.7.1 Greylisted, see [link]', attempts: 1, text_part: expect.any(String) },
  ])
  const [waitMs = 0] = await waitsMs(db, 'mail.send')
  expect(waitMs).toBeGreaterThan(25_000)
  expect(waitMs).toBeLessThan(61_000)
  await passTime(db)
  await jobs.idle()
  expect(await rows(db)).toMatchObject([{ state: 'sent', attempts: 2 }])
  expect(server.received).toHaveLength(1)
  expect(await jobs.counts()).toEqual({ later: 1, sent: 1 })
})

test('a connection that breaks is no word of the server: the mail is sent again as the same mail', async () => {
  server.misbehave({ at: 'drop-in-data' }, { at: 'drop-after-data' })
  await using jobs = await mailWorker(db, smtpOf(server))
  await send(db, 'ada@example.org')
  await jobs.idle()
  expect(server.received).toHaveLength(0)
  for (const held of [1, 2]) {
    await passTime(db)
    await jobs.idle()
    expect(server.received).toHaveLength(held)
  }
  expect(await rows(db)).toMatchObject([{ state: 'sent', attempts: 3 }])
  const [first, second] = server.received
  for (const name of ['message-id', 'date', 'subject']) {
    expect(second?.headers.get(name)).toEqual(first?.headers.get(name))
  }
  expect(server.connections).toBe(3)
})

test('a server that is not there, or wants another password, fails no mail', async () => {
  const { port } = server
  await server[Symbol.asyncDispose]()
  await using jobs = await mailWorker(db, smtpOf(server, { user: 'airdate', password: 'hush' }))
  await send(db, 'ada@example.org')
  await jobs.idle()
  expect(await rows(db)).toMatchObject([{ state: 'sending', note: expect.stringContaining('ECONNREFUSED') }])
  server = await SmtpDouble.start({ port, auth: { user: 'airdate', password: 'other' } })
  await passTime(db)
  await jobs.idle()
  expect(await rows(db)).toMatchObject([
    { state: 'sending', note: expect.stringMatching(/^AUTH PLAIN: .*535 5\.7\.8/) },
  ])
  expect(JSON.stringify(await rows(db))).not.toContain('hush')
  await server[Symbol.asyncDispose]()
  server = await SmtpDouble.start({ port, auth: { user: 'airdate', password: 'hush' } })
  await passTime(db)
  await jobs.idle()
  expect(server.received.map(({ user }) => user)).toEqual(['airdate'])
})

test('what is refused for good is not tried again', async () => {
  server.misbehave({ at: 'data', reply: `554 5.7.1 Spam: ${SECRET_LINK}` })
  await using jobs = await mailWorker(db, smtpOf(server))
  await send(db, 'ada@example.org')
  await jobs.idle()
  expect(await rows(db)).toMatchObject([{ state: 'failed', note: 'DATA: 554 5.7.1 Spam: [link]', text_part: null }])
  expect(await waitsMs(db, 'mail.send')).toEqual([])
  await send(db, 'ada@example.org')
  await jobs.idle()
  expect(server.received).toHaveLength(1)
  expect(await jobs.counts()).toEqual({ failed: 1, sent: 1 })
})

test('an address that is gone gets only essential mails, until one of them is taken', async () => {
  server.misbehave({ at: 'rcpt', reply: '550 5.1.1 No such user' })
  await using jobs = await mailWorker(db, smtpOf(server))
  const essential = testMail({ name: 'test.essential', essential: true })
  for (const mail of [testMail(), testMail(), essential, testMail()]) {
    await send(db, 'Ada@example.org', { mail })
    await jobs.idle()
  }
  const states = (await rows(db)).map(({ state, note }) => `${state}: ${note}`)
  expect(states).toEqual([
    'bounced: RCPT TO: 550 5.1.1 No such user',
    'held: the address refused a mail before: RCPT TO: 550 5.1.1 No such user',
    expect.stringMatching(/^sent: 250/),
    expect.stringMatching(/^sent: 250/),
  ])
  expect((await rows(db)).every((row) => row.text_part === null)).toBe(true)
  expect(await jobs.counts()).toEqual({ bounced: 1, suppressed: 1, sent: 2 })
})

test('a full mailbox or a policy bounces the mail and says nothing against the address', async () => {
  server.misbehave(
    ...['552 5.2.2 Mailbox full', '550 5.7.1 Relaying denied'].map((reply) => ({ at: 'rcpt', reply }) as const),
  )
  await using jobs = await mailWorker(db, smtpOf(server))
  for (const _ of [1, 2, 3]) {
    await send(db, 'ada@example.org')
    await jobs.idle()
  }
  expect((await rows(db)).map(({ state }) => state)).toEqual(['bounced', 'bounced', 'sent'])
})

test('nobody can fill a mailbox with our mails, whoever asks and however the address is written', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  const asked = ['ada@example.org', 'ADA@example.org', 'ada+1@example.org', 'ada+2@Example.org', 'bob@example.org']
  await Promise.all(Array.from({ length: 40 }, (_, index) => send(db, asked[index % 5] ?? '')))
  await jobs.idle()
  const got = Map.groupBy(server.received, ({ to }) => (to[0]?.startsWith('bob') === true ? 'bob' : 'ada'))
  expect(Object.fromEntries([...got].map(([name, { length }]) => [name, length]))).toEqual({ ada: 5, bob: 5 })
  const held = (await rows(db)).filter(({ state }) => state === 'held')
  expect(held).toHaveLength(30)
  expect(held.every(({ text_part: text, note }) => text === null && note?.includes('within the hour') === true)).toBe(
    true,
  )
  expect(await jobs.counts()).toEqual({ sent: 10, limited: 30 })
  await db.sql("update platform.mails set taken_at = taken_at - interval '61 minutes'")
  await send(db, 'ada@example.org')
  await jobs.idle()
  expect(server.received).toHaveLength(11)
})

test('all kinds together are limited too, but what is essential still comes through', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  for (const kind of ['one', 'two', 'three', 'four', 'five']) {
    const mail = testMail({ name: `test.${kind}` })
    await Promise.all(Array.from({ length: 5 }, () => send(db, 'ada@example.org', { mail })))
  }
  await jobs.idle()
  expect(server.received).toHaveLength(20)
  await send(db, 'ada@example.org', { mail: testMail({ name: 'test.essential', essential: true }) })
  await jobs.idle()
  expect(server.received).toHaveLength(21)
})

test('a mail that nobody takes is given up in the end', async () => {
  await using jobs = await mailWorker(db, smtpOf(server))
  server.misbehave({ at: 'rcpt', reply: '451 4.7.1 Come again' })
  await send(db, 'ada@example.org')
  await jobs.idle()
  await db.sql(`update pgboss.job_common set data = data || '{"failures": ${SEND_RETRIES}}' where name = 'mail.send'`)
  server.misbehave({ at: 'rcpt', reply: '451 4.7.1 Come again' })
  await passTime(db)
  await jobs.idle()
  expect(await rows(db)).toMatchObject([
    { state: 'failed', note: 'given up: RCPT TO: 451 4.7.1 Come again', text_part: null },
  ])
  expect(await db.sql('select * from platform.dead_jobs')).toEqual([])
})

test('neither the log nor the history of jobs tells a link, or whom a mail was for', async () => {
  const lines: string[] = []
  const log = createLogger('trace', { write: (line) => void lines.push(line) })
  server.misbehave(
    { at: 'rcpt', reply: `451 4.7.1 <ada@example.org> ${SECRET_LINK}` },
    { at: 'data', reply: `550 5.7.1 <ada@example.org> ${SECRET_LINK}` },
  )
  const makeCtx: ReturnType<typeof contextOf> = (actor, id) => ({ ...contextOf(db.database)(actor, id), log })
  await using jobs = await mailWorker(db, smtpOf(server), { log, makeCtx })
  await send(db, 'ada@example.org')
  await jobs.idle()
  await passTime(db)
  await jobs.idle()
  expect(await rows(db)).toMatchObject([{ state: 'failed' }])
  const told = JSON.stringify([lines, await db.sql('select * from platform.job_attempts')])
  expect(told).toContain('The mail server gave the answer 451 to RCPT TO')
  expect(told).toContain('a mail was not delivered')
  expect(told).not.toMatch(/secret-token|ada@example/)
})

test('without a server mails stay to be read, and are as limited as others', async () => {
  await using jobs = await mailWorker(db, null)
  await Promise.all(Array.from({ length: 7 }, () => send(db, 'ada@example.org')))
  await jobs.idle()
  const kept = (await rows(db)).filter(({ text_part: text }) => text !== null)
  expect(kept).toHaveLength(5)
  expect(kept[0]).toMatchObject({ state: 'held', note: 'there is no mail server (SMTP_URL)', attempts: 0 })
  expect(kept[0]?.text_part).toContain(SECRET_LINK)
  expect(await jobs.counts()).toEqual({ kept: 5, limited: 2 })
})

test('a request writes mails for its own workspace alone, and reads none', async () => {
  const scope = { role: 'app', workspaceId: '019b0000-0000-7000-8000-000000000001', userId: null } as const
  expect(await send(db, 'ada@example.org', { scope, workspaceId: scope.workspaceId })).not.toBeNull()
  expect(await send(db, 'ada@example.org', { scope: { ...scope, workspaceId: null } })).not.toBeNull()
  const elsewhere = { scope, workspaceId: '019b0000-0000-7000-8000-000000000002' }
  await expect(send(db, 'ada@example.org', elsewhere)).rejects.toThrow('row-level security')
  const reading = db.database.one<{ 'platform.mails': { id: string } }, { id: string }>(scope, (reader) =>
    reader.selectFrom('platform.mails').select('id'),
  )
  await expect(reading).rejects.toThrow('permission denied')
})

test('wrong data and what is no address are bugs, and send nothing', async () => {
  await expect(send(db, 'ada@example.org\r\nBcc: eve@example.org')).rejects.toThrow('no address')
  const wrong = { mail: testMail(), url: 7 as unknown as string, publicUrl: PUBLIC_URL }
  await expect(send(db, 'ada@example.org', wrong)).rejects.toThrow('does not match')
  expect(await rows(db)).toEqual([])
})
