import fc from 'fast-check'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import { type Ctx, scopeOfActor } from '../context.ts'
import { orNull } from '../fields.ts'
import { createLogger } from '../observability/log.ts'
import type { Cache } from './cache.ts'
import { type CacheDefinition, cached } from './cached.ts'

const silent = createLogger('silent')

/** Several processes of one installation, each with a cache of its own that may or may not be joined to the others'. */
export interface CachesUnderTest extends AsyncDisposable {
  /** The caches that see each other's invalidations; at least one. */
  readonly caches: readonly Cache[]
}

export interface Circumstances {
  /** Whether values are found again as long as they should: not so while Redis comes and goes. */
  readonly keeps: boolean
}

/** What a use-case has of a request by somebody of the workspace; null: by nobody. */
export function ctxWith(cache: Cache, workspaceId: string | null, database: Partial<Ctx['database']> = {}): Ctx {
  const actor =
    workspaceId === null
      ? ({ kind: 'anonymous' } as const)
      : ({ kind: 'user', workspaceId, userId: newId(), permissions: new Set(['*']) } as const)
  return {
    ...{ actor, scope: scopeOfActor(actor), requestId: newId(), log: silent, clock: systemClock, publicUrl: '' },
    ...{ cache, database: { isJoined: false, ...database } as Ctx['database'], storage: {} as Ctx['storage'] },
    ...{ limits: {} as Ctx['limits'], vault: {} as Ctx['vault'], outside: {} as Ctx['outside'] },
  }
}

/** A change as a transaction makes it. */
export async function change(cache: Cache, tags: readonly string[], commit: () => unknown): Promise<void> {
  const ended = await cache.changing(tags)
  await commit()
  await ended()
}

let made = 0

/** A cache of numbers by name, with a name of its own. */
export function numbersCache(
  load: (ctx: Ctx, name: string) => Promise<number | null>,
  around: Partial<Pick<CacheDefinition<[string], never>, 'whose' | 'ttlMs' | 'absentTtlMs' | 'deafTtlMs'>> = {},
): (ctx: Ctx, name: string) => Promise<number | null> {
  made += 1
  return cached({
    ...{ name: `test.numbers-${made}`, whose: 'workspace', ttlMs: 60_000, deafTtlMs: 60_000 },
    ...around,
    value: orNull(Type.Number()),
    tags: (name: string) => [`thing:${tagOf(name)}`],
    load,
  })
}

export const tagOf = (name: string): string => Buffer.from(name).toString('base64url').slice(0, 60) || 'empty'

/** A promise that the test settles. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

/** What every way to keep values must do, whatever becomes of Redis meanwhile. */
export function cacheConformance(
  how: string,
  open: () => Promise<CachesUnderTest>,
  { keeps }: Circumstances = { keeps: true },
): void {
  describe(`the cache ${how}`, () => {
    let under: CachesUnderTest
    let cache: Cache
    beforeAll(async () => {
      under = await open()
      ;[cache] = under.caches as [Cache]
    })
    afterAll(() => under[Symbol.asyncDispose]())
    const some = (): Ctx => ctxWith(cache, newId())

    test('answers with what was computed, null too', async () => {
      const read = numbersCache(async (_ctx, name) => (name === 'none' ? null : name.length))
      const ctx = some()
      for (const _again of [1, 2, 3]) {
        expect(await read(ctx, 'four')).toBe(4)
        expect(await read(ctx, 'none')).toBeNull()
      }
    })

    test('is never behind a change that has ended, in whichever process', async () => {
      const source = new Map<string, number>()
      const read = numbersCache(async (_ctx, name) => source.get(name) ?? null)
      const workspaceId = newId()
      const askers = under.caches.map((one) => ctxWith(one, workspaceId))
      for (let version = 0; version < 60; version += 1) {
        const name = `n${version % 3}`
        for (const ctx of askers) await read(ctx, name)
        const changer = under.caches[version % under.caches.length] ?? cache
        await change(changer, [`thing:${tagOf(name)}`], () => source.set(name, version))
        expect(await Promise.all(askers.map((ctx) => read(ctx, name)))).toEqual(askers.map(() => version))
      }
    })

    test.each(['before a change', 'while a change is about to commit'])(
      'does not keep what began to be computed %s, nor hand it to who asks after',
      async (when) => {
        const { opened, open: release } = gate()
        const begun = gate()
        let source = 1
        const read = numbersCache(async () => {
          const seen = source
          begun.open()
          if (seen === 1) await opened
          return seen
        })
        const ctx = some()
        let early = when === 'before a change' ? read(ctx, 'x') : null
        if (early !== null) await begun.opened
        const ended = await cache.changing([`thing:${tagOf('x')}`])
        early ??= read(ctx, 'x')
        await begun.opened
        source = 2
        await ended()
        const late = read(ctx, 'x')
        expect(await late).toBe(2)
        release()
        expect(await early).toBe(1)
        expect(await read(ctx, 'x')).toBe(2)
      },
    )

    test('never stale, however readers and changes interleave over all processes', async () => {
      const step = fc.record({
        name: fc.constantFrom('a', 'b'),
        process: fc.nat({ max: under.caches.length - 1 }),
        changes: fc.boolean(),
        turns: fc.nat({ max: 3 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const [source, ended] = [new Map<string, number>(), new Map<string, number>()]
          const read = numbersCache(async (_ctx, name) => {
            const seen = source.get(name) ?? 0
            await turns(2)
            return seen
          })
          const workspaceId = newId()
          const running = steps.map(async ({ name, process, changes, turns: count }, index) => {
            await turns(count * index)
            const at = under.caches[process] ?? cache
            if (changes) {
              let version = 0
              await change(at, [`thing:${tagOf(name)}`], () => {
                version = (source.get(name) ?? 0) + 1
                source.set(name, version)
              })
              ended.set(name, Math.max(ended.get(name) ?? 0, version))
              return true
            }
            const least = ended.get(name) ?? 0
            return ((await read(ctxWith(at, workspaceId), name)) ?? 0) >= least
          })
          return (await Promise.all(running)).every(Boolean)
        }),
        { numRuns: 20 },
      )
    })

    test('keeps workspaces and keys apart, whatever the keys hold', async () => {
      const read = numbersCache(async (ctx, name) => Buffer.from(JSON.stringify([ctx.scope, name])).reduce(sum, 0))
      const owners = [newId(), newId()]
      const names = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', '","', '"]:x', ':', '#', 'a'.repeat(400)),
      )
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...owners), names, async (workspaceId, name) => {
          const scope = { role: 'app', workspaceId, userId: null }
          const expected = Buffer.from(JSON.stringify([scope, name])).reduce(sum, 0)
          return (await read(ctxWith(cache, workspaceId), name)) === expected
        }),
        { numRuns: 60 },
      )
    })

    test("computes everyone's values in nobody's name, and a workspace's in no person's", async () => {
      const seen: Ctx[] = []
      const load = async (ctx: Ctx): Promise<number> => seen.push(ctx)
      const [shared, own] = [numbersCache(load, { whose: 'everyone' }), numbersCache(load)]
      const ctx = some()
      await shared(ctx, 'x')
      await own(ctx, 'x')
      const workspaceId = ctx.scope.role === 'app' ? ctx.scope.workspaceId : null
      expect(seen.map(({ scope }) => scope)).toEqual([
        { role: 'app', workspaceId: null, userId: null },
        { role: 'app', workspaceId, userId: null },
      ])
      expect(seen.map(({ actor }) => actor.kind)).toEqual(['anonymous', 'system'])
      await expect(own(ctxWith(cache, null), 'x')).rejects.toThrow('only a workspace can ask')
    })

    test('computes inside of a transaction that others join, and keeps nothing of it', async () => {
      const source = { outside: 1, inside: 2 }
      const read = numbersCache(async ({ database }) => (database.isJoined ? source.inside : source.outside))
      const outside = some()
      const inside = { ...outside, database: { isJoined: true } as Ctx['database'] }
      expect([await read(outside, 'x'), await read(inside, 'x'), await read(outside, 'x')]).toEqual([1, 2, 1])
    })

    test('does not keep failures', async () => {
      let calls = 0
      const read = numbersCache(async () => {
        calls += 1
        if (calls === 1) throw new Error('not now')
        return calls
      })
      const ctx = some()
      await expect(read(ctx, 'x')).rejects.toThrow('not now')
      expect(await read(ctx, 'x')).toBe(2)
    })

    test('refuses to keep what has not the shape of its values', async () => {
      const read = numbersCache(async () => 'text' as unknown as number)
      await expect(read(some(), 'x')).rejects.toThrow('has not the shape')
    })

    if (!keeps) return

    test('computes once for all who ask, at a time and later', async () => {
      let calls = 0
      const { opened, open: release } = gate()
      const begun = gate()
      const read = numbersCache(async () => {
        calls += 1
        begun.open()
        await opened
        return 7
      })
      const workspaceId = newId()
      const asked = Array.from({ length: 40 }, (_, index) =>
        read(ctxWith(under.caches[index % under.caches.length] ?? cache, workspaceId), 'x'),
      )
      await begun.opened
      release()
      expect(new Set(await Promise.all(asked))).toEqual(new Set([7]))
      for (const one of under.caches) expect(await read(ctxWith(one, workspaceId), 'x')).toBe(7)
      expect(calls).toBe(1)
    })

    test('computes anew when the time is over; null has a time of its own', async () => {
      let calls = 0
      const load = async (_ctx: Ctx, name: string): Promise<number | null> => (
        (calls += 1),
        name === 'none' ? null : calls
      )
      const read = numbersCache(load, { ttlMs: 60_000, absentTtlMs: 0 })
      const ctx = some()
      await read(ctx, 'there')
      await read(ctx, 'there')
      expect(calls).toBe(1)
      await read(ctx, 'none')
      await read(ctx, 'none')
      expect(calls).toBe(3)
      const brief = numbersCache(load, { ttlMs: 30 })
      const first = (await brief(ctx, 'x')) ?? 0
      await expect.poll(() => brief(ctx, 'x'), { interval: 5 }).toBeGreaterThan(first)
    })

    test('serves what is too large, and keeps it not', async () => {
      let calls = 0
      made += 1
      const read = cached({
        ...{ name: `test.large-${made}`, whose: 'everyone', ttlMs: 60_000, maxValueBytes: 100, value: Type.String() },
        tags: (name: string) => [`thing:${tagOf(name)}`],
        load: async (_ctx, name: string) => ((calls += 1), name.repeat(200)),
      })
      const ctx = some()
      expect(await read(ctx, 'ü')).toHaveLength(200)
      expect(await read(ctx, 'ü')).toHaveLength(200)
      expect(calls).toBe(2)
    })

    test('hands out what nobody can change', async () => {
      made += 1
      const read = cached({
        ...{ name: `test.lists-${made}`, whose: 'everyone', ttlMs: 60_000, deafTtlMs: 60_000 },
        value: Type.Object({ list: Type.Array(Type.Number()) }),
        tags: () => ['thing:x'],
        load: async () => ({ list: [1] }),
      })
      const first = await read(some())
      expect(() => first.list.push(2)).toThrow(TypeError)
      expect(await read(some())).toEqual({ list: [1] })
    })
  })
}

const sum = (total: number, byte: number): number => (total * 31 + byte) % 1_000_000_007

/** Lets everything else go on `count` times. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
