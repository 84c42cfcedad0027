import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestRedis, testRedis } from '#tests/support/redis.ts'
import { createLogger } from '../observability/log.ts'
import { limited } from './limited.ts'
import { left, someKey } from './limits.conformance.ts'
import { Limits } from './limits.ts'
import type { Policy } from './policies.ts'

const log = createLogger('silent')
const policy: Policy = { name: 'test', quota: 10, windowMs: 600_000 }
const fresh = () => ({ policy, key: someKey() })

let redis: TestRedis
/** Two processes over one Redis. */
let one: Limits
let other: Limits
beforeAll(async () => {
  redis = await testRedis()
  ;[one, other] = [over(redis.url), over(redis.url)]
  await Promise.all([one.open(), other.open()])
})
afterAll(async () => {
  for (const limits of [one, other]) await limits[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await settled()
  await redis.command('config', 'set', 'maxmemory', '0')
  await redis.command('flushall')
})

function over(url: string): Limits {
  return new Limits({ log, scale: 1, secret: 'test', redis: { url, installation: 'test' }, commandTimeoutMs: 300 })
}

async function settled(): Promise<void> {
  for (const limits of [one, other]) await expect.poll(() => limits.isRedisUsable, { timeout: 20_000 }).toBe(true)
}

/** Uses that pass of 30 tries at one process. */
async function passing(limits: Limits, ask: ReturnType<typeof fresh>): Promise<number> {
  let passed = 0
  for (let n = 0; n < 30; n += 1) if ((await limits.takeExactly([ask])).allowed) passed += 1
  return passed
}

describe('a Redis that is killed in mid-run', () => {
  test('leaves each process with what it knows, and nothing is forgotten when it is back empty', async () => {
    const ask = fresh()
    for (let n = 0; n < 4; n += 1) await one.takeExactly([ask])
    await other.takeExactly([ask])
    await redis.kill()
    // Each saw five uses when it was told last; from there it counts alone.
    expect([await passing(one, ask), await passing(other, ask)]).toEqual([6, 5])
    expect(one.take([ask]).allowed).toBe(false)
    await redis.start()
    await settled()
    const verdict = await one.takeExactly([ask])
    expect([verdict.allowed, left(ask, verdict)]).toEqual([false, 0])
    // Nor for a process that never asked before.
    await using third = over(redis.url)
    await third.open()
    expect((await third.takeExactly([ask])).allowed).toBe(false)
  })

  test('hears of what was counted meanwhile without anybody waiting', async () => {
    const ask = fresh()
    await redis.kill()
    for (let n = 0; n < 9; n += 1) expect(one.take([ask]).allowed).toBe(true)
    await redis.start()
    await settled()
    expect(one.take([ask]).allowed).toBe(true)
    await expect.poll(async () => (await other.takeExactly([ask])).allowed).toBe(false)
  })

  test('fails no call that is made while it dies', async () => {
    const ask = fresh()
    const dying = redis.kill()
    const calls = Array.from({ length: 50 }, () => one.takeExactly([ask]))
    await dying
    const verdicts = await Promise.all([...calls, ...Array.from({ length: 50 }, () => one.takeExactly([ask]))])
    const allowed = verdicts.filter((verdict) => verdict.allowed).length
    // What Redis counted and could not say any more is counted again.
    expect(allowed).toBeGreaterThan(0)
    expect(allowed).toBeLessThanOrEqual(2 * policy.quota)
    await redis.start()
  })
})

test('a Redis that stands still delays one call, and no more until it moves', async () => {
  await one.takeExactly([fresh()])
  redis.pause()
  await one.takeExactly([fresh()])
  expect(one.isRedisUsable).toBe(false)
  const asked = Promise.all(Array.from({ length: 100 }, () => one.takeExactly([fresh()])))
  // Whoever waits for Redis waits for something outside: these are answered before the process looks there.
  expect(await Promise.race([asked.then(() => 'answered'), turn('waits')])).toBe('answered')
  redis.resume()
  await settled()
})

test('a Redis that was wiped is told again what its processes know', async () => {
  const ask = fresh()
  expect(await passing(one, ask)).toBe(10)
  await redis.command('flushall')
  await redis.command('script', 'flush')
  expect(await passing(one, ask)).toBe(0)
  expect(await passing(other, ask)).toBe(0)
})

test('a full Redis leaves each process to itself', async () => {
  const ask = fresh()
  await redis.command('config', 'set', 'maxmemory', '1')
  expect(await passing(one, ask)).toBe(10)
  for (let n = 0; n < 10; n += 1) one.take([fresh()])
  expect(one.isRedisUsable).toBe(true)
})

test.each(['nan', 'x', '', '-1', '1e999', '99999999999999999999'])(
  'a value %j that is none of ours refuses nobody for longer than the window',
  async (rubbish) => {
    const ask = fresh()
    await redis.command('set', `airdate:test:limit:test:${ask.key}`, rubbish)
    const { debtsMs } = await one.takeExactly([ask])
    expect(debtsMs[0]).toBeGreaterThanOrEqual(0)
    expect(debtsMs[0]).toBeLessThanOrEqual(policy.windowMs)
  },
)

test('a key of another kind is done without', async () => {
  const ask = fresh()
  await redis.command('sadd', `airdate:test:limit:test:${ask.key}`, 'x')
  expect(await passing(one, ask)).toBe(10)
})

test('what is kept there dies by itself and tells no names', async () => {
  const account = 'ada@example.org'
  await limited({ limits: one }, { 'sign-in': account, 'sign-in-from': `${account} 203.0.113.7` })
  // What an earlier test counted without waiting may still arrive.
  const keys = (await redis.command('keys', '*:limit:sign-in*')) as string[]
  expect(keys).toHaveLength(2)
  for (const key of keys) {
    expect(key).not.toMatch(/ada|example|203/)
    const livesMs = Number(await redis.command('pttl', key))
    expect(livesMs).toBeGreaterThan(0)
    expect(livesMs).toBeLessThanOrEqual(3_600_000)
  }
})

test('a server that is no Redis is done without', async () => {
  await using limits = over('redis://127.0.0.1:1')
  await limits.open()
  expect(limits.isRedisUsable).toBe(false)
  expect(await passing(limits, fresh())).toBe(10)
})
