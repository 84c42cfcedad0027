import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { enqueue } from './enqueue.ts'
import { OTHER_WORKSPACE, WORKSPACE, gate, request, worker } from './fixtures/support.ts'
import { defineJob } from './job.ts'

const THIRD_WORKSPACE = '019b0000-0000-7000-8000-000000000003'
const Item = Type.Object({ item: Type.Integer(), urgent: Type.Boolean() })

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

interface Ran {
  readonly workspaceId: string | null
  readonly item: number
}

function fairJob(name: string, ran: Ran[], whenRun: (count: number) => Promise<void> = () => Promise.resolve()) {
  return defineJob({
    name,
    input: Item,
    retry: { limit: 0, backoff: 'none' },
    timeoutMs: 60_000,
    concurrency: 1,
    fair: true,
    priority: ({ urgent }) => (urgent ? 50 : 0),
    run: async (ctx, { item }) => {
      ran.push({ workspaceId: ctx.actor.kind === 'system' ? ctx.actor.workspaceId : null, item })
      await whenRun(ran.length)
    },
  })
}

function enqueueMany(job: ReturnType<typeof fairJob>, count: number, workspaceId: string) {
  return request(
    db,
    async (tx) => {
      for (let item = 0; item < count; item += 1) await enqueue(tx, job, { item, urgent: false })
    },
    workspaceId,
  )
}

test('who enqueues a thousand jobs does not make others wait for them', async () => {
  const ran: Ran[] = []
  const enough = gate()
  const job = fairJob('fair.thousand', ran, (count) => Promise.resolve(count === 40 ? enough.open() : undefined))
  await enqueueMany(job, 1000, WORKSPACE)
  await enqueueMany(job, 10, OTHER_WORKSPACE)
  await enqueueMany(job, 5, THIRD_WORKSPACE)
  await using _jobs = await worker(db, { jobs: [job] })
  await enough.opened
  const first = ran.slice(0, 40)
  const positions = (workspaceId: string) =>
    first.flatMap((run, index) => (run.workspaceId === workspaceId ? [index] : []))
  expect(positions(THIRD_WORKSPACE)).toEqual([2, 5, 8, 11, 14])
  expect(positions(OTHER_WORKSPACE)).toEqual([1, 4, 7, 10, 13, 16, 18, 20, 22, 24])
  const own = first.filter((run) => run.workspaceId === WORKSPACE).map(({ item }) => item)
  expect(own).toEqual(Array.from({ length: 25 }, (_, item) => item))
})

test('who comes while another is being served joins at the front, without credit for having been away', async () => {
  const ran: Ran[] = []
  const job: ReturnType<typeof fairJob> = fairJob('fair.joining', ran, async (count) => {
    if (count === 20) await enqueueMany(job, 10, OTHER_WORKSPACE)
  })
  await enqueueMany(job, 40, WORKSPACE)
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  const after = ran
    .slice(20)
    .map(({ workspaceId }) => (workspaceId === WORKSPACE ? 'a' : 'b'))
    .join('')
  expect(after).toBe(`${'ab'.repeat(10)}${'a'.repeat(10)}`)
})

test('an urgent job overtakes those of its workspace, never the one at the front of another', async () => {
  const ran: Ran[] = []
  const job = fairJob('fair.urgent', ran)
  await enqueueMany(job, 30, WORKSPACE)
  await enqueueMany(job, 30, OTHER_WORKSPACE)
  await request(db, (tx) => enqueue(tx, job, { item: 99, urgent: true }))
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  expect(ran.findIndex(({ item }) => item === 99)).toBe(2)
})
