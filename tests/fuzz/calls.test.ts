import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OpenApi } from '../../server/docs/document.ts'
import { operationsOf } from '#tests/support/openapi-rules.ts'
import { callsOf, rightCallsOf } from './calls.ts'
import { withRealIds } from './known.ts'
import { mutated } from './mutations.ts'
import { type JsonSchema, type Manner, valuesOf } from './values.ts'

// ajv is CommonJS with a default export inside.
const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
const addFormats = (require('ajv-formats') as { default: (ajv: InstanceType<typeof Ajv2020>) => void }).default

const api = JSON.parse(readFileSync(join(import.meta.dirname, '../../generated/openapi.json'), 'utf8')) as OpenApi
const manner: Manner = { mark: 'mark1x' }
const bodies = operationsOf(api).flatMap(({ operation }) =>
  Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => [operation.operationId, schema] as const),
)

const ajv = new Ajv2020({ strict: false })
addFormats(ajv)

test('what is made from a schema is what the schema allows, and what is mutated mostly is not', () => {
  expect(bodies.length).toBeGreaterThan(3)
  const allowed = { right: 0, mutated: 0 }
  for (const [id, schema] of bodies) {
    const check = ajv.compile(schema)
    for (const value of fc.sample(valuesOf(schema, manner), { seed: 1, numRuns: 30 })) {
      expect([id, value, check(value)]).toEqual([id, value, true])
      allowed.right += 1
      for (const how of [7, 107, 207, 307, 407]) {
        if (check(mutated(schema, value, allowed.right, how))) allowed.mutated += 1
      }
    }
  }
  expect(allowed.mutated).toBeLessThan(allowed.right * 5 * 0.5)
})

test('a field that must be there is there, also one whose name is a prototype’s', () => {
  const schema: JsonSchema = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } }
  const all = Array.from({ length: 600 }, (_, how) => JSON.stringify(mutated(schema, { a: 'x' }, 0, how)))
  expect(all.some((text) => text?.includes('"__proto__":1'))).toBe(true)
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined()
})

test('the same seed plans the same calls', () => {
  const some = operationsOf(api).slice(0, 15)
  const calls = () => fc.oneof(...some.map((operation) => callsOf(operation, manner)))
  const plans = (seed: number): string[] =>
    fc
      .sample(calls(), { seed, numRuns: 300 })
      .map(({ described, body, ...plan }) => JSON.stringify([described.operation.operationId, body?.says, plan]))
  const [first, second] = [plans(5), plans(5)]
  expect(second).toEqual(first)
  expect(plans(6)).not.toEqual(first)
})

test('a call that is as described names what it wants by ids that are there', () => {
  const [task] = operationsOf(api).filter(({ operation }) => operation.operationId === 'getTask')
  if (task === undefined) throw new Error('there is no getTask')
  for (const { place, wrong } of fc.sample(rightCallsOf(task, manner), { seed: 3, numRuns: 20 })) {
    expect([place.kind, wrong]).toEqual(['own', 'nothing'])
    const asked = withRealIds(place.pieces['id'] ?? '', (whose, kind, index) => `${whose} ${kind} ${index}`)
    expect(asked).toMatch(/^(?:own|others|nobody) {2}\d+$/)
  }
})
