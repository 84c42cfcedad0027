import { once } from 'node:events'
import { type Socket, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { monotonicMs } from '#kernel/clock.ts'
import { type TestRedis, testRedis } from '#tests/support/redis.ts'
import { createLogger } from '../observability/log.ts'
import { change, ctxWith, numbersCache, tagOf } from './cache.conformance.ts'
import { Cache } from './cache.ts'

const log = createLogger('silent')

let redis: TestRedis
/** Two processes over one Redis. */
let one: Cache
let other: Cache
beforeAll(async () => {
  redis = await testRedis()
  ;[one, other] = [cacheOn(redis.url), cacheOn(redis.url)]
  await Promise.all([one.open(), other.open()])
})
afterAll(async () => {
  for (const cache of [one, other]) await cache[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await settled()
  await redis.command('flushall')
  await redis.command('config', 'set', 'maxmemory', '0')
})

function cacheOn(url: string): Cache {
  return new Cache({ log, redis: { url, installation: 'test' }, commandTimeoutMs: 300 })
}

async function settled(): Promise<void> {
  for (const cache of [one, other]) await expect.poll(() => cache.isRedisUsable, { timeout: 20_000 }).toBe(true)
}

/** A source with a number that changes, read through the cache. */
function source() {
  let [value, calls] = [1, 0]
  const read = numbersCache(async () => ((calls += 1), value), { whose: 'everyone' })
  return {
    read: (cache: Cache) => read(ctxWith(cache, null), 'x'),
    set: (cache: Cache, next: number) => change(cache, [`thing:${tagOf('x')}`], () => (value = next)),
    calls: () => calls,
  }
}

test('a Redis that is killed changes no answer, delays none, and is used again when it is back', async () => {
  const { read, set, calls } = source()
  expect([await read(one), await read(other), calls()]).toEqual([1, 1, 1])
  await redis.kill()
  const beganMs = monotonicMs()
  expect(await read(one)).toBe(1)
  await set(one, 2)
  expect(await read(one)).toBe(2)
  for (let again = 0; again < 50; again += 1) expect(await read(one)).toBe(2)
  expect(monotonicMs() - beganMs).toBeLessThan(5_000)
  expect(() => one.assertWhole()).toThrow(/^not usable for \d+ s: /)
  await redis.start()
  await settled()
  expect(() => one.assertWhole()).not.toThrow()
  const before = calls()
  expect([await read(one), await read(other), await read(one)]).toEqual([2, 2, 2])
  expect(calls()).toBe(before + 1)
})

test('what a process kept for itself in one outage is not served in the next', async () => {
  const { read, set } = source()
  await redis.kill()
  expect(await read(one)).toBe(1)
  await redis.start()
  await settled()
  await set(other, 2)
  await redis.kill()
  expect(await read(one)).toBe(2)
  await redis.start()
})

test('a Redis that comes back with an old snapshot serves nothing of it', async () => {
  const { read, set } = source()
  await read(one)
  await redis.command('save')
  await set(one, 2)
  expect(await read(other)).toBe(2)
  await redis.kill()
  await redis.start()
  await settled()
  expect(Number(await redis.command('dbsize'))).toBeGreaterThan(0)
  expect([await read(one), await read(other)]).toEqual([2, 2])
  await redis.command('flushall')
  await redis.command('save')
})

test('a change that Redis did not hear of is made good before Redis is used again', async () => {
  const { read, set } = source()
  expect([await read(one), await read(other)]).toEqual([1, 1])
  redis.pause()
  await set(one, 2)
  // Whoever changed it sees it at once; Redis kept the old value and its keys.
  expect(await read(one)).toBe(2)
  expect(one.isRedisUsable).toBe(false)
  redis.resume()
  await settled()
  expect([await read(one), await read(other)]).toEqual([2, 2])
})

test('a Redis that stands still delays a read once, and no more until it moves', async () => {
  const { read, calls } = source()
  await read(one)
  redis.pause()
  const beganMs = monotonicMs()
  for (let again = 0; again < 100; again += 1) expect(await read(one)).toBe(1)
  // One command timed out at 300 ms; a hundred would take half a minute.
  expect(monotonicMs() - beganMs).toBeLessThan(3_000)
  expect(calls()).toBeLessThan(10)
  redis.resume()
  await settled()
})

test('a wiped Redis, and one that forgot its scripts, is as good as a new one', async () => {
  const { read, set, calls } = source()
  await read(one)
  await redis.command('flushall')
  await redis.command('script', 'flush')
  expect([await read(one), await read(other)]).toEqual([1, 1])
  expect(calls()).toBe(2)
  await redis.command('flushall')
  await set(other, 2)
  expect([await read(one), await read(other)]).toEqual([2, 2])
})

test('a full Redis keeps nothing new, and what it kept is still invalidated', async () => {
  const { read, set, calls } = source()
  await read(one)
  await redis.command('config', 'set', 'maxmemory', '1')
  expect([await read(one), calls()]).toEqual([1, 1])
  await set(other, 2)
  expect([await read(one), await read(other)]).toEqual([2, 2])
  const fresh = source()
  expect([await fresh.read(one), await fresh.read(other)]).toEqual([1, 1])
  await redis.command('config', 'set', 'maxmemory', '0')
  await settled()
  expect([await read(one), await read(other)]).toEqual([2, 2])
})

test('what is no value of the cache is not served, and makes room for one that is', async () => {
  const { read, calls } = source()
  await read(one)
  for (const rubbish of ['{', '"text"', '', '\0\xff', '[1]']) {
    const keys = (await redis.command('keys', '*:value:*')) as string[]
    for (const key of keys) await redis.command('hset', key, 'payload', rubbish)
    expect(await read(other)).toBe(1)
  }
  const before = calls()
  expect([await read(one), await read(one), await read(other)]).toEqual([1, 1, 1])
  expect(calls()).toBeLessThanOrEqual(before + 1)
})

test.each([
  ['says what no Redis says', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['hangs up at once', (socket: Socket) => void socket.destroy()],
  ['says nothing', () => undefined],
  ['answers everything with a number', (socket: Socket) => void socket.on('data', () => socket.write(':1\r\n'))],
  ['refuses everything', (socket: Socket) => void socket.on('data', () => socket.write('-ERR no\r\n'))],
])('a server that %s is done without', async (_says, serve) => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await using cache = cacheOn(`redis://127.0.0.1:${port}`)
  await cache.open()
  const { read, set } = source()
  expect(await read(cache)).toBe(1)
  await set(cache, 2)
  expect(await read(cache)).toBe(2)
  expect(cache.isRedisUsable).toBe(false)
  for (const socket of sockets) socket.destroy()
  server.close()
})
