import * as fc from 'fast-check'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { testDatabase } from '#tests/support/database.ts'
import { Autoscaler, IDLE_BEFORE_SHRINK_MS } from './autoscale.ts'
import { enqueue } from './enqueue.ts'
import { gate, request, worker } from './fixtures/support.ts'
import { defineJob } from './job.ts'

test('it grows at once to the demand, and no further than the maximum', () => {
  const scaler = new Autoscaler({ max: 10, min: 3 }, 0)
  expect(scaler.desired).toBe(3)
  expect(scaler.observe(1, 0)).toBe(3)
  expect(scaler.observe(2, 7)).toBe(7)
  expect(scaler.observe(3, 400)).toBe(10)
})

test('it shrinks by one after every 30 s in which fewer are needed', () => {
  const scaler = new Autoscaler({ max: 16, min: 4 }, 0)
  scaler.observe(0, 6)
  expect(scaler.observe(IDLE_BEFORE_SHRINK_MS - 1, 0)).toBe(6)
  expect(scaler.observe(IDLE_BEFORE_SHRINK_MS, 0)).toBe(5)
  expect(scaler.observe(IDLE_BEFORE_SHRINK_MS + 1, 0)).toBe(5)
  expect(scaler.observe(2 * IDLE_BEFORE_SHRINK_MS, 0)).toBe(4)
  expect(scaler.observe(9 * IDLE_BEFORE_SHRINK_MS, 0)).toBe(4)
})

test('demand in between starts the 30 s anew', () => {
  const scaler = new Autoscaler({ max: 16, min: 0 }, 0)
  scaler.observe(0, 2)
  scaler.observe(IDLE_BEFORE_SHRINK_MS - 1, 2)
  expect(scaler.observe(IDLE_BEFORE_SHRINK_MS + 1, 0)).toBe(2)
})

test('whatever the demand, it stays within its bounds, never below what is needed, and falls by one at most', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(60_000), demand: fc.nat(40) }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(20), steps, (max, low, observations) => {
      const min = Math.min(low, max)
      const scaler = new Autoscaler({ max, min }, 0)
      let nowMs = 0
      for (const { waitMs, demand } of observations) {
        nowMs += waitMs
        const before = scaler.desired
        const desired = scaler.observe(nowMs, demand)
        expect(desired).toBeGreaterThanOrEqual(Math.max(min, Math.min(max, demand), before - 1))
        expect(desired).toBeLessThanOrEqual(max)
      }
    }),
  )
})

test('a maximum below the minimum is refused', () => {
  expect(() => new Autoscaler({ max: 2, min: 3 }, 0)).toThrow('max ≥ min')
})

test('a worker takes as many jobs at once as it is scaled to, and tells the wanted number', async () => {
  await using db = await testDatabase()
  const release = gate()
  const full = gate()
  let running = 0
  const job = defineJob({
    name: 'autoscale.run',
    input: Type.Object({}),
    retry: { limit: 0, backoff: 'none' },
    timeoutMs: 60_000,
    concurrency: 'cpu',
    run: async () => {
      running += 1
      if (running === 3) full.open()
      await release.opened
    },
  })
  await using jobs = await worker(db, { jobs: [job], autoscale: { max: 3, min: 0 } })
  expect(jobs.stats().desiredWorkers).toBe(0)
  await request(db, async (tx) => {
    for (let i = 0; i < 5; i += 1) await enqueue(tx, job, {})
  })
  await full.opened
  expect(jobs.stats()).toMatchObject({ desiredWorkers: 3, groups: { cpu: { limit: 3, running: 3 } } })
  release.open()
  await jobs.idle()
  expect(running).toBe(5)
})
