import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveClient, POLL } from '#platform/realtime/fixtures/client.ts'
import type { Video } from '#stream'
import { type TestApp, testApp } from '../support/app.ts'
import { smallFilm } from '../support/walk.ts'

/* Two processes over one database: one answers requests, the other works. */

let near: TestApp
let far: TestApp
beforeAll(async () => {
  near = await testApp({ roles: ['api'] })
  far = await testApp({ roles: ['worker', 'scheduler'], beside: near })
})
afterAll(async () => {
  await far[Symbol.asyncDispose]()
  await near[Symbol.asyncDispose]()
})

test('a client at one process sees how a worker in another gets on, and its end', async () => {
  const id = await near.upload(await smallFilm(4), { title: 'Watched from afar' })
  const topic = `video:${id}`
  using client = await LiveClient.open(near.url, near.token)
  await client.subscribe([topic])
  await expect
    .poll(() => client.of('event').map(({ event }) => event.type), { ...POLL, timeout: 50_000 })
    .toEqual(['stream.video.ready'])
  type Told = Pick<Video, 'state' | 'progress' | 'playable'>
  const told = () => client.of('state').map(({ state }) => state.data as Told)
  await expect.poll(() => told().at(-1), POLL).toEqual({ state: 'ready', progress: 1, playable: true })
  expect(told().some(({ state }) => state === 'encoding')).toBe(true)
  const order = ['uploaded', 'probing', 'encoding', 'ready']
  const states = told().map(({ state }) => order.indexOf(state))
  expect(states).toEqual(states.toSorted((a, b) => a - b))
  expect(client.of('event')[0]?.event).toMatchObject({ subject: topic, data: { videoId: id } })
})

test('a video that is deleted takes its subscribers leave, and the room its members', async () => {
  const id = await near.upload(await smallFilm(), { title: 'Soon gone' })
  const topic = `video:${id}`
  using client = await LiveClient.open(near.url, near.token)
  await client.subscribe([topic])
  client.say({ type: 'join', topic })
  await expect.poll(() => client.of('presence').at(-1)?.members.length, POLL).toBe(1)
  await near.call('DELETE', `/api/v1/stream/videos/${id}`)
  await expect.poll(() => client.of('unsubscribed'), POLL).toEqual([{ type: 'unsubscribed', topics: [topic] }])
})

test('a token that is revoked loses its connection', async () => {
  const id = await near.upload(await smallFilm(), { title: 'Not for everybody' })
  const token = await far.app.ownerToken('to be revoked')
  using client = await LiveClient.open(near.url, token)
  await client.subscribe([`video:${id}`])
  await near.db.sql("update commons.api_tokens set revoked_at = now() where name = 'to be revoked'")
  expect((await client.closed).code).toBe(4401)
  // What `far` gives back at its end is there again.
  await near.db.sql("update commons.api_tokens set revoked_at = null where name = 'to be revoked'")
})
