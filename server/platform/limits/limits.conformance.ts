import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remainingOf, waitMsOf } from './gcra.ts'
import type { Ask, Verdict } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { Policy } from './policies.ts'

/** Processes that count together, on a clock that the test moves. */
export interface Subject extends AsyncDisposable {
  readonly nodes: readonly Limits[]
  /** So much time goes by. */
  pass(ms: number): Promise<void>
}

let made = 0

/** A key that nobody used before. */
export const someKey = (): string => `key-${(made += 1)}`

/** Uses that a key has left. */
export const left = ({ policy }: Ask, { debtsMs }: Verdict): number => remainingOf(policy, debtsMs[0] ?? 0)

const small: Policy = { name: 'test-small', quota: 5, windowMs: 60_000 }
const odd: Policy = { name: 'test-odd', quota: 7, windowMs: 1000 }

/** What limits promise, wherever they are counted. */
export function limitsKeepTheirPromises(name: string, open: () => Promise<Subject>): void {
  describe(`limits counted ${name}`, () => {
    let subject: Subject
    let node: Limits
    let another: Limits
    beforeAll(async () => {
      subject = await open()
      ;[node = never(), another = node] = subject.nodes
    })
    afterAll(() => subject[Symbol.asyncDispose]())

    test('let a quota pass at once and nothing beyond it, at whichever process', async () => {
      const ask = { policy: small, key: someKey() }
      const remaining: number[] = []
      for (const one of [node, another, another, node, node]) {
        const verdict = await one.takeExactly([ask])
        expect(verdict.allowed).toBe(true)
        remaining.push(left(ask, verdict))
      }
      expect(remaining).toEqual([4, 3, 2, 1, 0])
      for (const one of [node, another]) {
        const refused = await one.takeExactly([ask])
        expect([refused.allowed, left(ask, refused)]).toEqual([false, 0])
        const waitMs = waitMsOf(small, refused.debtsMs[0] ?? 0)
        expect(waitMs).toBeGreaterThan(11_000)
        expect(waitMs).toBeLessThanOrEqual(12_000)
      }
    })

    test('give back evenly what was used, and no more than all of it', async () => {
      const ask = { policy: small, key: someKey() }
      for (let use = 0; use < 5; use += 1) await node.takeExactly([ask])
      await subject.pass(11_000)
      expect((await node.takeExactly([ask])).allowed).toBe(false)
      await subject.pass(1000)
      expect((await another.takeExactly([ask])).allowed).toBe(true)
      expect((await node.takeExactly([ask])).allowed).toBe(false)
      await subject.pass(3_600_000)
      for (let use = 0; use < 5; use += 1) expect((await node.takeExactly([ask])).allowed).toBe(true)
      expect((await node.takeExactly([ask])).allowed).toBe(false)
    })

    test('let the last of a quota pass that does not divide its window', async () => {
      for (let round = 0; round < 20; round += 1) {
        const ask = { policy: odd, key: someKey() }
        const allowed: boolean[] = []
        for (let use = 0; use < 7; use += 1) allowed.push((await node.takeExactly([ask])).allowed)
        expect(allowed).toEqual(Array.from({ length: 7 }, () => true))
      }
    })

    test('count all of several or none', async () => {
      const [free, used] = [
        { policy: small, key: someKey() },
        { policy: small, key: someKey() },
      ]
      for (let use = 0; use < 5; use += 1) await node.takeExactly([used])
      for (let use = 0; use < 20; use += 1) expect((await node.takeExactly([free, used])).allowed).toBe(false)
      const verdict = await node.takeExactly([free])
      expect([verdict.allowed, left(free, verdict)]).toEqual([true, 4])
    })

    test('keep keys and policies apart', async () => {
      const key = someKey()
      for (let use = 0; use < 9; use += 1) await node.takeExactly([{ policy: small, key }])
      expect((await node.takeExactly([{ policy: small, key: someKey() }])).allowed).toBe(true)
      expect((await node.takeExactly([{ policy: odd, key }])).allowed).toBe(true)
    })

    test('take back what turned out not to count', async () => {
      const ask = { policy: small, key: someKey() }
      for (let use = 0; use < 30; use += 1) {
        expect((await node.takeExactly([ask])).allowed).toBe(true)
        await node.giveBack([ask])
      }
      for (let use = 0; use < 9; use += 1) await node.giveBack([ask])
      const verdict = await another.takeExactly([ask])
      // Never more than the quota, however much is given back.
      expect([verdict.allowed, left(ask, verdict)]).toEqual([true, 4])
    })

    test('let exactly as many of many at the same time pass as fit', async () => {
      const ask = { policy: small, key: someKey() }
      const verdicts = await Promise.all(
        Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? node : another).takeExactly([ask])),
      )
      expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(5)
    })

    test('that nobody waits for are known to the others right after', async () => {
      const ask = { policy: small, key: someKey() }
      for (let use = 0; use < 5; use += 1) expect(node.take([ask]).allowed).toBe(true)
      expect(node.take([ask]).allowed).toBe(false)
      await expect.poll(async () => (await another.takeExactly([ask])).allowed).toBe(false)
      expect(another.take([ask]).allowed).toBe(false)
    })

    test('never answer otherwise than a bucket of tokens would', async () => {
      const steps = fc.array(
        fc.oneof(
          { weight: 6, arbitrary: fc.record({ do: fc.constant('take' as const), node: fc.nat({ max: 1 }) }) },
          { weight: 1, arbitrary: fc.record({ do: fc.constant('give' as const), node: fc.nat({ max: 1 }) }) },
          {
            weight: 2,
            arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }),
          },
        ),
        { maxLength: 60 },
      )
      await fc.assert(
        fc.asyncProperty(steps, async (plan) => {
          const ask = { policy: { ...small, windowMs: 5 * 60_000 }, key: someKey() }
          let tokens = 5
          for (const step of plan) {
            if (step.do === 'pass') {
              // Whole seconds, so that the time that the test itself takes changes nothing.
              await subject.pass(step.ms * 10_000)
              tokens = Math.min(5, tokens + step.ms / 6)
            } else if (step.do === 'give') {
              await (step.node === 0 ? node : another).giveBack([ask])
              tokens = Math.min(5, tokens + 1)
            } else if (tokens % 1 < 0.9) {
              const { allowed } = await (step.node === 0 ? node : another).takeExactly([ask])
              expect(allowed).toBe(tokens >= 1)
              if (allowed) tokens -= 1
            }
          }
        }),
        { numRuns: 50 },
      )
    })
  })
}

function never(): never {
  throw new Error('a subject has at least one node')
}
