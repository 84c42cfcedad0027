import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { enqueue } from './enqueue.ts'
import { OTHER_WORKSPACE, WORKSPACE, gate, inWorkspace, request, states, system, worker } from './fixtures/support.ts'
import { type JobCtx, defineJob } from './job.ts'

const Item = Type.Object({ item: Type.String() })
const once = { retry: { limit: 0, backoff: 'none' }, timeoutMs: 60_000, concurrency: 'io' } as const

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

test('a job enqueued in a transaction that rolls back never exists', async () => {
  const job = defineJob({ name: 'enqueue.rollback', input: Item, ...once, run: () => Promise.resolve() })
  const failing = request(db, async (tx) => {
    expect(await enqueue(tx, job, { item: 'a' })).toBeTypeOf('string')
    throw new Error('the cause failed')
  })
  await expect(failing).rejects.toThrow('the cause failed')
  expect(await states(db, job.name)).toEqual({})
})

test('a job runs once with its input, in the scope of the workspace that enqueued it', async () => {
  const seen: { ctx: JobCtx; item: string }[] = []
  const job = defineJob({
    name: 'enqueue.scope',
    input: Item,
    ...once,
    run: (ctx, { item }) => Promise.resolve(void seen.push({ ctx, item })),
  })
  await using jobs = await worker(db, { jobs: [job] })
  const id = await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  await jobs.idle()
  expect(seen.map(({ item }) => item)).toEqual(['a'])
  expect(seen[0]?.ctx.scope).toEqual(inWorkspace(WORKSPACE))
  expect(seen[0]?.ctx.actor).toEqual({ kind: 'system', name: 'enqueue.scope', workspaceId: WORKSPACE })
  expect(seen[0]?.ctx.job).toEqual({ id, name: 'enqueue.scope', attempt: 1, losses: 0 })
})

test('the system enqueues for a workspace, or for itself', async () => {
  const scopes: unknown[] = []
  const job = defineJob({
    name: 'enqueue.system',
    input: Item,
    ...once,
    concurrency: 1,
    run: (ctx) => Promise.resolve(void scopes.push(ctx.scope)),
  })
  await using jobs = await worker(db, { jobs: [job] })
  await system(db, async (tx) => {
    await enqueue(tx, job, { item: 'a' }, { workspaceId: OTHER_WORKSPACE })
    await enqueue(tx, job, { item: 'b' })
  })
  await jobs.idle()
  expect(scopes).toEqual([inWorkspace(OTHER_WORKSPACE), { role: 'system' }])
})

test('of two unfinished jobs with one key the second is a no-op, and a finished one frees the key', async () => {
  const done = gate()
  let runs = 0
  const job = defineJob({
    name: 'enqueue.keyed',
    input: Item,
    ...once,
    key: ({ item }) => item,
    run: async () => {
      runs += 1
      await done.opened
    },
  })
  await using jobs = await worker(db, { jobs: [job] })
  const first = await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  expect(first).toBeTypeOf('string')
  expect(await request(db, (tx) => enqueue(tx, job, { item: 'a' }))).toBeNull()
  expect(await request(db, (tx) => enqueue(tx, job, { item: 'b' }))).toBeTypeOf('string')
  done.open()
  await jobs.idle()
  expect(await request(db, (tx) => enqueue(tx, job, { item: 'a' }))).toBeTypeOf('string')
  await jobs.idle()
  expect(runs).toBe(3)
})

test('an input that does not match the schema is refused at once', async () => {
  const job = defineJob({ name: 'enqueue.wrong', input: Item, ...once, run: () => Promise.resolve() })
  const wrong = { item: 1 } as unknown as { item: string }
  await expect(request(db, (tx) => enqueue(tx, job, wrong))).rejects.toThrow('does not match its schema')
})

test('a job that starts later is not run before', async () => {
  let runs = 0
  const job = defineJob({ name: 'enqueue.later', input: Item, ...once, run: () => Promise.resolve(void (runs += 1)) })
  await using jobs = await worker(db, { jobs: [job] })
  await request(db, (tx) => enqueue(tx, job, { item: 'a' }, { startAfterMs: 3_600_000 }))
  await jobs.idle()
  expect(runs).toBe(0)
  expect(await states(db, job.name)).toEqual({ created: 1 })
})

test('the application cannot enqueue for another workspace', async () => {
  const job = defineJob({ name: 'enqueue.foreign', input: Item, ...once, run: () => Promise.resolve() })
  const foreign = request(db, (tx) => enqueue(tx, job, { item: 'a' }, { workspaceId: OTHER_WORKSPACE }))
  await expect(foreign).rejects.toThrow('only be enqueued for the workspace of the transaction')
  const global = request(db, (tx) => enqueue(tx, job, { item: 'a' }, { workspaceId: null }))
  await expect(global).rejects.toThrow('only be enqueued for the workspace of the transaction')
})

test('the application can neither read nor write the rows of the queue', async () => {
  const reads = await db.sql<{ table: string }>(
    `select table_name as table from information_schema.table_privileges where grantee = 'airdate_app' and table_schema = 'pgboss'`,
  )
  expect(reads).toEqual([])
  const [usage] = await db.sql(`select has_schema_privilege('airdate_app', 'pgboss', 'usage') as allowed`)
  expect(usage).toEqual({ allowed: false })
})

test('higher priorities run first', async () => {
  const order: string[] = []
  const job = defineJob({
    name: 'enqueue.priority',
    input: Item,
    ...once,
    concurrency: 1,
    priority: ({ item }) => (item === 'urgent' ? 1 : 0),
    run: (_ctx, { item }) => Promise.resolve(void order.push(item)),
  })
  await request(db, async (tx) => {
    for (const item of ['first', 'second', 'urgent']) await enqueue(tx, job, { item })
  })
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  expect(order).toEqual(['urgent', 'first', 'second'])
})

test('a handler is loaded where the job runs, and only there', async () => {
  const done = gate()
  let loads = 0
  const job = defineJob({
    name: 'enqueue.lazy',
    input: Item,
    ...once,
    load: () => {
      loads += 1
      return Promise.resolve({ run: () => Promise.resolve(done.open()) })
    },
  })
  await request(db, (tx) => enqueue(tx, job, { item: 'a' }))
  expect(loads).toBe(0)
  await using jobs = await worker(db, { jobs: [job] })
  await jobs.idle()
  await done.opened
  expect(loads).toBe(1)
})
