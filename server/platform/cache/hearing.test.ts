import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { Database, type DatabaseOptions } from '../database/database.ts'
import { Pool } from '../database/pool.ts'
import { anonymousScope } from '../database/scope.ts'
import { createLogger } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { ctxWith, numbersCache, tagOf } from './cache.conformance.ts'
import { invalidates } from './cached.ts'
import { type Caches, openCaches } from './open.ts'

let db: TestDatabase
let processes: { readonly caches: Caches; readonly database: Database }[] = []
const parts = new AsyncDisposableStack()
beforeAll(async () => {
  db = parts.use(await testDatabase())
  processes = await Promise.all([1, 2].map(() => startProcess()))
})
afterAll(() => parts.disposeAsync())

async function startProcess(): Promise<(typeof processes)[number]> {
  const [log, connection] = [createLogger('silent'), db.connection('app')]
  const caches = parts.use(
    await openCaches({ redisUrl: null, installation: 'test', connection, metrics: createMetrics(), log }),
  )
  const pool = new Pool({ connection, max: 2, applicationName: 'test-cache' })
  parts.defer(() => pool.end())
  const options: DatabaseOptions = { app: pool, system: pool, slowQueryMs: 60_000, onSlow: () => undefined, ...caches }
  return { caches, database: new Database(options) }
}

/** The processes by their number, with a number that both read through their caches. */
function source(name: string) {
  let [value, calls] = [1, 0]
  const read = numbersCache(async () => ((calls += 1), value), { whose: 'everyone' })
  const at = (index: number) => processes[index] as (typeof processes)[number]
  return {
    at,
    calls: () => calls,
    read: (index: number) => read(ctxWith(at(index).caches.cache, null), name),
    set: (index: number, next: number, fails = false) =>
      at(index).database.transaction(anonymousScope, async (tx) => {
        invalidates(tx, `thing:${tagOf(name)}`)
        value = next
        if (fails) throw new Error('not today')
      }),
  }
}

test('a change is seen at once by its own process, and by others as soon as they hear of its commit', async () => {
  const { read, set, calls } = source('heard')
  expect([await read(0), await read(1), await read(0), await read(1)]).toEqual([1, 1, 1, 1])
  expect(calls()).toBe(2)
  await set(0, 2)
  expect(await read(0)).toBe(2)
  await expect.poll(() => read(1), { interval: 2, timeout: 10_000 }).toBe(2)
  expect(calls()).toBe(4)
})

test('a transaction that fails tells nobody', async () => {
  const { read, set, calls } = source('failed')
  await Promise.all([read(0), read(1)])
  await expect(set(0, 2, true)).rejects.toThrow('not today')
  // What was told is told in order: had the failed one been heard, it would be by now.
  const after = source('after')
  await after.read(1)
  await after.set(0, 2)
  await expect.poll(() => after.read(1), { interval: 2, timeout: 10_000 }).toBe(2)
  expect([await read(0), await read(1), calls()]).toEqual([1, 1, 2])
})

test('what a transaction changes inside of another is told when the outer one commits', async () => {
  const { at, read, calls } = source('joined')
  await read(0)
  const { database, caches } = at(0)
  const inner = numbersCache(async ({ database: seen }) => (seen.isJoined ? 2 : 1), { whose: 'everyone' })
  await database.joined(anonymousScope, async (_tx, joined) => {
    await joined.transaction(anonymousScope, async (tx) => invalidates(tx, `thing:${tagOf('joined')}`))
    expect(await inner({ ...ctxWith(caches.cache, null), database: joined }, 'x')).toBe(2)
    await read(0)
    expect(calls()).toBe(1)
  })
  await read(0)
  expect(calls()).toBe(2)
})

test('a process whose session is lost forgets everything, keeps little, and hears again by itself', async () => {
  const { read, set, calls } = source('lost')
  await Promise.all([read(0), read(1)])
  const ended = await db.sql<{ ended: boolean }>(
    `select pg_terminate_backend(pid) as ended from pg_stat_activity
     where application_name = 'airdate-cache-listen' and datname = current_database()`,
  )
  expect(ended).toHaveLength(2)
  await expect.poll(async () => (await read(1), calls()), { interval: 5, timeout: 10_000 }).toBeGreaterThan(2)
  const listening = () =>
    db.sql(`select pid from pg_stat_activity where application_name = 'airdate-cache-listen' and datname = current_database()
      and query like 'listen%' and state = 'idle'`)
  await expect.poll(listening, { timeout: 10_000 }).toHaveLength(2)
  await set(0, 2)
  await expect.poll(() => read(1), { interval: 2, timeout: 10_000 }).toBe(2)
})

test('while it is deaf, a process keeps nothing that is not worth a risk', async () => {
  let calls = 0
  const read = numbersCache(async () => (calls += 1), { whose: 'everyone', deafTtlMs: 0 })
  const twice = async (): Promise<number> => {
    const [cache, before] = [processes[0]?.caches.cache as Caches['cache'], calls]
    for (const _again of [1, 2]) await read(ctxWith(cache, null), 'x')
    return calls - before
  }
  await twice()
  expect(await twice()).toBe(0)
  await db.sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'airdate-cache-listen' and datname = current_database()`)
  await expect.poll(twice, { interval: 2, timeout: 10_000 }).toBe(2)
  await expect.poll(twice, { interval: 5, timeout: 10_000 }).toBe(0)
})

test('so many tags that no notice holds them forget everything', async () => {
  const { at, read, calls } = source('many')
  await read(1)
  await at(0).database.transaction(anonymousScope, async (tx) => {
    invalidates(tx, ...Array.from({ length: 300 }, () => `thing:${newId()}`))
  })
  await expect.poll(async () => (await read(1), calls()), { interval: 2, timeout: 10_000 }).toBe(2)
})
