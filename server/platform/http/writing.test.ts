import fastify from 'fastify'
import { type TSchema, Type } from 'typebox'
import { expect, test } from 'vitest'
import { orNull, wordOf } from '../fields.ts'
import { toWriteBy, writingBy } from './writing.ts'

async function written(schema: TSchema, value: unknown): Promise<unknown> {
  await using app = fastify()
  app.get('/', { preSerialization: writingBy(schema, 200) }, async () => value)
  return (await app.inject('/')).json()
}

const Inner = Type.Object({ text: Type.String(), word: orNull(wordOf(['a', 'b'])) })
const One = Type.Object({ kind: Type.Literal('one'), count: Type.Integer() })
const Other = Type.Object({ kind: Type.Literal('other'), text: orNull(Type.String()) })
const Outer = Type.Object({
  number: orNull(Type.Number()),
  inner: orNull(Inner, 'One of it, or none.'),
  list: Type.Array(orNull(Inner)),
  lists: orNull(Type.Array(orNull(Type.String()))),
  either: orNull(Type.Union([One, Other])),
  absent: Type.Optional(orNull(Type.String())),
  facts: orNull(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]))),
})
const nothing = { number: null, inner: null, list: [null], lists: null, either: null, facts: null }

test.each([
  ['null wherever it may be', nothing],
  ['null inside of what is not', { ...nothing, inner: { text: 'a "quoted" one', word: null }, lists: ['x', null] }],
  [
    'something everywhere',
    {
      ...{ number: 0.5, inner: { text: '', word: 'b' }, list: [{ text: 'é', word: 'a' }], lists: [] },
      ...{ either: { kind: 'other', text: null }, absent: 'there', facts: { a: 1, b: 'two', c: null } },
    },
  ],
  ['one of several kinds', { ...nothing, either: { kind: 'one', count: 3 } }],
])('of what may be null is written: %s', async (_what, value) => {
  expect(await written(Outer, value)).toEqual(value)
})

test('what a schema does not name is left out, also where null may stand', async () => {
  const value = { ...nothing, secret: 1, inner: { text: 'x', word: null, secret: 2 } }
  expect(await written(Outer, value)).toEqual({ ...nothing, inner: { text: 'x', word: null } })
})

test('no validator is compiled for what may be null, and none is left out where there are several kinds', () => {
  const told = JSON.stringify(toWriteBy(Outer))
  expect(told.match(/"anyOf"/g)).toHaveLength(3)
  expect(JSON.stringify(toWriteBy(Type.Object({ inner: orNull(Inner) })))).not.toContain('anyOf')
})
