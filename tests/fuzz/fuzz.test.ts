import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SECOND_MS } from '#kernel/clock.ts'
import { type PlannedCall, callsOf } from './calls.ts'
import { Oracle } from './oracle.ts'
import { AT_ONCE, type World, openWorld } from './world.ts'
import type { SentCall } from '#tests/support/wire.ts'

/** `AIRDATE_TEST_FUZZ=20000` is the long form; `AIRDATE_TEST_SEED` makes the calls of an earlier run again. */
const CALLS = Number(process.env['AIRDATE_TEST_FUZZ'] ?? 600)
const SEED = Number(process.env['AIRDATE_TEST_SEED'] ?? randomInt(2 ** 31))
/** After so many the callers get new things and credentials: what they did may have cost them theirs. */
const BATCH = 300
/** Different faults that are told; one of each is enough. */
const TOLD = 20

let world: World
beforeAll(async () => {
  world = await openWorld(SEED)
})
afterAll(() => world[Symbol.asyncDispose]())

interface Outcome {
  readonly faults: Map<string, string>
  /** Statuses of each operation, with their numbers. */
  readonly seen: Map<string, Map<number, number>>
}

/** As much of a call as tells what to repeat. */
function told({ method, target, headers, body }: SentCall, { caller, wrong }: PlannedCall): string {
  const { Authorization: _, ...others } = headers
  const text = body === null ? '' : ` ${JSON.stringify(body.toString().slice(0, 300))} (${body.length})`
  return `${caller}, ${wrong} wrong: ${method} ${target.slice(0, 300)} ${JSON.stringify(others).slice(0, 500)}${text}`
}

async function attempt(call: PlannedCall, oracle: Oracle, { faults, seen }: Outcome): Promise<void> {
  const { operationId } = call.described.operation
  const sent = world.sent(call)
  const note = (says: string, bytes: Buffer = Buffer.alloc(0)): void => {
    const name = `${operationId}: ${says}`
    if (!faults.has(name)) faults.set(name, `${name}\n  ${told(sent, call)}\n  ${bytes.toString('utf8', 0, 600)}`)
  }
  try {
    const answer = await world.call(call, sent)
    const isOdd = call.wrong === 'path' || call.wrong === 'stray headers'
    for (const fault of oracle.faults(call.described, sent, answer, isOdd, world.foreign)) note(fault, answer.bytes)
    const statuses = seen.get(operationId) ?? new Map<number, number>()
    seen.set(operationId, statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1))
  } catch (error) {
    note(error instanceof Error ? error.message : String(error))
  }
}

/** Makes all of them, several at once, in their order. */
async function attemptAll(calls: readonly PlannedCall[], oracle: Oracle, outcome: Outcome): Promise<void> {
  const left = calls.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const call of left) await attempt(call, oracle, outcome)
    }),
  )
}

describe('every call that can be made from the description', () => {
  test(
    `has an answer that is described, tells nothing of others and changes nothing of theirs (AIRDATE_TEST_SEED=${SEED})`,
    { timeout: 30 * SECOND_MS + CALLS * 50 },
    async () => {
      const oracle = new Oracle()
      const calls = fc.oneof(...world.operations.map((operation) => callsOf(operation, world.manner)))
      const outcome: Outcome = { faults: new Map(), seen: new Map() }
      const before = await world.othersThings()
      for (let made = 0; made < CALLS; made += BATCH) {
        await world.renew(SEED + made)
        const batch = fc.sample(calls, { seed: SEED + made, numRuns: Math.min(BATCH, CALLS - made) })
        await attemptAll(batch, oracle, outcome)
        expect(await world.isAlive()).toBe(true)
      }
      expect([...outcome.faults.values()].slice(0, TOLD).join('\n')).toBe('')
      expect(await world.othersThings()).toBe(before)
      if (process.env['AIRDATE_TEST_FUZZ'] !== undefined) {
        const lines = [...outcome.seen].map(([name, seen]) => `${name} ${JSON.stringify(Object.fromEntries(seen))}`)
        process.stderr.write(`${lines.toSorted().join('\n')}\n`)
      }
    },
  )
})
