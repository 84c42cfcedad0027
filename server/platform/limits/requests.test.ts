import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type RouteServer, startRouteServer } from '../http/fixtures/server.ts'
import { Unauthenticated } from '../http/problems.ts'
import { type Method, type RouteDefinition, route } from '../http/route.ts'
import { createLogger } from '../observability/log.ts'
import { Limits } from './limits.ts'
import type { RouteLimit } from './policies.ts'

const some = (
  id: string,
  method: Method,
  more: Partial<Pick<RouteDefinition, 'limit' | 'permission'>> = {},
): RouteDefinition =>
  route({
    ...{ id, method, path: `/${id}`, summary: 'A test', tag: 'test', permission: 'public', ok: [204, null] },
    ...more,
    handler: async () => undefined,
  })
const ofClass = (limit: RouteLimit, method: Method = 'GET'): RouteDefinition => some(limit, method, { limit })

const routes = [
  ...[some('get', 'GET'), some('post', 'POST'), some('mine', 'GET', { permission: 'signed-in' })],
  ...[some('options', 'OPTIONS'), ofClass('none'), ofClass('media'), ofClass('auth', 'POST'), ofClass('mail', 'POST')],
]

// Of the figures so much that reads are 120 a minute, writes 30, sign-ins and mails 1.
const SCALE = 0.001
let nowMs = 0
let limits: Limits
let server: RouteServer
beforeEach(async () => {
  nowMs = 1_000_000
  const log = createLogger('silent')
  limits = new Limits({ log, scale: SCALE, secret: 'test', redis: null, nowMs: () => nowMs })
  // The tests are the proxy that tells who calls.
  server = await startRouteServer(routes, { limits, trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] })
})
afterEach(() => server[Symbol.asyncDispose]())

interface Caller {
  readonly from?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

const ask = (method: string, path: string, { from = '203.0.113.1', token, headers }: Caller = {}): Promise<Response> =>
  fetch(server.url + path, {
    method,
    headers: {
      'X-Forwarded-For': from,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
  })

/** The statuses of so many calls, one after the other. */
async function statuses(count: number, call: () => Promise<Response>): Promise<number[]> {
  const found: number[] = []
  for (let n = 0; n < count; n += 1) found.push((await call()).status)
  return found
}

const person = (): string => `${newId()}.${newId()}`

describe('an answer', () => {
  test('says which policies hold and how they stand, by address and by person', async () => {
    const anonymous = await ask('GET', '/get')
    expect(anonymous.headers.get('ratelimit-policy')).toBe('"read-address";q=120;w=60')
    expect(anonymous.headers.get('ratelimit')).toBe('"read-address";r=119;t=1')
    const known = await ask('GET', '/get', { token: person() })
    expect(known.headers.get('ratelimit-policy')).toBe('"read-address";q=120;w=60, "read-account";q=120;w=60')
    expect(known.headers.get('ratelimit')).toBe('"read-address";r=118;t=1, "read-account";r=119;t=1')
    expect(known.headers.get('access-control-expose-headers')).toMatch(/RateLimit, RateLimit-Policy/)
  })

  test.each(['/none', '/media'])('of %s, which floods may ask or caches keep, says nothing of them', async (path) => {
    const { headers } = await ask('GET', path)
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null])
  })

  test('that refuses is a problem with the time to come again, and is given until then', async () => {
    expect(await statuses(30, () => ask('POST', '/post'))).toEqual(Array.from({ length: 30 }, () => 204))
    const refused = await ask('POST', '/post')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(refused.headers.get('ratelimit')).toBe('"write-address";r=0;t=60')
    expect(await refused.json()).toEqual({
      ...{ type: '/problems/platform/too-many-requests', title: 'Too many requests', status: 429 },
      ...{ detail: 'Come again in 2 s.', policy: 'write-address', instance: '/post' },
      requestId: refused.headers.get('x-request-id'),
    })
    nowMs += 1900
    expect((await ask('POST', '/post')).status).toBe(429)
    nowMs += 100
    expect((await ask('POST', '/post')).status).toBe(204)
    expect((await ask('POST', '/post')).status).toBe(429)
  })

  test.each([
    ['GET', '/get', '"read-address"'],
    ['HEAD', '/get', '"read-address"'],
    ['POST', '/post', '"write-address"'],
    ['GET', '/nothing', '"read-address"'],
    ['DELETE', '/nothing', '"write-address"'],
    ['POST', '/auth', '"auth-address"'],
    ['POST', '/mail', '"mail-address"'],
    ['OPTIONS', '/options', null],
    ['GET', '/none', null],
  ])('to %s %s is counted as %s', async (method, path, policy) => {
    expect((await ask(method, path)).headers.get('ratelimit')?.split(';')[0] ?? null).toBe(policy)
  })

  test('to a preflight is not counted', async () => {
    const headers = { 'Access-Control-Request-Method': 'POST', Origin: 'https://x.example' }
    expect(await statuses(200, () => ask('OPTIONS', '/post', { headers }))).not.toContain(429)
    expect((await ask('POST', '/post')).headers.get('ratelimit')).toBe('"write-address";r=29;t=2')
  })
})

describe('addresses are counted as one', () => {
  const outOf = async (addresses: readonly string[]): Promise<number> => {
    let allowed = 0
    for (const from of addresses) if ((await ask('POST', '/auth', { from })).status === 204) allowed += 1
    return allowed
  }

  test('however they are written', async () => {
    expect(await outOf(['::ffff:203.0.113.9', '203.0.113.9', '::FFFF:CB00:7109', '203.0.113.9:4711'])).toBe(1)
    expect(await outOf(['2001:db8::1', '2001:DB8::1', '2001:db8:0::1', '[2001:0db8:0:0:0:0:0:1]:443'])).toBe(1)
  })

  test('within 64 bits of IPv6, and as several beyond', async () => {
    expect(await outOf(Array.from({ length: 50 }, (_, n) => `2001:db8:1:1::${n.toString(16)}`))).toBe(1)
    expect(await outOf(Array.from({ length: 50 }, (_, n) => `2001:db8:2:${n.toString(16)}::1`))).toBe(50)
  })

  test('whatever a client claims before its proxy', async () => {
    expect(await outOf(Array.from({ length: 50 }, (_, n) => `198.51.100.${n}, 203.0.113.8, 10.0.0.7`))).toBe(1)
  })

  test('whatever a client claims where no proxy is trusted', async () => {
    await using plain = await startRouteServer(routes, { limits })
    const claim = (n: number) => ({
      ...{ 'X-Forwarded-For': `198.51.100.${n}`, Forwarded: `for=198.51.100.${n}`, 'X-Real-IP': `198.51.100.${n}` },
      ...{ 'CF-Connecting-IP': `198.51.100.${n}`, 'True-Client-IP': `198.51.100.${n}` },
    })
    const answers = Array.from({ length: 20 }, (_, n) =>
      fetch(`${plain.url}/auth`, { method: 'POST', headers: claim(n) }),
    )
    const passed = (await Promise.all(answers)).filter(({ status }) => status === 204)
    expect(passed).toHaveLength(1)
  })
})

describe('beside the address are counted', () => {
  test('persons, wherever they call from', async () => {
    const token = person()
    const calls = Array.from({ length: 40 }, (_, n) => ask('POST', '/post', { token, from: `203.0.113.${n}` }))
    const found = (await Promise.all(calls)).map(({ status }) => status)
    expect(found.filter((status) => status === 204)).toHaveLength(30)
    expect((await ask('POST', '/post', { token: person(), from: '203.0.113.99' })).status).toBe(204)
  })

  test('credentials, which have less than the person, so that another still works', async () => {
    const credential = { userId: newId(), workspaceId: newId(), permissions: new Set<string>() }
    const asks = (credentialId: string) => ({ ...credential, kind: 'user' as const, credentialId })
    await using keyed = await startRouteServer(routes, {
      limits,
      trustedProxies: ['127.0.0.0/8'],
      identify: async ({ headers }) => asks(headers.authorization ?? ''),
    })
    const call = async (token: string, n: number): Promise<number> => {
      const headers = { Authorization: token, 'X-Forwarded-For': `203.0.113.${n}` }
      return (await fetch(`${keyed.url}/post`, { method: 'POST', headers })).status
    }
    const wild = await Promise.all(Array.from({ length: 30 }, (_, n) => call('one', n)))
    expect(wild.filter((status) => status === 204)).toHaveLength(24)
    expect(await call('another', 99)).toBe(204)
  })

  test('credentials that do not hold, which are not even asked about when there were too many', async () => {
    let asked = 0
    const { quota } = limits.badCredentials
    await using strict = await startRouteServer(routes, {
      ...{ limits, trustedProxies: ['127.0.0.0/8'] },
      identify: async ({ headers }) => {
        if (headers.authorization === undefined) return { kind: 'anonymous' }
        asked += 1
        throw Unauthenticated()
      },
    })
    const call = (from: string, authorization?: string): Promise<Response> =>
      fetch(`${strict.url}/get`, {
        headers: { 'X-Forwarded-For': from, ...(authorization === undefined ? {} : { Authorization: authorization }) },
      })
    for (let n = 0; n < quota; n += 1) expect((await call('203.0.113.1', 'wrong')).status).toBe(401)
    for (let n = 0; n < 5; n += 1) expect((await call('203.0.113.1', 'wrong')).status).toBe(429)
    expect(asked).toBe(quota)
    // Who brings none, or comes from elsewhere, is not meant.
    expect((await call('203.0.113.1')).status).toBe(204)
    expect((await call('203.0.113.2', 'wrong')).status).toBe(401)
  })
})
