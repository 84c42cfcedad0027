import fc from 'fast-check'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs } from '#kernel/clock.ts'
import { type TestRedis, testRedis } from '#tests/support/redis.ts'
import { createLogger } from '../observability/log.ts'
import type { CacheDriver, Kept, Look } from './driver.ts'
import { MemoryDriver } from './memory.ts'
import { RedisDriver } from './redis.ts'
import { type Question, questionOf, specOf } from './spec.ts'

const spec = specOf({ name: 'test.versions', ttlMs: 60_000, deafTtlMs: 60_000, value: Type.Array(Type.Number()) })
const TAGS = ['thing:a', 'thing:b'] as const
const questions: readonly Question[] = [
  questionOf(spec, 'everyone', ['a'], ['thing:a']),
  questionOf(spec, 'everyone', ['ab'], [...TAGS]),
]

/** A driver with what a transaction does to it. */
interface Subject {
  readonly driver: CacheDriver
  changing(tags: readonly string[]): Promise<() => Promise<void>>
  /** Loses something that was kept, chosen by `at`. */
  lose(at: number): Promise<void>
  /** Forgets announcements, as time does when nobody is there any more to take them back; absent where they die with all. */
  expire?(): Promise<void>
}

/**
 * Readers and writers of which each goes on by one step when its number comes: a reader looks, reads the source, keeps;
 * a writer announces, commits, ends. So every interleaving of steps is possible, and none depends on time. Few who are
 * at it for long meet more often than many for a short time.
 */
const plans = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.record({ kind: fc.constant('reader' as const), who: fc.nat({ max: 3 }) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('writer' as const), who: fc.nat({ max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('death' as const), who: fc.nat({ max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('expiry' as const), who: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('loss' as const), who: fc.nat({ max: 20 }) }) },
  ),
  { minLength: 80, maxLength: 120 },
)
type Plan = typeof plans extends fc.Arbitrary<infer Steps> ? Steps : never

interface Reader {
  look: Extract<Look, { kind: 'miss' }>
  seen: readonly number[] | null
}

/**
 * Runs a plan and says whether a stale value was served: one that is older than the last change of a tag that was
 * `committed` (the strict promise, which survives a writer that dies between commit and end) or had `ended` by then.
 */
async function servesStale(subject: Subject, plan: Plan, promise: 'committed' | 'ended'): Promise<boolean> {
  const { driver } = subject
  const version = new Map<string, number>(TAGS.map((tag) => [tag, 0]))
  const ended = new Map(version)
  const [readers, writers] = [new Map<number, Reader>(), new Map<number, { end: () => Promise<void>; at: number }>()]
  const stateOf = (of: ReadonlyMap<string, number>, { tags }: Question): number[] => tags.map((tag) => of.get(tag) ?? 0)
  for (const { kind, who } of plan) {
    if (kind === 'loss') await subject.lose(who)
    // A writer that dies leaves its announcement, which outlives every transaction.
    if (kind === 'death' && subject.expire !== undefined) writers.delete(who)
    if (kind === 'expiry' && writers.size === 0) await subject.expire?.()
    if (kind === 'reader') {
      const question = questions[who % questions.length] as Question
      const reader = readers.get(who)
      if (reader === undefined) {
        const look = await driver.look(question)
        if (look.kind === 'miss') readers.set(who, { look, seen: null })
        else {
          const least = stateOf(promise === 'committed' ? version : ended, question)
          if ((look.value as number[]).some((seen, index) => seen < (least[index] ?? 0))) return true
        }
      } else if (reader.seen === null) reader.seen = stateOf(version, question)
      else {
        const payload = JSON.stringify(reader.seen)
        const value = { value: reader.seen, payload, sizeBytes: payload.length, ageMs: 0 }
        if (reader.look.mayKeep) await driver.keep(question, reader.look.stamp, value)
        readers.delete(who)
      }
    }
    if (kind === 'writer') {
      const tag = TAGS[who] ?? 'thing:a'
      const writer = writers.get(who)
      if (writer === undefined) writers.set(who, { end: await subject.changing([tag]), at: -1 })
      else if (writer.at < 0) version.set(tag, (writer.at = (version.get(tag) ?? 0) + 1))
      else {
        await writer.end()
        ended.set(tag, Math.max(ended.get(tag) ?? 0, writer.at))
        writers.delete(who)
      }
    }
  }
  return false
}

function memorySubject(): Subject {
  const driver = new MemoryDriver({ nowMs: monotonicMs, deaf: false })
  return {
    driver,
    changing: (tags) => Promise.resolve(async () => driver.invalidate(tags)),
    lose: async (at) => (at === 0 ? driver.clear() : undefined),
  }
}

/** Keeps whatever it is given, as caches commonly do; only an invalidation removes it. */
function naiveSubject(): Subject {
  const values = new Map<Question, unknown>()
  return {
    driver: {
      name: 'memory',
      look: (question) =>
        values.has(question)
          ? { kind: 'hit', value: values.get(question) }
          : { kind: 'miss', stamp: '', leads: true, mayKeep: true },
      keep: (question, _stamp, { value }) => void values.set(question, value),
      letGo: () => undefined,
    },
    changing: async (tags) => async () => {
      for (const question of questions) if (question.tags.some((tag) => tags.includes(tag))) values.delete(question)
    },
    lose: async () => undefined,
  }
}

describe('in memory', () => {
  test('no interleaving of readers and writers serves what is older than a change that has ended', async () => {
    const property = fc.asyncProperty(plans, async (plan) => !(await servesStale(memorySubject(), plan, 'ended')))
    await fc.assert(property, { numRuns: 300 })
  })

  test('the plans find the fault of a cache that keeps what was read before a change', async () => {
    const property = fc.asyncProperty(plans, async (plan) => !(await servesStale(naiveSubject(), plan, 'ended')))
    expect((await fc.check(property, { numRuns: 300 })).failed).toBe(true)
  })

  const answer = (driver: MemoryDriver, question: Question): unknown => {
    const look = driver.look(question)
    return look.kind === 'hit' ? look.value : null
  }
  const put = (driver: MemoryDriver, question: Question, value: unknown, ageMs = 0): void => {
    const look = driver.look(question)
    if (look.kind === 'hit') throw new Error('it is there already')
    const payload = JSON.stringify(value)
    driver.keep(question, look.stamp, { value, payload, sizeBytes: payload.length, ageMs })
  }
  const asked = (limits: Partial<Parameters<typeof specOf>[0]>): ((name: string) => Question) => {
    const own = specOf({ name: 'test.own', ttlMs: 1_000, value: Type.Unknown(), ...limits })
    return (name) => questionOf(own, 'everyone', [name], [`thing:${name}`])
  }

  test('a value lives for its time from when its computation began, and shorter in a process that hears nothing', () => {
    let nowMs = 0
    const driver = new MemoryDriver({ nowMs: () => nowMs, deaf: false })
    const question = asked({ ttlMs: 1_000, deafTtlMs: 100 })('x')
    put(driver, question, 1, 300)
    nowMs = 699
    expect(answer(driver, question)).toBe(1)
    nowMs = 700
    expect(answer(driver, question)).toBeNull()
    put(driver, question, 2)
    driver.setDeaf(true)
    expect(answer(driver, question)).toBeNull()
    put(driver, question, 3)
    nowMs = 799
    expect(answer(driver, question)).toBe(3)
    nowMs = 800
    expect(answer(driver, question)).toBeNull()
  })

  test('each cache is bounded in number and bytes, and the least recently used goes first', () => {
    const driver = new MemoryDriver({ nowMs: () => 0, deaf: false })
    const few = asked({ entriesMax: 3, deafTtlMs: 1_000 })
    for (const name of ['a', 'b', 'c']) put(driver, few(name), name)
    expect(answer(driver, few('a'))).toBe('a')
    put(driver, few('d'), 'd')
    expect(['a', 'b', 'c', 'd'].map((name) => answer(driver, few(name)))).toEqual(['a', null, 'c', 'd'])
    const small = asked({ name: 'test.small', maxBytes: 10_000 })
    for (let at = 0; at < 100; at += 1) put(driver, small(`n${at}`), 'x'.repeat(1_000))
    const size = driver.sizes().find(({ name }) => name === 'test.small')
    expect(size?.sizeBytes).toBeLessThanOrEqual(10_000)
    expect(size?.entries).toBeGreaterThan(5)
  })

  test('more invalidations than are remembered forget values rather than serve old ones', () => {
    const driver = new MemoryDriver({ nowMs: () => 0, deaf: false })
    const own = asked({})
    put(driver, own('x'), 'old')
    driver.invalidate(['thing:x'])
    const late = driver.look(own('y'))
    for (let at = 0; at < 100_050; at += 1) driver.invalidate([`thing:other-${at}`])
    expect(answer(driver, own('x'))).toBeNull()
    if (late.kind === 'miss') driver.keep(own('y'), late.stamp, { value: 1, payload: '1', sizeBytes: 1, ageMs: 0 })
    expect(answer(driver, own('y'))).toBeNull()
  })

  test('two caches of one name are refused', () => {
    const driver = new MemoryDriver({ nowMs: () => 0, deaf: false })
    driver.look(asked({})('x'))
    expect(() => driver.look(asked({})('x'))).toThrow('two caches have the name test.own')
  })
})

describe('in Redis', () => {
  let redis: TestRedis
  let driver: RedisDriver
  beforeAll(async () => {
    redis = await testRedis()
    driver = new RedisDriver({
      ...{ url: redis.url, installation: 'test', log: createLogger('silent'), commandTimeoutMs: 5_000 },
      onReached: () => undefined,
    })
    await driver.open()
  })
  afterAll(async () => {
    driver.close()
    await redis[Symbol.asyncDispose]()
  })

  const subject = (): Subject => ({
    driver,
    changing: (tags) => driver.changing(tags),
    lose: async (at) => {
      // Redis forgets what it likes when it is full; that a transaction was announced it must not forget.
      const keys = ((await redis.command('keys', '*')) as string[]).filter((key) => !key.includes(':changing:'))
      const key = keys.toSorted()[at % Math.max(keys.length, 1)]
      if (key !== undefined) await redis.command('del', key)
    },
    expire: async () => {
      for (const key of (await redis.command('keys', '*:changing:*')) as string[]) await redis.command('del', key)
    },
  })

  test('no interleaving serves what is older than a committed change, even if its writer died before it could tell', async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      await redis.command('flushall')
      return !(await servesStale(subject(), plan, 'committed'))
    })
    await fc.assert(property, { numRuns: 80 })
  })

  const kept = (value: readonly number[]): Kept => ({ value, payload: JSON.stringify(value), sizeBytes: 3, ageMs: 0 })
  const missed = async (question: Question): Promise<Extract<Look, { kind: 'miss' }>> => {
    const look = await driver.look(question)
    if (look.kind === 'hit') throw new Error(`it was served: ${JSON.stringify(look.value)}`)
    return look
  }

  test('what was kept before a writer died is not served when its announcement is over', async () => {
    await redis.command('flushall')
    const [question] = questions as [Question]
    const look = await missed(question)
    await driver.keep(question, look.stamp, kept([1]))
    expect(await driver.look(question)).toEqual({ kind: 'hit', value: [1] })
    await driver.changing(question.tags)
    expect((await missed(question)).mayKeep).toBe(false)
    await subject().expire?.()
    expect((await missed(question)).mayKeep).toBe(true)
  })

  test('who read before a commit keeps nothing, even if the announcement is over by then', async () => {
    await redis.command('flushall')
    const [question] = questions as [Question]
    const before = await missed(question)
    await driver.changing(question.tags)
    const during = await missed(question)
    expect([before.mayKeep, during.mayKeep]).toEqual([true, false])
    await driver.keep(question, before.stamp, kept([1]))
    await subject().expire?.()
    await driver.keep(question, before.stamp, kept([1]))
    await missed(question)
    expect(await redis.command('keys', '*:value:*')).toEqual([])
  })

  test('every key has an end', async () => {
    await redis.command('flushall')
    const [question] = questions as [Question]
    const look = await missed(question)
    await driver.keep(question, look.stamp, kept([1]))
    await driver.look(questions[1] as Question)
    await driver.changing(['thing:x'])
    const keys = (await redis.command('keys', '*')) as string[]
    expect(new Set(keys.map((key) => key.split(':')[3]))).toEqual(new Set(['value', 'token', 'lock', 'changing']))
    for (const key of keys) expect(Number(await redis.command('pttl', key))).toBeGreaterThan(0)
  })
})
