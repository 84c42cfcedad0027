import { once } from 'node:events'
import { Writable } from 'node:stream'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { createLogger } from '../observability/log.ts'
import { type RouteServer, openSocket, parseAnswer, readToEnd, startRouteServer } from './fixtures/server.ts'
import { type RouteDefinition, route } from './route.ts'

const common = { method: 'GET', permission: 'public', tag: 'test', summary: 'A test' } as const
const Teapot = problem('test/teapot', 418, 'This is a teapot')
const LONG = 'long enough to be worth the work '.repeat(100)
const Answer = Type.Object({ text: Type.String() })

const routes: readonly RouteDefinition[] = [
  route({
    ...common,
    id: 'hello',
    path: '/hello',
    ok: [200, Answer],
    handler: async () => ({ text: LONG, leak: 'x' }),
  }),
  route({
    ...{ ...common, id: 'one', path: '/things/:id', params: Type.Object({ id: Type.String({ format: 'uuid' }) }) },
    ok: [204, null],
    handler: async () => undefined,
  }),
  route({
    ...{ ...common, id: 'bug', path: '/bug', ok: [200, Answer] },
    handler: async () => Promise.reject(new Error('select secret from commons.users at /srv/airdate/server.ts:1')),
  }),
  route({
    ...{ ...common, id: 'teapot', path: '/teapot', ok: [200, Answer], problems: [Teapot] },
    handler: async () => Promise.reject(Teapot({ detail: 'Short.', spout: true, headers: { 'Retry-After': '7' } })),
  }),
  route({
    ...{ ...common, id: 'guarded', path: '/guarded', permission: 'other:write', ok: [204, null] },
    handler: async () => undefined,
  }),
]

let server: RouteServer
const mounted: string[] = []
beforeAll(async () => {
  server = await startRouteServer(routes, { onMounted: (method, path) => mounted.push(`${method} ${path}`) })
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server.url + path, { headers })

/** Sends bytes as they are and reads until the server ends the connection. */
async function raw(bytes: string) {
  const socket = await openSocket(server.url)
  const answer = readToEnd(socket)
  socket.write(bytes)
  return parseAnswer(await answer)
}

describe('answers', () => {
  test('hold the fields of their schema and no other', async () => {
    expect(await (await get('/hello')).json()).toEqual({ text: LONG })
  })

  test.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
    ['gzip;q=0, identity', null],
  ])('to clients that take %s are encoded as %s', async (accepted, encoding) => {
    const reply = await get('/hello', { 'Accept-Encoding': accepted })
    expect(reply.headers.get('content-encoding')).toBe(encoding)
    expect(reply.headers.get('vary')?.toLowerCase() ?? '').toContain(encoding === null ? '' : 'accept-encoding')
    expect(await reply.json()).toEqual({ text: LONG })
  })

  test('to HEAD are those to GET, without the body', async () => {
    const reply = await fetch(`${server.url}/hello`, { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } })
    expect([reply.status, await reply.text()]).toEqual([200, ''])
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  test.each(['0123456789abcdef', newId(), 'A-request_of-ours', 'x'.repeat(64)])(
    'repeat the id that the client gave: %s',
    async (id) => {
      for (const path of ['/hello', '/nothing', '/bug']) {
        expect((await get(path, { 'X-Request-Id': id })).headers.get('x-request-id')).toBe(id)
      }
    },
  )

  test.each(['short', 'x'.repeat(65), 'with spaces in it', '"quoted-id"', '../../etc/passwd'])(
    'do not repeat what is no id: %s',
    async (id) => {
      const given = (await get('/nothing', { 'X-Request-Id': id })).headers.get('x-request-id')
      expect(given).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    },
  )

  test.each(['/hello', '/nothing', '/bug', '/teapot', '/guarded', '/things/1', '/%', '/things/%00', '/hello?x=1'])(
    'of every kind are open to any origin, without cookies: %s',
    async (path) => {
      const { headers } = await get(path, { Origin: 'https://evil.example' })
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('access-control-expose-headers')).toContain('X-Request-Id')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('set-cookie')).toBeNull()
    },
  )

  test.each(['/hello', '/guarded', '/nothing'])('to a preflight need no identity: %s', async (path) => {
    const reply = await fetch(server.url + path, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Method': 'PATCH', Origin: 'https://x.example' },
    })
    expect(reply.status).toBe(204)
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    const allowed = reply.headers.get('access-control-allow-headers')?.split(', ') ?? []
    const wanted = ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'Last-Event-ID']
    const tus = ['Upload-Length', 'Upload-Offset', 'Upload-Metadata', 'Upload-Checksum', 'Upload-Concat']
    expect(allowed).toEqual(expect.arrayContaining([...wanted, 'Range', 'Tus-Resumable', ...tus]))
  })
})

describe('problems', () => {
  test('are documents with every member, and headers of their own', async () => {
    const reply = await get('/teapot')
    expect(reply.headers.get('content-type')).toBe('application/problem+json')
    expect(reply.headers.get('retry-after')).toBe('7')
    expect(await reply.json()).toEqual({
      ...{ type: '/problems/test/teapot', title: 'This is a teapot', status: 418, detail: 'Short.', spout: true },
      ...{ instance: '/teapot', requestId: reply.headers.get('x-request-id') },
    })
  })

  test('that are bugs say nothing of the inside', async () => {
    const reply = await get('/bug')
    expect(await reply.json()).toEqual({
      ...{ type: '/problems/internal-error', title: 'Something went wrong on our side', status: 500 },
      ...{ instance: '/bug', requestId: reply.headers.get('x-request-id') },
    })
  })

  test('that are bugs stand whole in the log, under the id that the answer told', async () => {
    const lines: string[] = []
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      lines.push(chunk.toString())
      done()
    }
    await using told = await startRouteServer(routes, { log: createLogger('info', new Writable({ write })) })
    const reply = await fetch(`${told.url}/bug`)
    const line = lines.map((text) => JSON.parse(text) as Record<string, unknown>).find(({ msg }) => msg === 'bug')
    expect(line).toMatchObject({ level: 'error', requestId: reply.headers.get('x-request-id'), path: '/bug' })
    expect(line?.['err']).toMatchObject({
      message: expect.stringContaining('select secret'),
      stack: expect.any(String),
    })
  })

  test('of identity say how to identify oneself, those of permission which is needed', async () => {
    const anonymous = await get('/guarded')
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const known = await get('/guarded', { Authorization: `Bearer ${newId()}.${newId()}` })
    expect(await known.json()).toMatchObject({ status: 403, detail: 'The permission other:write is needed.' })
  })

  test.each([
    ['GET', '/nothing', 404],
    ['GET', '/%', 404],
    ['GET', '/things/%ff', 404],
    ['GET', '/things/%00', 400],
    ['GET', '/things/<301 characters>', 404],
    ['GET', '/hello/', 404],
    ['GET', '//hello', 404],
    ['GET', '/HELLO', 404],
    ['GET', '/hello?x=1', 400],
    ['GET', '/hello?__proto__=1', 400],
    ['DELETE', '/hello', 404],
    ['PUT', '/hello', 404],
    ['OPTIONS', '/hello', 404],
    ['PROPFIND', '/hello', 404],
    ['TRACE', '/hello', 404],
    ['QUERY', '/hello', 400],
  ])('%s %s is one of %i', async (method, told, status) => {
    const path = told.replace('<301 characters>', 'x'.repeat(301))
    const {
      body,
      headers,
      status: answered,
    } = await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answered).toBe(status)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({
      status,
      requestId: headers.get('x-request-id'),
      title: expect.any(String),
    })
  })
})

describe('requests that are not quite requests', () => {
  const malformed: [string, string, number][] = [
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a method nobody knows', 'BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no host', 'GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde', 400],
    ['a negative length', 'POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'chunks named by another word',
      'POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a header with a line feed in it', 'GET /hello HTTP/1.1\r\nHost: x\r\nX-A: a\nb\r\n\r\n', 400],
    ['100 kB of headers', `GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['an address of 100 kB', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ]
  test.each(malformed)('%s', async (says, bytes, status) => {
    const { status: answered, headers, body } = await raw(bytes)
    expect(answered).toBe(status)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(JSON.parse(body)).toEqual({
      ...{ type: '/problems/malformed-request', title: expect.any(String), status },
      ...(says === 'no host' ? { instance: '/hello', detail: 'Host is missing.' } : { instance: '' }),
      requestId: headers.get('x-request-id'),
    })
  })

  test.each([
    ['HTTP/1.0', 'GET /guarded HTTP/1.0\r\n\r\n'],
    ['absolute form', 'GET http://evil.example/guarded HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
    ['a host with a dot behind it', 'GET /guarded HTTP/1.1\r\nHost: localhost.\r\nConnection: close\r\n\r\n'],
    [
      'another method in a header',
      'GET /guarded HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE\r\nConnection: close\r\n\r\n',
    ],
    [
      'another path in a header',
      'GET /guarded HTTP/1.1\r\nHost: x\r\nX-Original-URL: /hello\r\nConnection: close\r\n\r\n',
    ],
  ])('%s is authorised like the plain request', async (_, bytes) => {
    const { status, body } = await raw(bytes)
    expect(status).toBe(401)
    expect(JSON.parse(body)).toMatchObject({ type: '/problems/unauthenticated', instance: '/guarded' })
  })

  test.each([
    '/%2e%2e/hello',
    '/things/%2e%2e%2f%2e%2e%2fetc',
    '/../hello',
    '/things/..',
    '/./hello',
    '/hello%2f',
    '/hell%6f/',
  ])('the path %s leads nowhere else', async (path) => {
    const { status } = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect([400, 404]).toContain(status)
  })
})

test('a server that stops sends who comes on an open connection elsewhere', async () => {
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const stopping = await startRouteServer([
    ...routes,
    route({
      ...{ ...common, id: 'held', path: '/held', ok: [204, null] },
      handler: async () => {
        entered.resolve()
        await gate.promise
      },
    }),
  ])
  const held = fetch(`${stopping.url}/held`)
  await entered.promise
  const arrival = once(stopping.app.server, 'connection')
  const socket = await openSocket(stopping.url)
  const answer = readToEnd(socket)
  // Half a request keeps the connection from being closed as idle.
  socket.write('GET /hello HTTP/1.1\r\nHos')
  await arrival
  const closed = stopping.app.close()
  socket.write('t: x\r\n\r\n')
  const { status, headers, body } = parseAnswer(await answer)
  expect([status, headers.get('connection'), headers.get('retry-after')]).toEqual([503, 'close', '2'])
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/unavailable', status: 503 })
  gate.resolve()
  expect((await held).status).toBe(204)
  await closed
})

test('headers that trickle in are given up with 408, whole ones beside them are answered', async () => {
  await using patient = await startRouteServer(routes, { headersTimeoutMs: 100 })
  const slow = await openSocket(patient.url)
  slow.write('GET /hello HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  expect((await fetch(`${patient.url}/hello`)).status).toBe(200)
  const { status, headers, body } = parseAnswer(await readToEnd(slow))
  expect(status).toBe(408)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ status: 408 })
})

test('what is mounted is told, HEAD beside GET', () => {
  expect(mounted).toEqual(routes.flatMap(({ path }) => [`GET ${path}`, `HEAD ${path}`]))
})
