import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { SmtpDouble } from '#tests/doubles/smtp/double.ts'
import { testDatabase } from '#tests/support/database.ts'
import { mailWorker, rows, send, smtpOf } from './fixtures/support.ts'

test('a process that dies between the server’s 250 and our commit sends the mail once more, as the same mail', async () => {
  await using db = await testDatabase()
  await using server = await SmtpDouble.start()
  const id = await send(db, 'ada@example.org')
  // Who holds the row keeps the commit from happening: that is where the process stands when it is killed.
  const holder = new pg.Client(db.connection('owner'))
  await holder.connect()
  try {
    server.misbehave({
      at: 'before-reply',
      call: async () => void (await holder.query('begin; select from platform.mails for update')),
    })
    const settings = { app: db.connection('app'), system: db.connection('system'), port: server.port }
    const script = join(import.meta.dirname, 'fixtures/worker.ts')
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const ended = once(child, 'exit')
    await expect.poll(() => waiting(db), { timeout: 20_000 }).toEqual([{ query: expect.stringMatching(/^update/) }])
    child.kill('SIGKILL')
    await ended
    await holder.query('rollback')
  } finally {
    await holder.end()
  }
  expect(server.received).toHaveLength(1)
  expect(await rows(db)).toMatchObject([{ id, state: 'sending', attempts: 1, text_part: expect.any(String) }])
  await using jobs = await mailWorker(db, smtpOf(server))
  await jobs.idle()
  expect(await rows(db)).toMatchObject([{ id, state: 'sent', attempts: 2, text_part: null }])
  const names = server.received.map(({ headers }) => headers.get('message-id'))
  expect(names).toEqual([[`<${id}@airdate.example>`], [`<${id}@airdate.example>`]])
})

/** Statements that wait for a lock on a mail. */
function waiting(db: Awaited<ReturnType<typeof testDatabase>>): Promise<{ query: string }[]> {
  return db.sql<{ query: string }>(
    `select query from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like '%platform%mails%'`,
  )
}
