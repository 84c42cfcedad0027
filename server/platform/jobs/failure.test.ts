import * as fc from 'fast-check'
import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { backoffMs } from './backoff.ts'
import { deadLetters, isDead } from './dead-letters.ts'
import { enqueue } from './enqueue.ts'
import { DeadLetterNotFound, GiveUp, JobStopped, Postpone, recordOf } from './failures.ts'
import {
  OTHER_WORKSPACE,
  WORKSPACE,
  aborted,
  passTime,
  request,
  states,
  system,
  waitsMs,
  worker,
} from './fixtures/support.ts'
import { defineJob } from './job.ts'
import { type JobTables, failedAttemptsOf } from './queries.ts'
import { systemScope } from '../database/scope.ts'

const Item = Type.Object({ item: Type.String() })
const common = { input: Item, timeoutMs: 60_000, concurrency: 'io' } as const

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const letters = () =>
  db.database.read<JobTables, unknown>(systemScope, (reader) => deadLetters.list(reader, { limit: 10 }))
const lettersOf = async (jobName: string) =>
  db.database.read(systemScope, (reader: Parameters<typeof deadLetters.list>[0]) =>
    deadLetters.list(reader, { limit: 10, jobName }),
  )
const historyOf = (id: string | null) =>
  db.database.read(systemScope, (reader: Parameters<typeof failedAttemptsOf>[0]) => failedAttemptsOf(reader, id ?? ''))

test('a job that fails is tried again after its backoff, and then succeeds', async () => {
  const attempts: number[] = []
  const job = defineJob({
    ...common,
    name: 'failure.retry',
    retry: { limit: 3, backoff: 'exponential', delayMs: 600_000 },
    run: (ctx) => {
      attempts.push(ctx.job.attempt)
      return ctx.job.attempt < 3 ? Promise.reject(new Error(`failure ${ctx.job.attempt}`)) : Promise.resolve()
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  await jobs.idle()
  expect(attempts).toEqual([1])
  const [firstWaitMs = 0] = await waitsMs(db, job.name)
  expect(firstWaitMs).toBeGreaterThan(200_000)
  await passTime(db)
  await jobs.idle()
  const [secondWaitMs = 0] = await waitsMs(db, job.name)
  expect(secondWaitMs).toBeGreaterThan(firstWaitMs)
  await passTime(db)
  await jobs.idle()
  expect(attempts).toEqual([1, 2, 3])
  expect(await states(db, job.name)).toEqual({ completed: 1 })
  const history = await historyOf(id)
  expect(history.map(({ outcome, error }) => [outcome, error?.message])).toEqual([
    ['failed', 'failure 1'],
    ['failed', 'failure 2'],
  ])
})

test('a job that always fails becomes a dead letter after its retries, and keeps its key free', async () => {
  let runs = 0
  const job = defineJob({
    ...common,
    name: 'failure.dead',
    retry: { limit: 2, backoff: 'none' },
    key: ({ item }) => item,
    run: () => {
      runs += 1
      return Promise.reject(new Error('\0 never\ud800'))
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  await jobs.idle()
  expect(runs).toBe(3)
  const [letter] = await lettersOf(job.name)
  expect(letter).toMatchObject({ id, jobName: job.name, workspaceId: WORKSPACE, key: 'a', input: { item: 'a' } })
  expect(letter).toMatchObject({ code: 'failed', detail: '\u{fffd} never\u{fffd}', attempts: 3, losses: 0 })
  expect(await request(db, (tx) => isDead(tx, job, 'a'))).toBe(true)
  expect(await request(db, (tx) => isDead(tx, job, 'a'), OTHER_WORKSPACE)).toBe(false)
})

test('a dead letter is sent again as a new job with the same input and workspace', async () => {
  const seen: unknown[] = []
  const job = defineJob({
    ...common,
    name: 'failure.redrive',
    retry: { limit: 0, backoff: 'none' },
    key: ({ item }) => item,
    fair: true,
    run: (ctx, input) => {
      seen.push([ctx.job.attempt, ctx.actor, input])
      return seen.length === 1 ? Promise.reject(new Error('once')) : Promise.resolve()
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = (await request(db, (tx) => enqueue(tx, job, { item: 'a' }))) ?? ''
  await jobs.idle()
  const again = await system(db, (tx) => deadLetters.redrive(tx, id))
  expect(again).not.toBe(id)
  await jobs.idle()
  expect(seen[1]).toEqual(seen[0])
  expect(seen.length).toBe(2)
  expect(await lettersOf(job.name)).toEqual([])
  await expect(system(db, (tx) => deadLetters.redrive(tx, id))).rejects.toMatchObject({ kind: DeadLetterNotFound })
})

test('a dead letter whose key is taken again stays', async () => {
  const job = defineJob({
    ...common,
    name: 'failure.taken',
    retry: { limit: 0, backoff: 'none' },
    key: ({ item }) => item,
    run: () => Promise.reject(new Error('always')),
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = (await request(db, (tx) => enqueue(tx, job, { item: 'a' }))) ?? ''
  await jobs.idle()
  await request(db, (tx) => enqueue(tx, job, { item: 'a' }, { startAfterMs: 60_000 }))
  expect(await system(db, (tx) => deadLetters.redrive(tx, id))).toBeNull()
  expect(await lettersOf(job.name)).toHaveLength(1)
})

test('a handler that gives up is not tried again, and its code is kept', async () => {
  const job = defineJob({
    ...common,
    name: 'failure.give-up',
    retry: { limit: 5, backoff: 'none' },
    run: () => Promise.reject(new GiveUp('source-gone', 'the source was deleted')),
  })
  await using jobs = await worker(db, { jobs: [job] })
  await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  await jobs.idle()
  expect(await lettersOf(job.name)).toMatchObject([{ code: 'source-gone', attempts: 1 }])
})

test('a postponed job waits and counts no attempt', async () => {
  const attempts: [number, number][] = []
  const job = defineJob({
    ...common,
    name: 'failure.postpone',
    retry: { limit: 0, backoff: 'none' },
    run: (ctx) => {
      attempts.push([ctx.job.attempt, ctx.job.losses])
      return attempts.length < 3 ? Promise.reject(new Postpone(600_000, 'no quota')) : Promise.resolve()
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  for (let round = 0; round < 3; round += 1) {
    await jobs.idle()
    await passTime(db)
  }
  await jobs.idle()
  expect(attempts).toEqual([
    [1, 0],
    [1, 0],
    [1, 0],
  ])
  expect(await states(db, job.name)).toEqual({ completed: 1 })
})

test('an attempt that takes too long is aborted and counts as failed', async () => {
  const reasons: unknown[] = []
  const job = defineJob({
    ...common,
    name: 'failure.timeout',
    timeoutMs: 20,
    retry: { limit: 1, backoff: 'none' },
    run: async (_ctx, _input, signal) => {
      await aborted(signal)
      reasons.push(signal.reason)
      throw new Error('what follows the abort is not the reason')
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  await jobs.idle()
  expect(reasons).toHaveLength(2)
  expect(reasons[0]).toBeInstanceOf(JobStopped)
  expect(reasons[0]).toMatchObject({ why: 'timed-out' })
  expect(await lettersOf(job.name)).toMatchObject([{ code: 'timed-out', attempts: 2 }])
  expect((await historyOf(id)).map(({ outcome }) => outcome)).toEqual(['timed-out', 'dead'])
})

test('an input that the handler no longer accepts becomes a dead letter without a run', async () => {
  const older = defineJob({
    ...common,
    name: 'failure.schema',
    retry: { limit: 3, backoff: 'none' },
    run: () => Promise.resolve(),
  })
  await request(db, (tx) => enqueue(tx, older, { item: 'a' }))
  let runs = 0
  const newer = defineJob({
    ...common,
    input: Type.Object({ item: Type.Integer() }),
    name: older.name,
    retry: { limit: 3, backoff: 'none' },
    run: () => Promise.resolve(void (runs += 1)),
  })
  await using jobs = await worker(db, { jobs: [newer] })
  await jobs.idle()
  expect(runs).toBe(0)
  expect(await lettersOf(newer.name)).toMatchObject([{ code: 'invalid-input' }])
})

test('a workspace sees its own dead letters only', async () => {
  const seenBy = (workspaceId: string) =>
    db.database.read({ role: 'app', workspaceId, userId: null }, (reader: Parameters<typeof deadLetters.list>[0]) =>
      deadLetters.list(reader, { limit: 10 }),
    )
  expect(await letters()).not.toEqual([])
  expect(await seenBy(WORKSPACE)).not.toEqual([])
  expect(await seenBy(OTHER_WORKSPACE)).toEqual([])
})

test('exponential backoff doubles, stays within half of it, and never exceeds an hour', () => {
  const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 100_000 }),
      chances,
      (failures, delayMs, chance) => {
        const waitMs = backoffMs({ limit: 99, backoff: 'exponential', delayMs }, failures, chance)
        const fullMs = Math.min(3_600_000, delayMs * 2 ** (failures - 1))
        expect(waitMs).toBeGreaterThanOrEqual(Math.floor(fullMs / 2))
        expect(waitMs).toBeLessThanOrEqual(Math.ceil(fullMs))
      },
    ),
  )
  expect(backoffMs({ limit: 1, backoff: 'none', delayMs: 70 }, 3, 0.5)).toBe(70)
  expect(backoffMs({ limit: 1, backoff: 'none' }, 3, 0.5)).toBe(0)
})

test('whatever is thrown is kept in bounds and can be stored', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: false }),
      fc.string({ unit: 'binary', maxLength: 5000 }),
      (thrown, message) => {
        for (const value of [thrown, new Error(message), { toString: 'not a function' }]) {
          const record = recordOf(value)
          expect(JSON.stringify(record)).not.toContain(String.raw`\u0000`)
          expect(record.message.length).toBeLessThanOrEqual(1000)
          expect(record.message.isWellFormed()).toBe(true)
        }
      },
    ),
  )
})
