import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nestsDeeperThan } from './body.ts'
import { type RouteServer, openSocket, parseAnswer, readToEnd, startRouteServer } from './fixtures/server.ts'
import { route } from './route.ts'

const common = { permission: 'public', tag: 'test', summary: 'A test' } as const
const Note = Type.Object({ text: Type.String({ maxLength: 100 }) }, { additionalProperties: false })
const gate = Promise.withResolvers<void>()
let handled = 0

const routes = [
  route({
    ...{ ...common, id: 'note', method: 'POST', path: '/notes', body: Note, ok: [200, Note] },
    handler: async (_ctx, { body }) => {
      handled += 1
      return body
    },
  }),
  route({ ...common, id: 'poke', method: 'POST', path: '/poke', ok: [204, null], handler: async () => undefined }),
  route({
    ...{ ...common, id: 'slow', method: 'GET', path: '/slow', ok: [200, 'text/plain'] },
    handler: async (_ctx, { reply }) => {
      await gate.promise
      return reply.type('text/plain').send('at last')
    },
  }),
]

let server: RouteServer
beforeAll(async () => {
  server = await startRouteServer(routes, { arrivalTimeoutMs: 40 })
})
afterAll(() => server[Symbol.asyncDispose]())

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const reply = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  })
  const text = await reply.text()
  return {
    status: reply.status,
    type: reply.headers.get('content-type'),
    problem: text === '' ? null : JSON.parse(text),
  }
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

test('depth is counted outside of strings alone', () => {
  expect(nestsDeeperThan(nested(64), 64)).toBe(false)
  expect(nestsDeeperThan(nested(65), 64)).toBe(true)
  expect(nestsDeeperThan(JSON.stringify({ a: '['.repeat(1000), b: '\\"[[[' }), 1)).toBe(false)
  expect(nestsDeeperThan('', 0)).toBe(false)
})

test('whatever the value is, its text nests as deep as the value does', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const depth = depthOf(value)
      const text = JSON.stringify(value)
      return !nestsDeeperThan(text, depth) && (depth === 0 || nestsDeeperThan(text, depth - 1))
    }),
  )
})

describe('a body', () => {
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')))

  test.each([
    ['nothing', '', 400, 'malformed-body'],
    ['no JSON', '{"text":', 400, 'malformed-body'],
    ['nested 200,000 deep', nested(200_000), 400, 'malformed-body'],
    ['a prototype', '{"text":"x","__proto__":{"isAdmin":true}}', 400, 'malformed-body'],
    ["a constructor's prototype", '{"text":"x","constructor":{"prototype":{"a":1}}}', 400, 'malformed-body'],
    ['null', 'null', 400, 'invalid-input'],
    ['a list', '[{"text":"x"}]', 400, 'invalid-input'],
    ['a NUL', String.raw`{"text":"a\u0000b"}`, 400, 'invalid-input'],
    ['half a surrogate pair', String.raw`{"text":"a\ud800b"}`, 400, 'invalid-input'],
    ['a megabyte and more', `{"text":"${'x'.repeat(1024 * 1024)}"}`, 413, 'body-too-large'],
  ])('of %s is refused', async (_, body, status, type) => {
    const reply = await post('/notes', body)
    expect(reply).toMatchObject({
      ...{ status, type: 'application/problem+json' },
      problem: { type: `/problems/${type}`, status, instance: '/notes', requestId: expect.any(String) },
    })
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'of the type %s is not understood',
    async (type) => {
      expect(await post('/notes', 'text=x', { 'Content-Type': type })).toMatchObject({
        ...{ status: 415, problem: { type: '/problems/unsupported-media-type' } },
      })
    },
  )

  test.each(['gzip', 'br', 'deflate', 'gzip, gzip', 'identity, gzip', 'zstd', 'nonsense'])(
    'that says it is encoded as %s is not read: no bomb can go off',
    async (encoding) => {
      const before = handled
      expect(await post('/notes', bomb, { 'Content-Encoding': encoding })).toMatchObject({
        ...{ status: 415, problem: { type: '/problems/unsupported-media-type' } },
      })
      expect(handled).toBe(before)
    },
  )

  test('is taken when it says that it is not encoded', async () => {
    expect(await post('/notes', '{"text":"x"}', { 'Content-Encoding': 'identity' })).toMatchObject({ status: 200 })
  })

  test('where none is taken is refused, an empty object and nothing are fine', async () => {
    expect(await post('/poke', '{"ownerId":1}')).toMatchObject({
      ...{ status: 400, problem: { errors: [{ pointer: '/ownerId', detail: 'is not known here' }] } },
    })
    expect((await post('/poke', '{}')).status).toBe(204)
    expect((await fetch(`${server.url}/poke`, { method: 'POST' })).status).toBe(204)
  })

  test('that trickles in is given up with 408 and never handled, and an answer that takes long is none', async () => {
    const before = handled
    const slow = fetch(`${server.url}/slow`)
    const socket = await openSocket(server.url)
    const answer = readToEnd(socket)
    socket.write(
      'POST /notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"text"',
    )
    await once(socket, 'data')
    // What comes now comes too late.
    socket.write(':"x"}')
    const { status, headers, body } = parseAnswer(await answer)
    expect(status).toBe(408)
    expect(headers.get('connection')).toBe('close')
    expect(JSON.parse(body)).toMatchObject({ type: '/problems/request-timeout', instance: '/notes' })
    expect(handled).toBe(before)
    gate.resolve()
    expect(await (await slow).text()).toBe('at last')
  })
})
