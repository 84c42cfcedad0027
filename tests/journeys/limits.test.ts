import { Writable } from 'node:stream'
import { WebSocket } from 'ws'
import { describe, expect, test } from 'vitest'
import { newId, newSecret } from '#kernel/ids.ts'
import { createLogger } from '#platform/observability/log.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { testRedis } from '#tests/support/redis.ts'

const TICKETS = '/api/v1/realtime/tickets'
/** A hundredth of the figures: a credential writes 240 times a minute. The test is the proxy that tells who calls. */
const NARROW = { AIRDATE_RATE_LIMIT_SCALE: '0.01', AIRDATE_TRUSTED_PROXIES: '127.0.0.1' }
const QUOTA = 240

let called = 0

/** So many writes of one credential, each from another address, in turn at each process; how many were let through. */
async function writes(count: number, nodes: readonly TestApp[]): Promise<number> {
  const found: number[] = []
  while (found.length < count) {
    const some = nodes.flatMap((node) =>
      Array.from({ length: 5 }, () =>
        node.call('POST', TICKETS, { headers: { 'X-Forwarded-For': `2001:db8:0:${(called += 1).toString(16)}::1` } }),
      ),
    )
    found.push(...(await Promise.all(some)).map(({ status }) => status))
  }
  expect(found.filter((status) => status !== 201 && status !== 429)).toEqual([])
  return found.filter((status) => status === 201).length
}

test('two processes with a Redis count together, each goes on alone without it, and both count when it is back', async () => {
  await using redis = await testRedis()
  const settings = { ...NARROW, REDIS_URL: redis.url, AIRDATE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
  await using one = await testApp({ roles: ['api'], settings })
  await using beside = await testApp({ roles: ['api'], settings, beside: one })
  const nodes = [one, { ...beside, call: asHolderOf(one.token, beside) }]
  const passed = await writes(300, nodes)
  // Some come back while the test runs, and some pass before the one process has told the other.
  expect(passed).toBeGreaterThanOrEqual(QUOTA)
  expect(passed).toBeLessThan(300)
  await redis.kill()
  expect(await writes(60, nodes)).toBeLessThan(60)
  await redis.start()
  await expect.poll(async () => (await one.call('GET', '/readyz')).json()['status'], { timeout: 20_000 }).toBe('ready')
  expect(await writes(60, nodes)).toBeLessThan(60)
  // Another credential of the same person has its own.
  const token = await one.app.ownerToken('another')
  expect((await one.call('POST', TICKETS, { token })).headers.get('ratelimit')).toContain('"write-credential";r=239')
})

const asHolderOf =
  (token: string, app: TestApp): TestApp['call'] =>
  (method, path, options) =>
    app.call(method, path, { token, ...options })

describe('behind a proxy', () => {
  test('links come from the configuration, whatever host and scheme a request claims', async () => {
    await using app = await testApp({
      roles: ['api'],
      settings: { AIRDATE_TRUSTED_PROXIES: '127.0.0.1', AIRDATE_PUBLIC_URL: 'https://tv.example' },
    })
    const claims = {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'gopher',
      'X-Forwarded-Prefix': '/evil',
      'X-Original-URL': '/metrics',
      'X-Rewrite-URL': '/metrics',
      'X-Forwarded-For': '203.0.113.9',
      Forwarded: 'for=203.0.113.9;host=evil.example;proto=gopher',
    }
    const created = await app.call('POST', '/api/v1/uploads', {
      headers: { ...claims, 'Tus-Resumable': '1.0.0', 'Upload-Length': '5' },
    })
    expect([created.status, created.headers.get('location')?.startsWith('/api/v1/uploads/')]).toEqual([201, true])
    const video = `/api/v1/stream/videos/${created.headers.get('airdate-video-id')}`
    const got = await app.call('GET', video, { headers: claims })
    expect(got.status).toBe(200)
    for (const path of [video, '/docs', '/watch/x', '/nothing']) {
      const reply = await app.call('GET', path, { headers: { ...claims, 'X-HTTP-Method-Override': 'DELETE' } })
      expect(reply.bytes.toString() + JSON.stringify([...reply.headers])).not.toMatch(/evil\.example|gopher/)
      expect(reply.headers.get('strict-transport-security')).toBe('max-age=31536000')
    }
    // Loopback is what the proxy's connection is; who comes through it is not on this machine.
    for (const headers of [claims, { 'X-Forwarded-For': '127.0.0.1' }, { Forwarded: 'for=127.0.0.1' }]) {
      expect((await app.call('GET', '/metrics', { token: null, headers })).status).toBe(403)
    }
  })
})

test('no line of the log holds a secret that a request brought, at its most talkative', async () => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  await using app = await testApp({ roles: ['api'], log: createLogger('trace', destination) })
  const secrets = Array.from({ length: 12 }, () => newSecret(24))
  const secret = (n: number): string => secrets[n] ?? ''
  const ticket = (await app.call('POST', TICKETS)).json<{ ticket: string }>().ticket
  const calls: [string, string, Parameters<TestApp['call']>[2]?][] = [
    ['GET', '/api/v1/stream/videos', { token: `air_${secret(0)}` }],
    ['GET', '/api/v1/stream/videos', { token: null, headers: { Authorization: `Basic ${secret(1)}` } }],
    ['GET', '/api/v1/stream/videos', { headers: { Cookie: `airdate_session=${secret(2)}` } }],
    ['GET', `/api/v1/stream/videos?token=${secret(3)}&access_token=${secret(4)}`],
    ['GET', `/nothing/${secret(5)}?code=${secret(6)}`],
    ['GET', `/media/${newId()}/g/${secret(7)}/master.m3u8`],
    ['GET', `/media/${newId()}/g/${secret(8)}/low/0.m4s`],
    ['GET', `/api/v1/events?topics=video:${newId()}&ticket=${secret(9)}`, { token: null }],
    ['PATCH', `/api/v1/stream/videos/${newId()}`, { body: { password: secret(10) } }],
    ['POST', '/api/v1/uploads', { body: `{"secret":"${secret(11)}"`, headers: { 'Tus-Resumable': '1.0.0' } }],
  ]
  for (const [method, path, options] of calls) await app.call(method, path, options)
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/api/v1/realtime?ticket=${ticket}`)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.close()
  const text = lines.join('')
  expect(text.match(/"msg":"request"/g)?.length).toBeGreaterThanOrEqual(calls.length)
  expect(text).toContain('"clientAddress":"127.0.0.1"')
  for (const one of [...secrets, ticket, app.token]) expect(text).not.toContain(one)
})
