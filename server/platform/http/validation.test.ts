import fc from 'fast-check'
import { type TSchema, Type } from 'typebox'
import { expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { isProblem } from '#kernel/errors.ts'
import { InvalidInput } from './problems.ts'
import { compileCheck, refuseFaults } from './validation.ts'

const Clip = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 5 }),
    clips: Type.Optional(Type.Array(Type.Object({ endFrame: Type.Integer({ minimum: 1 }) }))),
    'a/b': Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

test('every fault is told, each with the place where it stands', () => {
  const check = compileCheck(Clip, 'body')
  const faults = check({ title: '', clips: [{ endFrame: 1 }, { endFrame: 0 }, {}], 'a/b': 1, ownerId: 'x' })
  expect(faults.map(({ pointer }) => pointer).toSorted()).toEqual([
    ...['/a~1b', '/clips/1/endFrame', '/clips/2/endFrame', '/ownerId', '/title'],
  ])
  expect(check({ title: 'fine' })).toEqual([])
})

test('faults are bounded, whatever is wrong with the input', () => {
  const check = compileCheck(Clip, 'body')
  expect(check({ title: 'x', clips: Array.from({ length: 5000 }, () => ({})) })).toHaveLength(50)
  expect(
    check({
      title: 'x',
      clips: '\0'
        .repeat(9)
        .split('')
        .map((endFrame) => ({ endFrame })),
    }).length,
  ).toBeLessThan(51)
})

test('text parts are read as the type that is named, bodies are not', () => {
  const Limit = Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) })
  const query: Record<string, unknown> = { limit: '7' }
  expect(compileCheck(Limit, 'query')(query)).toEqual([])
  expect(query).toEqual({ limit: 7 })
  const empty: Record<string, unknown> = {}
  expect(compileCheck(Limit, 'query')(empty)).toEqual([])
  expect(empty).toEqual({ limit: 20 })
  expect(compileCheck(Limit, 'body')({ limit: '7' })).toEqual([{ pointer: '/limit', detail: 'must be a whole number' }])
  for (const limit of ['', ' ', '1e9', '-1', '0', '101', 'NaN', '1.5', ['1', '2']]) {
    expect(compileCheck(Limit, 'query')({ limit }), JSON.stringify(limit)).not.toEqual([])
  }
})

test('only one spelling of an id is accepted', () => {
  const check = compileCheck(Type.Object({ id: Type.String({ format: 'uuid' }) }), 'params')
  const id = newId()
  expect(check({ id })).toEqual([])
  for (const other of [
    id.toUpperCase(),
    `urn:uuid:${id}`,
    `{${id}}`,
    id.replaceAll('-', ''),
    `${id} `,
    `${id}\n`,
    '',
  ]) {
    expect(check({ id: other }), other).toEqual([{ pointer: ':id', detail: 'must be a UUID in lower case' }])
  }
})

test('a time is one that a clock can show', () => {
  const check = compileCheck(Type.Object({ at: Type.String({ format: 'date-time' }) }), 'body')
  for (const at of ['2027-06-30T23:59:59Z', '2027-06-30t23:59:59.123456z', '2028-02-29T00:00:00+14:00'])
    expect([at, check({ at })]).toEqual([at, []])
  for (const at of [
    ...['2027-06-30T23:59:60Z', '2027-02-29T00:00:00Z', '2027-01-01T24:00:01Z', '2027-13-01T00:00:00Z'],
    ...['2027-01-01 00:00:00Z', '2027-01-01T00:00:00', '2027-01-01', '1e9', '+010000-01-01T00:00:00Z', ''],
  ])
    expect([at, check({ at })]).toEqual([
      at,
      [{ pointer: '/at', detail: 'must be a time with its offset, such as 2026-11-21T09:30:00Z' }],
    ])
})

test.each(['body', 'query', 'params'] as const)('what cannot be stored as text is refused in the %s', (part) => {
  const check = compileCheck(Type.Object({ q: Type.String() }), part)
  const pointer = { body: '/q', query: '?q', params: ':q' }[part]
  for (const q of ['\0', 'a\0', '\ud800', '\udc00\ud800', 'x\udfff']) {
    expect(check({ q }).map((fault) => fault.pointer)).toEqual([pointer])
  }
  expect(check({ q: '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u202e\ufeff' })).toEqual([])
})

test('whatever text is well-formed and has no NUL is taken as it is', () => {
  const check = compileCheck(Type.Object({ q: Type.String() }), 'body')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (q) => {
      const value = { q }
      return (check(value).length === 0) === (!q.includes('\0') && q.isWellFormed()) && value.q === q
    }),
  )
})

test('no faults, no problem', () => {
  refuseFaults([])
  const faults = [{ pointer: '/a', detail: 'is required' }]
  const thrown = (() => {
    try {
      return refuseFaults(faults)
    } catch (error) {
      return error
    }
  })()
  expect(isProblem(thrown, InvalidInput) && thrown.extra.errors).toEqual(faults)
})

test('what is wrong is told in words, and once', () => {
  const word = (...words: string[]) => Type.Union(words.map((one) => Type.Literal(one)))
  const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
  const check = compileCheck(
    Type.Partial(
      Type.Object(
        {
          dialect: word('todoist', 'vikunja'),
          kind: orNull(word('digital', 'human')),
          name: orNull(Type.String({ minLength: 1, maxLength: 3 })),
          blank: Type.String({ pattern: '\\S' }),
          level: Type.Integer({ minimum: 1, maximum: 3 }),
          tags: Type.Array(orNull(word('a', 'b')), { minItems: 1, maxItems: 3, uniqueItems: true }),
          either: Type.Union([Type.Object({ code: Type.String() }), Type.Object({ key: Type.String() })]),
          only: Type.Literal(true),
        },
        { minProperties: 1 },
      ),
    ),
    'body',
  )
  const told = (value: unknown) => check(value).map(({ pointer, detail }) => `${pointer} ${detail}`)
  expect(told({ dialect: 'klingon' })).toEqual(['/dialect must be one of todoist, vikunja'])
  expect(told({ kind: 'x' })).toEqual(['/kind must be one of digital, human, null'])
  expect(told({ name: '' })).toEqual(['/name must not be empty'])
  expect(told({ name: 'abcd' })).toEqual(['/name must have at most 3 characters'])
  expect(told({ name: 4 })).toEqual(['/name must be a text'])
  expect(told({ blank: ' ' })).toEqual(['/blank must not be blank'])
  expect(told({ level: 7 })).toEqual(['/level must be at most 3'])
  expect(told({ tags: [] })).toEqual(['/tags must have at least 1 item'])
  expect(told({ tags: ['a', 'c', 'a'] })).toEqual([
    ...['/tags/1 must be one of a, b, null', '/tags must not hold the same twice (items 0 and 2)'],
  ])
  expect(told({ either: {} })).toEqual(['/either/code is required', '/either/key is required'])
  expect(told({ only: false })).toEqual(['/only must be true'])
  expect(told({})).toEqual([])
  // told of each item for itself, though one's number begins like another's
  const items = Array.from({ length: 12 }, (_, index) => (index === 1 || index === 10 ? 'x' : null))
  const list = compileCheck(Type.Array(orNull(word('a', 'b'))), 'body')
  expect(list(items).map(({ pointer }) => pointer)).toEqual(['/1', '/10'])
})

test('of an input of very many values the first fault is told, and right ones are right however many they are', () => {
  const check = compileCheck(Type.Array(Type.Object({ n: Type.Integer() }, { additionalProperties: false })), 'body')
  const many = (of: (n: number) => unknown) => Array.from({ length: 20_000 }, (_, n) => of(n))
  expect(check(many((n) => ({ n })))).toEqual([])
  expect(check(many(() => 0))).toEqual([{ pointer: '/0', detail: 'must be an object' }])
  expect(check(many((n) => (n === 19_999 ? { n: 'x' } : { n })))).toEqual([
    { pointer: '/19999/n', detail: 'must be a whole number' },
  ])
  const deep = compileCheck(Type.Object({ a: Type.Array(Type.Array(Type.Integer())) }), 'body')
  expect(deep({ a: Array.from({ length: 200 }, () => Array.from({ length: 100 }, () => 'x')) })).toHaveLength(1)
})
