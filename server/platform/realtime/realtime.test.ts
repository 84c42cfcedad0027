import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { LiveClient, POLL, StreamClient } from './fixtures/client.ts'
import { type Node, WORKSPACE, World, hide, move, moveMuch, startNode } from './fixtures/node.ts'
import { touch } from './topic.ts'
import { systemScope } from '../database/scope.ts'

let db: TestDatabase
const world = new World()
let near: Node
let far: Node
beforeAll(async () => {
  db = await testDatabase()
  near = await startNode(db, world)
  far = await startNode(db, world)
})
afterAll(async () => {
  await near[Symbol.asyncDispose]()
  await far[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

test('both kinds of connection get the same event, wherever it happened, and none that is not told', async () => {
  const topic = world.thing()
  const { token } = world.person()
  using socket = await LiveClient.open(near.url, token)
  await socket.subscribe([topic])
  using stream = await StreamClient.open(far.url, `/api/v1/events?topics=${topic}`, bearer(token))
  await expect.poll(() => stream.of('subscribed').length, POLL).toBe(1)
  await hide(near, topic)
  await move(near, [topic, 1], [world.thing(), 2])
  await expect.poll(() => [socket.numbers, stream.numbers], POLL).toEqual([[1], [1]])
  const [message] = socket.of('event')
  const [sent] = stream.of('message')
  expect(sent?.data).toEqual(message?.event)
  expect(sent?.id).toBe(message?.event.id)
  expect(message?.event).toMatchObject({
    ...{ type: 'test.thing.moved', workspaceId: WORKSPACE, subject: topic, data: { n: 1 } },
    at: expect.stringMatching(/^\d{4}-.*Z$/),
  })
})

test('a long text reaches a WebSocket whole', async () => {
  const topic = world.thing()
  using client = await LiveClient.open(near.url, world.person().token)
  await client.subscribe([topic])
  for (const length of [100, 1000, 70_000]) {
    await moveMuch(far, topic, { first: length, count: 1, fillBytes: length })
  }
  await expect.poll(() => client.numbers, POLL).toEqual([100, 1000, 70_000])
  expect(client.of('event').map(({ event }) => (event.data as { fill: string }).fill.length)).toEqual([
    100, 1000, 70_000,
  ])
})

test('a ticket opens one connection at any node, once, in the name of the token', async () => {
  const topic = world.thing()
  const { token } = world.person()
  const issue = async (): Promise<string> => {
    const reply = await fetch(`${near.url}/api/v1/realtime/tickets`, { method: 'POST', headers: bearer(token) })
    expect([reply.status, reply.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { ticket, expiresAt } = (await reply.json()) as { ticket: string; expiresAt: string }
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(20_000)
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(31_000)
    return ticket
  }
  const first = await issue()
  using socket = await LiveClient.open(far.url, null, { query: `?ticket=${first}` })
  await socket.subscribe([topic])
  await expect(LiveClient.open(near.url, null, { query: `?ticket=${first}` })).rejects.toThrow('401')
  using stream = await StreamClient.open(far.url, `/api/v1/events?topics=${topic}&ticket=${await issue()}`, {})
  await move(near, [topic, 1])
  await expect.poll(() => [socket.numbers, stream.numbers], POLL).toEqual([[1], [1]])
  world.revoke(token)
  expect((await socket.closed).code).toBe(4401)
})

test('a ticket that is late, or whose token was revoked, opens nothing; only its hash is kept', async () => {
  const { token } = world.person()
  const issue = async (): Promise<string> => {
    const reply = await fetch(`${near.url}/api/v1/realtime/tickets`, { method: 'POST', headers: bearer(token) })
    return ((await reply.json()) as { ticket: string }).ticket
  }
  const late = await issue()
  await db.sql("update platform.realtime_tickets set expires_at = now() - interval '1 second'")
  await expect(LiveClient.open(near.url, null, { query: `?ticket=${late}` })).rejects.toThrow('401')
  const orphan = await issue()
  const kept = await db.sql<{ row: string }>('select t::text as row from platform.realtime_tickets t')
  expect(kept).toHaveLength(1)
  expect(kept[0]?.row).not.toContain(orphan)
  world.revoke(token)
  await expect(LiveClient.open(near.url, null, { query: `?ticket=${orphan}` })).rejects.toThrow('401')
})

test('how a thing stands is told at subscribing and when it was touched, elsewhere too, not for every touch', async () => {
  const topic = world.thing()
  const id = topic.slice('thing:'.length)
  world.states.set(id, 0)
  using client = await LiveClient.open(near.url, world.person().token)
  await client.subscribe([topic])
  const told = () => client.of('state').map(({ state }) => (state.data as { at: number }).at)
  await expect.poll(told, POLL).toEqual([0])
  for (let at = 1; at <= 200; at += 1) {
    world.states.set(id, at)
    await far.database.transaction(systemScope, (tx) => Promise.resolve(touch(tx, topic)))
  }
  await expect.poll(() => told().at(-1), POLL).toBe(200)
  expect(told().length).toBeLessThan(20)
  expect(told()).toEqual(told().toSorted((a, b) => a - b))
  expect(client.of('state').at(-1)?.state).toMatchObject({
    type: 'test.thing.state',
    workspaceId: WORKSPACE,
    subject: topic,
  })
})

test('what was touched in a transaction that failed is not told', async () => {
  const topic = world.thing()
  world.states.set(topic.slice('thing:'.length), 1)
  using client = await LiveClient.open(near.url, world.person().token)
  await client.subscribe([topic])
  await expect.poll(() => client.of('state').length, POLL).toBe(1)
  const failing = near.database.transaction(systemScope, (tx) => {
    touch(tx, topic)
    return Promise.reject(new Error('no'))
  })
  await expect(failing).rejects.toThrow('no')
  await near.database.transaction(systemScope, (tx) => Promise.resolve(touch(tx, world.thing())))
  await move(near, [topic, 1])
  await expect.poll(() => client.numbers, POLL).toEqual([1])
  expect(client.of('state')).toHaveLength(1)
})

test('unsubscribing ends one topic, subscribing twice tells nothing twice', async () => {
  const [left, kept] = [world.thing(), world.thing()]
  using client = await LiveClient.open(near.url, world.person().token)
  await client.subscribe([left, kept, kept])
  await client.subscribe([kept])
  client.say({ type: 'unsubscribe', topics: [left] })
  await expect.poll(() => client.of('unsubscribed').length, POLL).toBe(1)
  await move(far, [left, 1], [kept, 2])
  await expect.poll(() => client.numbers, POLL).toEqual([2])
})

test('a node that stops says so: sockets close with 1012, streams end with a time to come again', async () => {
  const topic = world.thing()
  const { token } = world.person()
  const ending = await startNode(db, world)
  const socket = await LiveClient.open(ending.url, token)
  await socket.subscribe([topic])
  socket.say({ type: 'join', topic })
  await expect.poll(() => socket.of('presence').length, POLL).toBeGreaterThan(0)
  const stream = await StreamClient.open(ending.url, `/api/v1/events?topics=${topic}`, bearer(token))
  await expect.poll(() => stream.of('subscribed').length, POLL).toBe(1)
  await ending[Symbol.asyncDispose]()
  expect((await socket.closed).code).toBe(1012)
  await stream.ended
  expect(stream.retryMs).toBeGreaterThanOrEqual(1000)
  expect(stream.retryMs).toBeLessThanOrEqual(3000)
  expect(await db.sql('select 1 from platform.realtime_members where topic = $1', [topic])).toEqual([])
})

test('a client that does not answer the close does not hold a stopping node', async () => {
  const ending = await startNode(db, world)
  const deaf = await LiveClient.open(ending.url, world.person().token)
  deaf.webSocket.pause()
  await ending[Symbol.asyncDispose]()
  deaf.webSocket.terminate()
  // The library of sockets by itself would wait 30 s for the other side.
}, 20_000)

test('quiet streams are kept alive by comments', async () => {
  const quick = await startNode(db, world, { limits: { pingMs: 30 } })
  using stream = await StreamClient.open(
    quick.url,
    `/api/v1/events?topics=${world.thing()}`,
    bearer(world.person().token),
  )
  await expect.poll(() => stream.comments, POLL).toBeGreaterThan(2)
  await quick[Symbol.asyncDispose]()
})

test('HEAD of a stream tells its head and ends', async () => {
  const reply = await fetch(`${near.url}/api/v1/events?topics=${world.thing()}`, {
    method: 'HEAD',
    headers: bearer(world.person().token),
  })
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
})

test('metrics count open connections and what was sent', async () => {
  const topic = world.thing()
  using client = await LiveClient.open(near.url, world.person().token)
  await client.subscribe([topic])
  await move(near, [topic, 1])
  await expect.poll(() => client.numbers, POLL).toEqual([1])
  const text = await near.metrics.registry.metrics()
  expect(text).toMatch(/airdate_live_connections \d+/)
  expect(Number(/^airdate_live_sent_total (\d+)/m.exec(text)?.[1])).toBeGreaterThan(0)
  expect(text).toMatch(/^airdate_live_dropped_total \d+/m)
})
