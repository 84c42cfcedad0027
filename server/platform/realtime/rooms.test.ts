import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { LiveClient, POLL } from './fixtures/client.ts'
import { type Node, OTHER_WORKSPACE, World, startNode } from './fixtures/node.ts'

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

async function inRoom(node: Node, topic: string) {
  const { token, userId } = world.person()
  const client = await LiveClient.open(node.url, token)
  await client.subscribe([topic])
  client.say({ type: 'join', topic })
  await expect.poll(() => last(client)?.some((member) => member.userId === userId), POLL).toBe(true)
  return { client, userId, token }
}

const last = (client: LiveClient) => client.of('presence').at(-1)?.members
const idsOf = (client: LiveClient) =>
  last(client)
    ?.map(({ userId }) => userId)
    .toSorted()
const typingIn = (client: LiveClient) =>
  last(client)
    ?.filter(({ typing }) => typing)
    .map(({ userId }) => userId)

test('who is in a room is told to all who are, over all nodes, when they come and go', async () => {
  const topic = world.thing()
  const ann = await inRoom(near, topic)
  const bob = await inRoom(far, topic)
  const both = [ann.userId, bob.userId].toSorted()
  await expect.poll(() => [idsOf(ann.client), idsOf(bob.client)], POLL).toEqual([both, both])
  bob.client.say({ type: 'leave', topic })
  await expect.poll(() => idsOf(ann.client), POLL).toEqual([ann.userId])
  const cut = await inRoom(far, topic)
  await expect.poll(() => idsOf(ann.client)?.length, POLL).toBe(2)
  cut.client.webSocket.terminate()
  await expect.poll(() => idsOf(ann.client), POLL).toEqual([ann.userId])
  for (const { client } of [ann, bob]) client.webSocket.terminate()
})

test('typing is told, and ends by itself', async () => {
  const topic = world.thing()
  const ann = await inRoom(near, topic)
  const bob = await inRoom(far, topic)
  bob.client.say({ type: 'typing', topic })
  await expect.poll(() => typingIn(ann.client), POLL).toEqual([bob.userId])
  await expect.poll(() => typingIn(ann.client), POLL).toEqual([])
  for (const { client } of [ann, bob]) client.webSocket.terminate()
})

test('members whose node died are gone when their time is over', async () => {
  const topic = world.thing()
  const ann = await inRoom(near, topic)
  const ghost = world.person().userId
  await db.sql(
    `insert into platform.realtime_members (topic, connection_id, node_id, user_id, expires_at)
     values ($1, gen_random_uuid(), gen_random_uuid(), $2, now() + interval '800 ms')`,
    [topic, ghost],
  )
  await inRoom(far, topic)
  await expect.poll(() => idsOf(ann.client)?.includes(ghost), POLL).toBe(true)
  await expect.poll(() => idsOf(ann.client)?.includes(ghost), POLL).toBe(false)
  expect(idsOf(ann.client)).toContain(ann.userId)
  ann.client.webSocket.terminate()
})

test('rooms that the database forgot in a crash are filled again', async () => {
  const topic = world.thing()
  const ann = await inRoom(near, topic)
  await db.sql('truncate platform.realtime_members')
  const members = () =>
    db.sql<{ user_id: string }>('select user_id from platform.realtime_members where topic = $1', [topic])
  await expect.poll(members, POLL).toEqual([{ user_id: ann.userId }])
  ann.client.webSocket.terminate()
})

test('nobody joins a room that is not theirs, nor sees who is in it', async () => {
  const topic = world.thing()
  const ann = await inRoom(near, topic)
  const { token } = world.person(OTHER_WORKSPACE)
  using stranger = await LiveClient.open(near.url, token)
  stranger.say({ type: 'subscribe', topics: [topic] })
  stranger.say({ type: 'join', topic })
  stranger.say({ type: 'typing', topic })
  await expect.poll(() => stranger.heard.length, POLL).toBe(2)
  expect(stranger.heard.map(({ type }) => type)).toEqual(['not-found', 'error'])
  expect(idsOf(ann.client)).toEqual([ann.userId])
  ann.client.webSocket.terminate()
})

test('who subscribes without joining neither sees nor is seen', async () => {
  const topic = world.thing()
  const ann = await inRoom(near, topic)
  using watcher = await LiveClient.open(near.url, world.person().token)
  await watcher.subscribe([topic])
  await inRoom(far, topic).then(({ client }) => client.webSocket.terminate())
  await expect.poll(() => idsOf(ann.client), POLL).toEqual([ann.userId])
  expect(watcher.of('presence')).toEqual([])
  ann.client.webSocket.terminate()
})
