import { describe, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { type TestRedis, testRedis } from '#tests/support/redis.ts'
import { createLogger } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { TooManyRequests } from './fields.ts'
import { limited } from './limited.ts'
import { type Subject, limitsKeepTheirPromises } from './limits.conformance.ts'
import { Limits } from './limits.ts'
import { limitMetrics } from './metrics.ts'
import { ROUTE_POLICIES, USE_POLICIES, scaled } from './policies.ts'

const log = createLogger('silent')

/** One process on a clock that stands until it is moved. */
function alone(): Subject & { readonly nodes: readonly [Limits] } {
  let nowMs = 1_000_000
  const limits = new Limits({ log, scale: 1, secret: 'test', redis: null, nowMs: () => nowMs })
  return {
    nodes: [limits],
    pass: async (ms) => void (nowMs += ms),
    [Symbol.asyncDispose]: () => limits[Symbol.asyncDispose](),
  }
}

/** Two processes and the Redis between them, whose time goes by when all that is kept there becomes older. */
async function together(): Promise<Subject> {
  const redis = await testRedis()
  let passedMs = 0
  const node = (): Limits =>
    new Limits({
      ...{ log, scale: 1, secret: 'test', redis: { url: redis.url, installation: 'test' } },
      nowMs: () => performance.now() + passedMs,
    })
  const nodes = [node(), node()]
  for (const one of nodes) await one.open()
  return {
    nodes,
    pass: async (ms) => {
      passedMs += ms
      await age(redis, ms)
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of nodes) await one[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}

async function age(redis: TestRedis, ms: number): Promise<void> {
  const text = `for _, key in ipairs(redis.call('KEYS', '*:limit:*')) do
    redis.call('SET', key, string.format('%.3f', tonumber(redis.call('GET', key)) - ARGV[1]), 'KEEPTTL')
  end`
  await redis.command('eval', text, 0, ms)
}

limitsKeepTheirPromises('by one process', async () => alone())
limitsKeepTheirPromises('by two processes in a Redis', together)

describe('what a process remembers', () => {
  test('is bounded, and a flood of addresses pushes out addresses alone', () => {
    const {
      nodes: [limits],
    } = alone()
    const { 'sign-in': policy } = limits.uses
    const ask = { policy, key: limits.hide('somebody@example.org') }
    for (let use = 0; use < policy.quota; use += 1) limits.take([ask])
    for (let n = 0; n < 200_000; n += 1) limits.take([{ policy: limits.routes.read.address, key: `10.${n}` }])
    expect(limits.size).toBe(50_001)
    expect(limits.take([ask]).allowed).toBe(false)
  })
})

describe('guesses at one account', () => {
  const from = (limits: Limits, address: string, account = 'ada@example.org') =>
    limited({ limits }, { 'sign-in': account, 'sign-in-from': `${account} ${address}` })

  test('are throttled, though each of 500 comes from another address', async () => {
    const {
      nodes: [limits],
    } = alone()
    const tries = await Promise.allSettled(Array.from({ length: 500 }, (_, n) => from(limits, `203.0.113.${n}`)))
    const refused = tries.filter(({ status }) => status === 'rejected')
    expect(500 - refused.length).toBe(USE_POLICIES['sign-in'].quota)
    for (const one of refused) expect(isProblem((one as PromiseRejectedResult).reason, TooManyRequests)).toBe(true)
    await expect(from(limits, '198.51.100.1', 'grace@example.org')).resolves.toBeDefined()
  })

  test('from one address are throttled before they lock out everybody else', async () => {
    const {
      nodes: [limits],
    } = alone()
    for (let n = 0; n < 10; n += 1) await from(limits, '203.0.113.1')
    await expect(from(limits, '203.0.113.1')).rejects.toMatchObject({
      kind: TooManyRequests,
      extra: { policy: 'sign-in-from', headers: { 'Retry-After': '90' } },
    })
    await expect(from(limits, '203.0.113.2')).resolves.toBeDefined()
  })

  test('that were right count for nothing', async () => {
    const {
      nodes: [limits],
    } = alone()
    for (let n = 0; n < 100; n += 1) await (await from(limits, '203.0.113.1')).giveBack()
    await expect(from(limits, '203.0.113.1')).resolves.toBeDefined()
  })
})

test('figures are multiplied by the scale, and never become nothing', () => {
  expect(scaled(USE_POLICIES['mail-to'], 0.01).quota).toBe(1)
  expect(scaled(ROUTE_POLICIES.read.address, 2).quota).toBe(2 * ROUTE_POLICIES.read.address.quota)
  expect(scaled(ROUTE_POLICIES.auth.address, 0.5)).toEqual({ ...ROUTE_POLICIES.auth.address, quota: 60 })
})

test('refusals are counted by their policies', async () => {
  const metrics = createMetrics()
  await using limits = new Limits({
    ...{ log, scale: 0.01, secret: 'test', redis: null, metrics: limitMetrics(metrics.registry) },
  })
  const keys = { 'mail-to': 'ada@example.org' } as const
  await limited({ limits }, keys)
  for (let n = 0; n < 3; n += 1) await expect(limited({ limits }, keys)).rejects.toThrow('Come again in')
  expect(await metrics.registry.metrics()).toContain('airdate_limits_refused_total{policy="mail-to"} 3')
})
