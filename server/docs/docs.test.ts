import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { defineEvent } from '#platform/events/event.ts'
import { problem } from '#kernel/errors.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { operationsOf } from '#tests/support/openapi-rules.ts'
import { describeApi } from './document.ts'
import { describeEvents } from './events.ts'
import { docsPage } from './page.ts'
import { docsRoutes } from './routes.ts'
import { escapeHtml, typeText, withCode } from './schema.ts'

const Gone = problem('test/gone', 404, 'It <is> gone')
const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'changeThing', method: 'PATCH', path: '/api/v1/things/:id', permission: 'thing:write', tag: 'things' },
    summary: 'Changes a <b>thing</b>',
    params: Type.Object({ id: Type.String({ format: 'uuid', description: 'Id of the `thing`.' }) }),
    query: Type.Object({ deep: Type.Optional(Type.Boolean({ default: false })) }, { additionalProperties: false }),
    body: Type.Object({ name: Type.String({ maxLength: 20, description: '<script>alert(1)</script>' }) }),
    headers: { 'If-Match': 'An `ETag`.' },
    idempotency: 'required',
    ok: [200, Type.Object({ parts: Type.Array(Type.Object({ title: Type.String() })) })],
    also: [[304, null]],
    problems: [Gone],
    handler: async () => undefined,
  }),
]

test('the page tells every operation, with what goes in, what comes out and what can go wrong', () => {
  const page = docsPage(describeApi(routes), 'body{}')
  for (const text of [
    'changeThing',
    'PATCH',
    'thing:write',
    'If-Match',
    'Idempotency-Key',
    '/problems/test/gone',
    'parts',
    'title',
  ]) {
    expect(page).toContain(text)
  }
  expect(page).toContain('<h2 id="group-things">Things</h2>')
  expect(page).toContain('/problems/idempotency-key-missing')
})

test('what has a name stands on the page once, with links to it', () => {
  const Part = Type.Object({ weightGrams: Type.Integer() }, { title: 'Part' })
  const [thing] = routes
  const page = docsPage(describeApi([{ ...thing, ok: [200, Type.Array(Part)] } as RouteDefinition]), '')
  expect(page.split('weightGrams')).toHaveLength(2)
  expect(page).toContain('application/json of list of <a href="#schema-Part">Part</a>')
  expect(page).toMatch(/<article id="schema-Part"[^]*weightGrams/)
})

test('the page runs nothing and takes no text for markup', () => {
  const page = docsPage(describeApi(routes), 'body{}')
  expect(page).not.toMatch(/<script|<b>thing|It <is>|\son\w+=|style=|javascript:/)
  expect(page).toContain('Changes a &lt;b&gt;thing&lt;/b&gt;')
})

test('every id on the page is there once, and every link into it leads somewhere', async () => {
  const page = docsPage(describeApi([...routes, ...(await docsRoutes(routes))]), '')
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const wanted = [...page.matchAll(/(?:href="#|labelledby=")([^"]+)"/g)].map(([, id]) => id)
  expect(wanted.filter((id) => !ids.includes(id))).toEqual([])
  expect(wanted.length).toBeGreaterThan(10)
})

test('the description holds what the machinery adds to a route', () => {
  const [{ operation } = { operation: undefined }] = operationsOf(describeApi(routes))
  expect(operation?.parameters?.map((parameter) => `${parameter.in} ${parameter.name} ${parameter.required}`)).toEqual([
    ...['path id true', 'query deep false', 'header If-Match false', 'header Idempotency-Key true'],
  ])
  const statuses = [
    '200',
    '304',
    '400',
    '401',
    '403',
    '404',
    '408',
    '409',
    '413',
    '415',
    '422',
    '429',
    '503',
    'default',
  ]
  expect(Object.keys(operation?.responses ?? {}).toSorted()).toEqual(statuses)
  expect(operation?.responses['404']?.['x-problems']).toEqual([{ type: '/problems/test/gone', title: 'It <is> gone' }])
})

test('types are told in words', () => {
  expect(typeText(Type.Integer({ minimum: 1, maximum: 100, default: 20 }))).toBe('integer 1 to 100, 20 unless said')
  expect(typeText(Type.Union([Type.String({ format: 'uuid' }), Type.Null()]))).toBe('string (uuid) | null')
  expect(typeText(Type.Array(Type.String({ minLength: 1 })))).toBe('list of string from 1 characters')
  expect(typeText(Type.Literal('a"<b'))).toBe('<code>&quot;a\\&quot;&lt;b&quot;</code>')
  expect(withCode('an `ETag` & <more>')).toBe('an <code>ETag</code> &amp; &lt;more&gt;')
  expect(escapeHtml(`'"`)).toBe('&#39;&quot;')
})

test('events are described by type and version, each in its envelope', () => {
  const schema = Type.Object({ videoId: Type.String() })
  const document = describeEvents([
    defineEvent('test.thing.made', 2, schema),
    defineEvent('test.thing.made', 1, schema),
  ])
  expect(document['anyOf']).toEqual([{ $ref: '#/$defs/test.thing.made@1' }, { $ref: '#/$defs/test.thing.made@2' }])
  expect(document['$defs']).toMatchObject({
    'test.thing.made@2': {
      'x-version': 2,
      properties: { type: { const: 'test.thing.made' }, data: { type: 'object' } },
    },
  })
})
