import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { checkJobs } from './check.ts'
import { aborted, gate, silent, system, worker } from './fixtures/support.ts'
import { defineJob } from './job.ts'
import { Queue } from './queue.ts'
import { type Recurrence, Ticker, defineReconciler, defineSchedule } from './schedule.ts'

const Item = Type.Object({ item: Type.String() })
const counted = (name: string, ran: string[]) =>
  defineJob({
    name,
    input: Item,
    retry: { limit: 0, backoff: 'none' },
    timeoutMs: 60_000,
    concurrency: 'io',
    run: (_ctx, { item }) => Promise.resolve(void ran.push(item)),
  })

let db: TestDatabase
beforeEach(async () => {
  db = await testDatabase()
})
afterEach(() => db[Symbol.asyncDispose]())

const tickerOf = (recurrences: readonly Recurrence[]) => {
  const queue = new Queue(db.connection('system'), silent)
  return new Ticker({ recurrences, database: db.database, log: silent, next: queue.nextOccurrence.bind(queue) })
}
const makeDue = () => db.sql("update platform.schedules set next_at = now() - interval '1 hour'")
const scheduleOf = async (name: string) =>
  (
    await db.sql<{ minutes: number; future: boolean }>(
      `select extract(minute from next_at)::int as minutes, next_at > now() as future from platform.schedules where name = $1`,
      [name],
    )
  )[0]

test('a schedule that is due fires once, however many schedulers look', async () => {
  const ran: string[] = []
  const job = counted('schedule.job', ran)
  const hourly = defineSchedule({ name: 'hourly', cron: '17 * * * *', job, input: { item: 'tick' } })
  const tickers = [tickerOf([hourly]), tickerOf([hourly]), tickerOf([hourly])]
  await Promise.all(tickers.map((ticker) => ticker.register()))
  expect(await scheduleOf('hourly')).toEqual({ minutes: 17, future: true })
  await Promise.all(tickers.map((ticker) => ticker.tick()))
  await makeDue()
  await Promise.all(tickers.map((ticker) => ticker.tick()))
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  expect(ran).toEqual(['tick'])
  expect(await scheduleOf('hourly')).toEqual({ minutes: 17, future: true })
})

test('a scheduler that wakes up with an old reading does not fire again', async () => {
  const ran: string[] = []
  const job = counted('schedule.stale', ran)
  const hourly = defineSchedule({ name: 'hourly', cron: '17 * * * *', job, input: { item: 'tick' } })
  const asleep = gate()
  const mayGoOn = gate()
  // Stopped (SIGSTOP) between what it read and what it does about it.
  const sleeper: typeof db.database = Object.create(db.database)
  let transactions = 0
  sleeper.transaction = async (scope, work) => {
    transactions += 1
    if (transactions === 2) {
      asleep.open()
      await mayGoOn.opened
    }
    return db.database.transaction(scope, work)
  }
  const queue = new Queue(db.connection('system'), silent)
  const next = queue.nextOccurrence.bind(queue)
  const awake = tickerOf([hourly])
  await awake.register()
  await makeDue()
  const slow = new Ticker({ recurrences: [hourly], database: sleeper, log: silent, next }).tick()
  await asleep.opened
  await awake.tick()
  await makeDue()
  await awake.tick()
  mayGoOn.open()
  await slow
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  expect(ran).toEqual(['tick', 'tick'])
  expect(await scheduleOf('hourly')).toEqual({ minutes: 17, future: true })
})

test('a changed cron expression counts anew, an unchanged one keeps its time', async () => {
  const job = counted('schedule.changed', [])
  await tickerOf([defineSchedule({ name: 'it', cron: '17 * * * *', job, input: { item: '' } })]).register()
  await makeDue()
  await tickerOf([defineSchedule({ name: 'it', cron: '17 * * * *', job, input: { item: '' } })]).register()
  expect(await scheduleOf('it')).toMatchObject({ future: false })
  await tickerOf([defineSchedule({ name: 'it', cron: '23 * * * *', job, input: { item: '' } })]).register()
  expect(await scheduleOf('it')).toEqual({ minutes: 23, future: true })
})

test('a scheduler process fires what is due without being asked', async () => {
  const fired = gate()
  const job = defineJob({
    name: 'schedule.alone',
    input: Item,
    retry: { limit: 0, backoff: 'none' },
    timeoutMs: 60_000,
    concurrency: 'io',
    run: () => Promise.resolve(fired.open()),
  })
  const schedules = [
    defineSchedule({ name: 'alone', cron: '0 0 1 1 *', timeZone: 'Europe/Berlin', job, input: { item: '' } }),
  ]
  await using _jobs = await worker(db, { jobs: [job], schedules, roles: { work: true, schedule: true } })
  await makeDue()
  await fired.opened
})

test('a wrong cron expression stops the start', async () => {
  const job = counted('schedule.wrong', [])
  const schedules = [defineSchedule({ name: 'wrong', cron: '99 * * * *', job, input: { item: '' } })]
  await expect(worker(db, { jobs: [job], schedules })).rejects.toThrow()
})

test('a reconciler runs at the start of a worker, once over all processes, and again when it is due', async () => {
  let running = 0
  let most = 0
  let runs = 0
  const first = gate()
  const mayEnd = gate()
  const reconciler = defineReconciler({
    name: 'orphans',
    everyMs: 60_000,
    run: async (ctx) => {
      runs += 1
      running += 1
      most = Math.max(most, running)
      expect(ctx.scope).toEqual({ role: 'system' })
      first.open()
      await mayEnd.opened
      running -= 1
    },
  })
  await using one = await worker(db, { jobs: [], reconcilers: [reconciler] })
  await first.opened
  await using two = await worker(db, { jobs: [], reconcilers: [reconciler] })
  const ticker = tickerOf([reconciler])
  await makeDue()
  await ticker.tick()
  mayEnd.open()
  await Promise.all([one.idle(), two.idle()])
  expect({ runs, most }).toEqual({ runs: 1, most: 1 })
  await makeDue()
  await ticker.tick()
  await one.idle()
  expect({ runs, most }).toEqual({ runs: 2, most: 1 })
})

test('a reconciler that fails leaves no dead letter, one that is stopped is given back', async () => {
  const running = gate()
  let runs = 0
  const failing = defineReconciler({ name: 'failing', everyMs: 60_000, run: () => Promise.reject(new Error('broken')) })
  const stopped = defineReconciler({
    name: 'stopped',
    everyMs: 60_000,
    run: async (_ctx, signal) => {
      runs += 1
      running.open()
      if (runs === 1) await aborted(signal)
      if (signal.aborted) throw signal.reason
    },
  })
  const jobs = await worker(db, { jobs: [], reconcilers: [failing, stopped] })
  await running.opened
  await jobs.stop({ graceMs: 0 })
  await using again = await worker(db, { jobs: [], reconcilers: [failing, stopped] })
  await again.idle()
  expect(runs).toBe(2)
  expect(await db.sql('select * from platform.dead_jobs')).toEqual([])
})

test('old progress and old history are swept, young ones stay', async () => {
  const ids = ['019b0000-0000-7000-8000-00000000000a', '019b0000-0000-7000-8000-00000000000b']
  for (const [id, days] of [
    [ids[0], 40],
    [ids[1], 1],
  ]) {
    await db.sql(
      `insert into platform.job_progress (job_id, job_name, fraction, losses_base, updated_at) values ($1, 'a', 0, 0, now() - $2 * interval '1 day')`,
      [id, days],
    )
    await db.sql(
      `insert into platform.job_attempts (job_id, claim, job_name, outcome, at) values ($1, 0, 'a', 'lost', now() - $2 * interval '1 day')`,
      [id, days],
    )
  }
  await using jobs = await worker(db, { jobs: [] })
  await jobs.idle()
  expect(await db.sql('select job_id from platform.job_progress')).toEqual([{ job_id: ids[1] }])
  expect(await db.sql('select job_id from platform.job_attempts')).toEqual([{ job_id: ids[1] }])
})

test('wrong wiring is told with every fault', async () => {
  const job = counted('wiring.twice', [])
  const unknown = counted('wiring.unknown', [])
  const schedule = defineSchedule({ name: 'it', cron: '* * * * *', job: unknown, input: { item: '' } })
  const check = () => checkJobs({ jobs: [job, job], schedules: [schedule, schedule] })
  expect(check).toThrow('job wiring.twice has two handlers')
  expect(check).toThrow('schedule it is declared twice')
  expect(check).toThrow('schedule it enqueues wiring.unknown, which has no handler')
  await expect(worker(db, { jobs: [job, job] })).rejects.toThrow('two handlers')
  expect(await system(db, () => Promise.resolve('the database still answers'))).toBe('the database still answers')
})
