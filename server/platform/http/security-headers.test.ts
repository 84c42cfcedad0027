import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RouteServer, openSocket, parseAnswer, readToEnd, startRouteServer } from './fixtures/server.ts'
import { type RouteDefinition, route } from './route.ts'

const common = { method: 'GET', permission: 'public', tag: 'test', summary: 'A test' } as const
const PAGE_POLICY = "default-src 'none'; style-src 'self'"

const routes: readonly RouteDefinition[] = [
  route({ ...common, id: 'json', path: '/json', ok: [204, null], handler: async () => undefined }),
  route({ ...common, id: 'own', path: '/api/own', ok: [204, null], handler: async () => undefined }),
  route({
    ...{ ...common, id: 'kept', path: '/api/kept', ok: [204, null] },
    handler: async (_ctx, { reply }) => void reply.header('Cache-Control', 'private, no-cache'),
  }),
  route({
    ...{ ...common, id: 'page', path: '/page', ok: [200, 'text/html'] },
    handler: async (_ctx, { reply }) =>
      reply.header('Content-Security-Policy', PAGE_POLICY).type('text/html').send('<p>'),
  }),
  route({
    ...{ ...common, id: 'broken', path: '/broken', ok: [200, 'text/html'] },
    handler: async (_ctx, { reply }) => {
      reply.header('Content-Security-Policy', "default-src 'unsafe-inline'")
      throw new Error('while the page was being written')
    },
  }),
]

let plain: RouteServer
let secure: RouteServer
beforeAll(async () => {
  plain = await startRouteServer(routes)
  secure = await startRouteServer(routes, { isHttps: true })
})
afterAll(async () => {
  await plain[Symbol.asyncDispose]()
  await secure[Symbol.asyncDispose]()
})

test.each(['/json', '/broken', '/nothing', '/%', '/json?x=1'])('%s may load, run and frame nothing', async (path) => {
  const { headers } = await fetch(plain.url + path)
  expect(headers.get('content-security-policy')?.replaceAll(/;\s*/g, '; ')).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('a page says for itself what it needs', async () => {
  const { headers } = await fetch(`${plain.url}/page`)
  expect(headers.get('content-security-policy')).toBe(PAGE_POLICY)
  expect(headers.get('permissions-policy')).toContain('camera=()')
})

test('what is refused before routing is guarded like all else', async () => {
  const socket = await openSocket(plain.url)
  const answer = readToEnd(socket)
  socket.write('BREW / HTTP/1.1\r\n\r\n')
  const { headers } = parseAnswer(await answer)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
})

test('addresses are told to nobody else, and own forms keep their origin', async () => {
  expect((await fetch(`${plain.url}/page`)).headers.get('referrer-policy')).toBe('same-origin')
})

test('browsers remember https where the public URL has it, for this host alone', async () => {
  expect((await fetch(`${secure.url}/json`)).headers.get('strict-transport-security')).toBe('max-age=31536000')
  expect((await fetch(`${plain.url}/json`)).headers.get('strict-transport-security')).toBeNull()
})

test.each([
  ['/api/own', 'no-store'],
  ['/api/kept', 'private, no-cache'],
  ['/api/nothing', 'no-store'],
  ['/api/own?x=1', 'no-store'],
])('of %s nothing is kept that the route does not say', async (path, told) => {
  expect((await fetch(plain.url + path)).headers.get('cache-control')).toBe(told)
})

test('no answer says what it was made with', async () => {
  const { headers } = await fetch(`${plain.url}/json`)
  expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null])
})
