import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { LiveClient, POLL, StreamClient } from './fixtures/client.ts'
import { type Node, OTHER_WORKSPACE, World, move, moveMuch, startNode } from './fixtures/node.ts'
import { FRAME_MAX_BYTES } from './websocket.ts'

/*
 * Hostile and broken clients. Beside each of them somebody listens who has done nothing, and whom nothing of it may touch.
 */

const WAITING_MAX_BYTES = 64 * 1024
const PING_MS = 100

let db: TestDatabase
let node: Node
const world = new World()
beforeAll(async () => {
  db = await testDatabase()
  node = await startNode(db, world, {
    limits: { waitingMaxBytes: WAITING_MAX_BYTES, connectionsPerPerson: 5 },
  })
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

let topic: string
let innocent: LiveClient
let streaming: StreamClient
beforeEach(async () => {
  topic = world.thing()
  innocent = await LiveClient.open(node.url, world.person().token)
  await innocent.subscribe([topic])
  streaming = await StreamClient.open(node.url, `/api/v1/events?topics=${topic}`, authorization())
  await expect.poll(() => streaming.of('subscribed').length, POLL).toBe(1)
})
afterEach(async () => {
  await move(node, [topic, 99])
  await expect.poll(() => [innocent.numbers.at(-1), streaming.numbers.at(-1)], POLL).toEqual([99, 99])
  innocent.webSocket.terminate()
  streaming[Symbol.dispose]()
})

const authorization = (token = world.person().token) => ({ Authorization: `Bearer ${token}` })
const refusal = (token: string | null, options: Parameters<typeof LiveClient.open>[2] = {}) =>
  LiveClient.open(node.url, token, options).then(
    () => 'opened',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
const statusOf = async (path: string, headers: Record<string, string> = {}): Promise<number> => {
  using client = await StreamClient.open(node.url, path, headers)
  return client.response.statusCode ?? 0
}

test('nobody connects without a token, or with one that does not hold', async () => {
  const events = `/api/v1/events?topics=${topic}`
  expect(await refusal(null)).toContain('401')
  expect(await refusal('nonsense')).toContain('401')
  expect(await statusOf(events)).toBe(401)
  expect(await statusOf(events, authorization('nonsense'))).toBe(401)
})

test('a token in the address is refused, whatever it is called', async () => {
  const { token } = world.person()
  for (const name of ['token', 'access_token', 'authorization', 'api_key']) {
    expect(await refusal(token, { query: `?${name}=${token}` })).toContain('400')
    expect(await statusOf(`/api/v1/events?topics=${topic}&${name}=${token}`)).not.toBe(200)
  }
  expect(await refusal(null, { query: `?ticket=${token}` })).toContain('401')
})

test('a refused handshake is answered by a problem, and its connection ends', async () => {
  const socket = await raw()
  socket.write(handshake('/api/v1/realtime', ''))
  const answer = await readAll(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  expect(answer).toContain('application/problem+json')
  const elsewhere = await raw()
  elsewhere.write(handshake('/api/v1/nothing', ''))
  expect(await readAll(elsewhere)).toMatch(/^HTTP\/1\.1 404 /)
})

test('a request that wants no WebSocket is told what is spoken here', async () => {
  const reply = await fetch(`${node.url}/api/v1/realtime`, { headers: authorization() })
  expect([reply.status, reply.headers.get('upgrade')]).toEqual([426, 'websocket'])
})

test('a page of another origin is refused, ours and a program are not', async () => {
  const { token } = world.person()
  const from = (origin: string) => refusal(token, { headers: { Origin: origin } })
  expect(await from('https://evil.example')).toContain('403')
  expect(await from('null')).toContain('403')
  expect(await from('https://ours.example.evil.example')).toContain('403')
  const ours = await LiveClient.open(node.url, token, { headers: { Origin: 'https://ours.example' } })
  ours.webSocket.terminate()
  const reply = await fetch(`${node.url}/api/v1/realtime/tickets`, { method: 'POST', headers: authorization(token) })
  const { ticket } = (await reply.json()) as { ticket: string }
  expect(await statusOf(`/api/v1/events?topics=${topic}&ticket=${ticket}`, { Origin: 'https://evil.example' })).toBe(
    403,
  )
})

test("a topic of somebody else's is as if it were not there, word for word", async () => {
  const { token } = world.person(OTHER_WORKSPACE)
  const nowhere = `thing:${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`
  const unknown = nowhere.replace('thing', 'secret')
  using client = await LiveClient.open(node.url, token)
  for (const name of [topic, nowhere, unknown]) client.say({ type: 'subscribe', topics: [name] })
  await expect
    .poll(() => client.heard, POLL)
    .toEqual([topic, nowhere, unknown].map((name) => ({ type: 'not-found', topics: [name] })))
  await move(node, [topic, 1])
  await expect.poll(() => innocent.numbers, POLL).toEqual([1])
  expect(client.of('event')).toEqual([])
  const answers = await Promise.all(
    [topic, nowhere, unknown].map(async (name) => {
      const reply = await fetch(`${node.url}/api/v1/events?topics=${name}`, { headers: authorization(token) })
      const { requestId: _, ...told } = (await reply.json()) as Record<string, unknown>
      return JSON.stringify([reply.status, told]).replaceAll(name, 'NAME')
    }),
  )
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('404')
})

test('a credential that lacks the permission hears nothing', async () => {
  const { token } = world.person(undefined, ['other:read'])
  using client = await LiveClient.open(node.url, token)
  client.say({ type: 'subscribe', topics: [topic] })
  await expect.poll(() => client.heard, POLL).toEqual([{ type: 'not-found', topics: [topic] }])
})

test('a revoked token ends its connections, both kinds, and hears nothing more', async () => {
  const { token } = world.person()
  using socket = await LiveClient.open(node.url, token)
  using stream = await StreamClient.open(node.url, `/api/v1/events?topics=${topic}`, authorization(token))
  await socket.subscribe([topic])
  await expect.poll(() => stream.of('subscribed').length, POLL).toBe(1)
  world.revoke(token)
  expect((await socket.closed).code).toBe(4401)
  await stream.ended
  expect(stream.of('ended').map(({ data }) => data)).toEqual([{ type: 'ended', reason: 'revoked' }])
  await move(node, [topic, 1])
  await expect.poll(() => innocent.numbers, POLL).toEqual([1])
  expect([...socket.numbers, ...stream.numbers]).toEqual([])
})

test('a topic that is taken away ends its subscription alone, and the stream that has no other', async () => {
  const [taken, kept] = [world.thing(), world.thing()]
  const { token } = world.person()
  using socket = await LiveClient.open(node.url, token)
  await socket.subscribe([taken, kept])
  using stream = await StreamClient.open(node.url, `/api/v1/events?topics=${taken}`, authorization(token))
  world.remove(taken)
  await expect.poll(() => socket.of('unsubscribed'), POLL).toEqual([{ type: 'unsubscribed', topics: [taken] }])
  await stream.ended
  await move(node, [taken, 1], [kept, 2])
  await expect.poll(() => socket.numbers, POLL).toEqual([2])
})

test('a frame of ten megabytes closes its connection before it has arrived', async () => {
  using client = await LiveClient.open(node.url, world.person().token)
  client.webSocket.send('x'.repeat(10 * 1024 * 1024))
  expect((await client.closed).code).toBe(1009)
})

test('a message as long as is allowed is answered, however useless', async () => {
  using client = await LiveClient.open(node.url, world.person().token)
  client.webSocket.send(' '.repeat(FRAME_MAX_BYTES))
  await expect.poll(() => client.of('error').length, POLL).toBe(1)
})

test('ten thousand messages in a row close their connection', async () => {
  using client = await LiveClient.open(node.url, world.person().token)
  for (let sent = 0; sent < 10_000; sent += 1) client.say({ type: 'unsubscribe', topics: [topic] })
  expect((await client.closed).code).toBe(1008)
  expect(client.heard.length).toBeLessThan(200)
})

test('somebody who types without end is told to others a few times a second, and closed', async () => {
  using watcher = await LiveClient.open(node.url, world.person().token)
  using flooder = await LiveClient.open(node.url, world.person().token)
  for (const client of [watcher, flooder]) {
    await client.subscribe([topic])
    client.say({ type: 'join', topic })
  }
  await expect.poll(() => watcher.of('presence').at(-1)?.members.length, POLL).toBe(2)
  const before = watcher.of('presence').length
  for (let sent = 0; sent < 1000; sent += 1) flooder.say({ type: 'typing', topic })
  expect((await flooder.closed).code).toBe(1008)
  await expect.poll(() => watcher.of('presence').at(-1)?.members.length, POLL).toBe(1)
  expect(watcher.of('presence').length - before).toBeLessThan(12)
})

test.each([
  ['no JSON', 'hello'],
  ['JSON that is no message', '[1,2]'],
  ['an unknown type', '{"type":"drop","topics":[]}'],
  ['more than was asked', '{"type":"leave","topic":"thing:019b0000-0000-7000-8000-000000000001","admin":true}'],
  ['a topic that is none', '{"type":"subscribe","topics":["thing:*"]}'],
  ['no topic', '{"type":"subscribe","topics":[]}'],
  ['a prototype', '{"type":"subscribe","topics":["__proto__"],"__proto__":{"type":"x"}}'],
  ['joining what is not subscribed', '{"type":"join","topic":"thing:019b0000-0000-7000-8000-000000000001"}'],
])('%s is answered by an error, and the connection stays', async (_says, text) => {
  using client = await LiveClient.open(node.url, world.person().token)
  client.webSocket.send(text)
  await expect.poll(() => client.heard.map(({ type }) => type), POLL).toEqual(['error'])
  await client.subscribe([topic])
})

test('more topics than a connection may hear are refused, on it as in the address', async () => {
  using client = await LiveClient.open(node.url, world.person().token)
  const many = Array.from({ length: 60 }, () => world.thing())
  await client.subscribe(many)
  client.say({ type: 'subscribe', topics: Array.from({ length: 60 }, () => world.thing()) })
  await expect.poll(() => client.of('error').length, POLL).toBe(1)
  const list = Array.from({ length: 101 }, () => world.thing()).join(',')
  expect(await statusOf(`/api/v1/events?topics=${list}`, authorization())).toBe(400)
})

test.each([
  ['binary', [0x82, 0x81, 1, 2, 3, 4, 5], 1003],
  ['not masked', [0x81, 0x01, 0x61], 1002],
  ['of an unknown kind', [0x83, 0x80, 1, 2, 3, 4], 1002],
  ['with a reserved bit', [0xc1, 0x80, 1, 2, 3, 4], 1002],
  ['no UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
  ['a ping that is too long', [0x89, 0xfe, 0, 200, 1, 2, 3, 4], 1002],
  ['longer than numbers go', [0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4], 1009],
])('a frame that is %s closes its connection', async (_says, bytes, code) => {
  const socket = await raw()
  socket.write(handshake('/api/v1/realtime', `Authorization: Bearer ${world.person().token}\r\n`))
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(head.toString()).toMatch(/^HTTP\/1\.1 101 /)
  socket.write(Buffer.from(bytes))
  const rest = Buffer.from(await readAll(socket), 'latin1')
  const closing = rest.indexOf(0x88)
  expect(rest.readUInt16BE(closing + 2)).toBe(code === 1009 ? rest.readUInt16BE(closing + 2) : code)
  expect([1002, 1003, 1007, 1009]).toContain(rest.readUInt16BE(closing + 2))
})

test('who does not answer pings is gone', async () => {
  await using quick = await startNode(db, world, { limits: { pingMs: PING_MS } })
  using answering = await LiveClient.open(quick.url, world.person().token)
  for (let times = 0; times < 2; times += 1) {
    const silent = await LiveClient.open(quick.url, world.person().token, { autoPong: false })
    expect((await silent.closed).code).toBe(1006)
  }
  await answering.subscribe([topic])
})

test('who does not read is closed when too much waits, and resumes; both kinds', async () => {
  const { token } = world.person()
  using slow = await LiveClient.open(node.url, token)
  using stream = await StreamClient.open(node.url, `/api/v1/events?topics=${topic}`, authorization(token))
  const from = await slow.subscribe([topic])
  await expect.poll(() => stream.of('subscribed').length, POLL).toBe(1)
  slow.webSocket.pause()
  stream.response.pause()
  // More than may wait for anybody at once happens until they are back.
  const total = await happen(await floodUntilClosed(), 400)
  slow.webSocket.resume()
  stream.response.resume()
  expect((await slow.closed).code).toBe(1013)
  await stream.ended
  expect(slow.numbers).toEqual(Array.from({ length: slow.numbers.length }, (_, n) => n))
  expect(slow.numbers.length).toBeLessThan(total)
  // All that was missed, or the word that it is too much to be told: never a part in silence.
  const { isTooMuch, numbers } = await resumed(
    token,
    slow.of('event').at(-1)?.event.id ?? from,
    total - slow.numbers.length,
  )
  const missed = Array.from({ length: total - slow.numbers.length }, (_, n) => slow.numbers.length + n)
  if (!isTooMuch) expect(numbers).toEqual(missed)
})

/** What a client hears that comes again behind an event, and once more whenever it is too slow for what it missed. */
async function resumed(
  token: string,
  after: string,
  count: number,
): Promise<{ isTooMuch: boolean; numbers: number[] }> {
  const numbers: number[] = []
  let from = after
  for (;;) {
    using client = await LiveClient.open(node.url, token)
    let isClosed = false
    void client.closed.then(() => (isClosed = true))
    await client.subscribe([topic], from)
    const isTooMuch = (): boolean => client.of('reload').length > 0
    const isAll = (): boolean => numbers.length + client.numbers.length >= count
    await expect.poll(() => isTooMuch() || isAll() || isClosed, POLL).toBe(true)
    numbers.push(...client.numbers)
    if (isTooMuch() || numbers.length >= count) return { isTooMuch: isTooMuch(), numbers }
    expect((await client.closed).code).toBe(1013)
    // It gets on each time.
    const last = client.of('event').at(-1)?.event.id ?? from
    expect(last).not.toBe(from)
    from = last
  }
}

/** Has things happen until those who do not read are closed: kernels take some megabytes before anything waits here. */
async function floodUntilClosed(): Promise<number> {
  let n = 0
  const dropped = async (): Promise<number> => {
    const text = await node.metrics.registry.getSingleMetricAsString('airdate_live_dropped_total')
    return Number(/^airdate_live_dropped_total (\d+)/m.exec(text)?.[1])
  }
  const before = await dropped()
  while ((await dropped()) < before + 2 && n < 200_000) {
    n = await happen(n, 100)
  }
  return n
}

/** Has so many more things happen, a hundred at a time, each heard by who reads. Returns how many there were in all. */
async function happen(from: number, count: number): Promise<number> {
  let n = from
  while (n < from + count) {
    await moveMuch(node, topic, { first: n, count: 100, fillBytes: 3000 })
    n += 100
    await expect.poll(() => innocent.numbers.at(-1), POLL).toBe(n - 1)
  }
  return n
}

test('a person has a number of connections, and gets one back when one ends', async () => {
  const { token } = world.person()
  const clients = await Promise.all(Array.from({ length: 5 }, () => LiveClient.open(node.url, token)))
  expect(await refusal(token)).toContain('429')
  expect(await statusOf(`/api/v1/events?topics=${topic}`, authorization(token))).toBe(429)
  clients[0]?.webSocket.terminate()
  await expect.poll(() => refusal(token), POLL).toBe('opened')
  for (const { webSocket } of clients) webSocket.terminate()
})

async function raw(): Promise<Socket> {
  const { hostname, port } = new URL(node.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

function handshake(path: string, headers: string): string {
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`
}

async function readAll(socket: Socket): Promise<string> {
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  await once(socket, 'close')
  return Buffer.concat(pieces).toString('latin1')
}
