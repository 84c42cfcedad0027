import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { MINUTE_MS } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import { type TestRedis, freePort, testRedis } from '#tests/support/redis.ts'
import { createLogger } from '../observability/log.ts'
import { type CachesUnderTest, cacheConformance, change, ctxWith, numbersCache, tagOf } from './cache.conformance.ts'
import { Cache, type CacheOptions } from './cache.ts'
import { cacheMetrics } from './metrics.ts'

const log = createLogger('silent')

/** A process's cache in Redis, patient with a machine that is busy with other tests. */
async function cacheOn(url: string, around: Partial<CacheOptions> = {}): Promise<Cache> {
  const cache = new Cache({ log, redis: { url, installation: 'test' }, commandTimeoutMs: 5_000, ...around })
  await cache.open()
  return cache
}

/** Kills Redis a few turns after the cache uses it, and brings it back, until it is over. Returns how often. */
async function dieAndReturn(
  redis: TestRedis,
  cache: Cache,
  over: AbortSignal,
  died?: (deaths: number) => void,
): Promise<number> {
  let deaths = 0
  while (!over.aborted) {
    for (let count = 0; count < 200; count += 1) await turn()
    await redis.kill()
    deaths += 1
    died?.(deaths)
    for (let count = 0; count < 200; count += 1) await turn()
    await redis.start()
    while (!over.aborted && cache.isRedisUsable !== true) await delay(5)
  }
  return deaths
}

cacheConformance('without Redis', async () => {
  const cache = new Cache({ log, redis: null })
  return { caches: [cache], [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose]() }
})

cacheConformance('with Redis, in three processes', async (): Promise<CachesUnderTest> => {
  await using parts = new AsyncDisposableStack()
  const redis = parts.use(await testRedis())
  const caches: Cache[] = []
  for (const _process of [1, 2, 3]) caches.push(parts.use(await cacheOn(redis.url, { patienceMs: 5_000 })))
  const moved = parts.move()
  return { caches, [Symbol.asyncDispose]: () => moved.disposeAsync() }
})

cacheConformance(
  'with a Redis that was never there',
  async () => {
    const cache = await cacheOn(`redis://127.0.0.1:${await freePort()}`)
    return { caches: [cache], [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose]() }
  },
  { keeps: false },
)

cacheConformance(
  'with a Redis that dies and comes back all the time',
  async () => {
    await using parts = new AsyncDisposableStack()
    const redis = parts.use(await testRedis())
    const cache = parts.use(await cacheOn(redis.url, { commandTimeoutMs: 250 }))
    const over = new AbortController()
    const death = dieAndReturn(redis, cache, over.signal)
    parts.defer(async () => {
      over.abort()
      expect(await death).toBeGreaterThan(0)
    })
    const moved = parts.move()
    return { caches: [cache], [Symbol.asyncDispose]: () => moved.disposeAsync() }
  },
  { keeps: false },
)

test('no answer is wrong while Redis dies and comes back', async () => {
  await using redis = await testRedis()
  await using cache = await cacheOn(redis.url, { commandTimeoutMs: 250 })
  const [over, source] = [new AbortController(), new Map<string, number>()]
  const read = numbersCache(async (_ctx, name) => source.get(name) ?? 0, { whose: 'everyone' })
  const death = dieAndReturn(redis, cache, over.signal, (deaths) => (deaths === 5 ? over.abort() : undefined))
  for (let version = 1; !over.signal.aborted; version += 1) {
    const name = `n${version % 7}`
    await change(cache, [`thing:${tagOf(name)}`], () => source.set(name, version))
    const names = [name, ...source.keys()]
    expect(await Promise.all(names.map((one) => read(ctxWith(cache, null), one)))).toEqual(
      names.map((one) => source.get(one)),
    )
    await turn()
  }
  expect(await death).toBe(5)
})

test('somebody who died while computing delays nobody long', async () => {
  await using redis = await testRedis()
  // Whoever waited for the lock of who died would be at it when this test is over.
  const lockMs = 10 * MINUTE_MS
  await using dead = await cacheOn(redis.url, { redis: { url: redis.url, installation: 'test', lockMs } })
  await using living = await cacheOn(redis.url, { patienceMs: 40 })
  const never = Promise.withResolvers<number>()
  let calls = 0
  const read = numbersCache(() => ((calls += 1), calls === 1 ? never.promise : Promise.resolve(calls)))
  const workspaceId = newId()
  const first = read(ctxWith(dead, workspaceId), 'x')
  await expect.poll(() => calls).toBe(1)
  expect(await read(ctxWith(living, workspaceId), 'x')).toBe(2)
  never.resolve(1)
  expect(await first).toBe(1)
  expect(await read(ctxWith(living, workspaceId), 'x')).not.toBeNull()
})

test('one Redis serves two installations that know nothing of each other', async () => {
  await using redis = await testRedis()
  await using one = await cacheOn(redis.url, { redis: { url: redis.url, installation: 'one' } })
  await using other = await cacheOn(redis.url, { redis: { url: redis.url, installation: 'other' } })
  let calls = 0
  const read = numbersCache(async () => (calls += 1), { whose: 'everyone' })
  expect([await read(ctxWith(one, null), 'x'), await read(ctxWith(other, null), 'x')]).toEqual([1, 2])
  expect([await read(ctxWith(one, null), 'x'), await read(ctxWith(other, null), 'x')]).toEqual([1, 2])
})

test('metrics tell hits, misses and sizes by cache, and no more', async () => {
  const registry = new Registry()
  const cache: Cache = new Cache({ log, redis: null, metrics: cacheMetrics(registry, () => cache) })
  const read = numbersCache(async () => 1, { whose: 'everyone' })
  for (const name of ['a', 'b', 'a', 'a']) await read(ctxWith(cache, null), name)
  await change(cache, [`thing:${tagOf('a')}`], () => undefined)
  await read(ctxWith(cache, null), 'a')
  const lines = (await registry.metrics()).split('\n')
  const reads = lines.filter((line) => line.startsWith('airdate_cache_reads_total{'))
  expect(reads.map((line) => line.replace(/test\.numbers-\d+/, 'X'))).toEqual([
    'airdate_cache_reads_total{cache="X",result="miss"} 3',
    'airdate_cache_reads_total{cache="X",result="hit"} 2',
  ])
  expect(lines.find((line) => line.startsWith('airdate_cache_bytes{'))).toMatch(/ [1-9]\d*$/)
  expect(lines.some((line) => line.startsWith('airdate_cache_redis_up '))).toBe(false)
})
