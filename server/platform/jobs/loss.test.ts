import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { systemScope } from '../database/scope.ts'
import { deadLetters } from './dead-letters.ts'
import { cancelByKey, cancelJob, enqueue } from './enqueue.ts'
import { aborted, gate, loseWorker, request, states, takeAway, worker } from './fixtures/support.ts'
import { type RunningJob, defineJob } from './job.ts'
import { failedAttemptsOf, progressOf } from './queries.ts'

const Empty = Type.Object({})
const common = { input: Empty, retry: { limit: 0, backoff: 'none' }, timeoutMs: 60_000, concurrency: 'io' } as const

let db: TestDatabase
beforeEach(async () => {
  db = await testDatabase()
})
afterEach(() => db[Symbol.asyncDispose]())

/** A worker in a process of its own, once an attempt of the job runs in it. */
async function runningElsewhere(job: string): Promise<ChildProcess> {
  const settings = JSON.stringify({ app: db.connection('app'), system: db.connection('system'), job })
  const script = join(import.meta.dirname, 'fixtures/worker.ts')
  const child = spawn(process.execPath, [script, settings], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

const historyOf = (id: string | null) =>
  db.database.read(systemScope, (reader: Parameters<typeof failedAttemptsOf>[0]) => failedAttemptsOf(reader, id ?? ''))
const lettersOf = (jobName: string) =>
  db.database.read(systemScope, (reader: Parameters<typeof deadLetters.list>[0]) =>
    deadLetters.list(reader, { limit: 10, jobName }),
  )

test('the job of a killed worker runs again on another one, and the loss counts as no attempt', async () => {
  const again = Promise.withResolvers<RunningJob>()
  const job = defineJob({ ...common, name: 'loss.killed', run: (ctx) => Promise.resolve(again.resolve(ctx.job)) })
  const id = await request(db, (tx) => enqueue(tx, job, {}))
  const child = await runningElsewhere(job.name)
  await using jobs = await worker(db, { jobs: [job] })
  expect(jobs.stats().reclaimed).toBe(0)
  await kill(child)
  expect(await again.promise).toEqual({ id, name: job.name, attempt: 1, losses: 1 })
  await jobs.idle()
  expect((await historyOf(id)).map(({ outcome }) => outcome)).toEqual(['lost'])
})

test('a worker that starts when no other lives takes over at once what was left', async () => {
  const seen: RunningJob[] = []
  const job = defineJob({ ...common, name: 'loss.restart', run: (ctx) => Promise.resolve(void seen.push(ctx.job)) })
  const id = await request(db, (tx) => enqueue(tx, job, {}))
  await kill(await runningElsewhere(job.name))
  await using jobs = await worker(db, { jobs: [job] })
  expect(jobs.stats().reclaimed).toBe(1)
  await jobs.idle()
  expect(seen).toEqual([{ id, name: job.name, attempt: 1, losses: 1 }])
})

test('ten losses without progress make a job poison', async () => {
  const losses: number[] = []
  let running = gate()
  const job = defineJob({
    ...common,
    name: 'loss.poison',
    concurrency: 20,
    run: async (ctx, _input, signal) => {
      losses.push(ctx.job.losses)
      running.open()
      await aborted(signal)
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = (await request(db, (tx) => enqueue(tx, job, {}))) ?? ''
  for (let round = 0; round < 10; round += 1) {
    await running.opened
    running = gate()
    await loseWorker(db, id)
  }
  await expect.poll(() => states(db, job.name)).toEqual({ failed: 1 })
  expect(losses).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(await lettersOf(job.name)).toMatchObject([{ id, code: 'poison', attempts: 1, losses: 10 }])
  expect(jobs.stats().groups[job.name]?.limit).toBe(20)
})

test('committed progress is readable by its workspace and sets the losses to zero', async () => {
  const seen: number[] = []
  let running = gate()
  const job = defineJob({
    ...common,
    name: 'loss.progress',
    concurrency: 20,
    run: async (ctx, _input, signal) => {
      seen.push(ctx.job.losses)
      if (seen.length === 3) await ctx.progress(0.25, 'a quarter')
      running.open()
      if (seen.length < 5) await aborted(signal)
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = (await request(db, (tx) => enqueue(tx, job, {}))) ?? ''
  for (let round = 0; round < 4; round += 1) {
    await running.opened
    running = gate()
    await loseWorker(db, id)
  }
  await running.opened
  expect(seen).toEqual([0, 1, 2, 1, 2])
  const read = (workspaceId: string) =>
    db.database.read({ role: 'app', workspaceId, userId: null }, (reader: Parameters<typeof progressOf>[0]) =>
      progressOf(reader, [id]),
    )
  expect(await read('019b0000-0000-7000-8000-000000000001')).toMatchObject([{ fraction: 0.25, note: 'a quarter' }])
  expect(await read('019b0000-0000-7000-8000-000000000002')).toEqual([])
  expect(jobs.stats().reclaimed).toBe(0)
})

test('an attempt that lost its job can neither complete it nor commit progress', async () => {
  const mayEnd = gate()
  const secondMayEnd = gate()
  const running = gate()
  const second = gate()
  const zombie = Promise.withResolvers<unknown>()
  let runs = 0
  const job = defineJob({
    ...common,
    name: 'loss.fenced',
    concurrency: 2,
    run: async (ctx) => {
      runs += 1
      if (runs === 2) {
        second.open()
        return secondMayEnd.opened
      }
      running.open()
      await mayEnd.opened
      zombie.resolve(await ctx.progress(0.5).catch((error: unknown) => error))
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = (await request(db, (tx) => enqueue(tx, job, {}))) ?? ''
  await running.opened
  await loseWorker(db, id)
  await second.opened
  mayEnd.open()
  expect(await zombie.promise).toMatchObject({ why: 'lost' })
  expect(await states(db, job.name)).toEqual({ active: 1 })
  secondMayEnd.open()
  await jobs.idle()
  expect(await states(db, job.name)).toEqual({ completed: 1 })
  expect(runs).toBe(2)
})

test('cancelling by key aborts the running attempt, wherever it runs, and leaves no dead letter', async () => {
  const running = gate()
  const ended = Promise.withResolvers<unknown>()
  const job = defineJob({
    ...common,
    name: 'loss.cancel',
    key: () => 'the one',
    run: async (_ctx, _input, signal) => {
      running.open()
      await aborted(signal)
      ended.resolve(signal.reason)
      throw new Error('stopped')
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  await request(db, (tx) => enqueue(tx, job, {}))
  await running.opened
  const foreign = request(db, (tx) => cancelByKey(tx, job, 'the one'), '019b0000-0000-7000-8000-000000000002')
  expect(await foreign).toBe(false)
  expect(await request(db, (tx) => cancelByKey(tx, job, 'the one'))).toBe(true)
  expect(await ended.promise).toMatchObject({ why: 'cancelled' })
  await jobs.idle()
  expect(await states(db, job.name)).toEqual({ cancelled: 1 })
  expect(await lettersOf(job.name)).toEqual([])
  expect(await request(db, (tx) => cancelByKey(tx, job, 'the one'))).toBe(false)
})

test('a cancellation whose notice got lost is found by the heartbeat', async () => {
  const running = gate()
  const ended = Promise.withResolvers<unknown>()
  const job = defineJob({
    ...common,
    name: 'loss.unheard',
    run: async (_ctx, _input, signal) => {
      running.open()
      await aborted(signal)
      ended.resolve(signal.reason)
    },
  })
  await using _jobs = await worker(db, { jobs: [job] })
  const id = (await request(db, (tx) => enqueue(tx, job, {}))) ?? ''
  await running.opened
  await takeAway(db, id)
  expect(await ended.promise).toMatchObject({ why: 'lost' })
})

test('a signal stays quiet after its handler has ended', async () => {
  const ended = gate()
  const signals: AbortSignal[] = []
  const job = defineJob({
    ...common,
    name: 'loss.quiet',
    timeoutMs: 20,
    run: (_ctx, _input, signal) => {
      signals.push(signal)
      return Promise.resolve(ended.open())
    },
  })
  const jobs = await worker(db, { jobs: [job] })
  await request(db, (tx) => enqueue(tx, job, {}))
  await ended.opened
  await jobs.idle()
  await jobs.stop({ graceMs: 0 })
  expect(signals.map((signal) => signal.aborted)).toEqual([false])
})

test('a waiting job that is cancelled never runs, and one whose cancellation rolls back does', async () => {
  let runs = 0
  const job = defineJob({ ...common, name: 'loss.waiting', run: () => Promise.resolve(void (runs += 1)) })
  const ids = await request(db, async (tx) => [await enqueue(tx, job, {}), await enqueue(tx, job, {})])
  await request(db, (tx) => cancelJob(tx, job, ids[0] ?? ''))
  const undone = request(db, async (tx) => {
    await cancelJob(tx, job, ids[1] ?? '')
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  expect(runs).toBe(1)
  expect(await states(db, job.name)).toEqual({ cancelled: 1, completed: 1 })
})

test('a worker that stops lets short jobs finish and gives long ones back without counting', async () => {
  const seen: RunningJob[] = []
  const short = gate()
  const long = gate()
  const shortMayEnd = gate()
  const job = defineJob({
    ...common,
    input: Type.Object({ long: Type.Boolean() }),
    name: 'loss.stop',
    run: async (ctx, input, signal) => {
      seen.push(ctx.job)
      if (seen.length > 2) return
      if (input.long) {
        long.open()
        await aborted(signal)
        throw new Error('stopped in the middle')
      }
      short.open()
      await shortMayEnd.opened
    },
  })
  const first = await worker(db, { jobs: [job] })
  const longId = await request(db, (tx) => enqueue(tx, job, { long: true }))
  await request(db, (tx) => enqueue(tx, job, { long: false }))
  await Promise.all([short.opened, long.opened])
  const stopped = first.stop({ graceMs: 50 })
  shortMayEnd.open()
  await stopped
  expect(await states(db, job.name)).toEqual({ completed: 1, retry: 1 })
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  expect(seen.at(-1)).toEqual({ id: longId, name: job.name, attempt: 1, losses: 0 })
  expect(seen).toHaveLength(3)
  expect(await historyOf(longId)).toEqual([])
})
