import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveClient, POLL } from '../../server/platform/realtime/fixtures/client.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { smallFilm } from '../support/walk.ts'
import type { Video } from '#stream'
import { type Person, givenPerson, post, tokenFor } from '../../server/commons/accounts/fixtures/people.ts'

let app: TestApp
let videoId: string
let workspaceId: string
beforeAll(async () => {
  app = await testApp()
  videoId = await app.upload(await smallFilm(), { title: 'Private' })
  await app.settled(videoId)
  workspaceId = (await app.call('GET', '/api/v1/me')).json<{ workspaceId: string }>().workspaceId
})
afterAll(() => app[Symbol.asyncDispose]())

/** Somebody who works in the owner's workspace by a session of theirs. */
async function givenColleague(): Promise<Person & { readonly id: string }> {
  const person = await givenPerson(app)
  const { id } = (await app.call('GET', '/api/v1/me', { token: person.accessToken })).json<{ id: string }>()
  await app.db.sql('insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, $3)', [
    ...[workspaceId, id, 'editor'],
  ])
  await app.db.sql('update commons.sessions set workspace_id = $1 where user_id = $2', [workspaceId, id])
  return { ...person, id }
}

async function mediaFor(token: string): Promise<string> {
  const { playback } = (await app.call('GET', `/api/v1/stream/videos/${videoId}`, { token })).json<Video>()
  expect(playback?.hlsUrl).toContain('/g/')
  return new URL(playback?.hlsUrl ?? '').pathname
}

const statusOf = async (path: string): Promise<number> => (await app.call('GET', path, { token: null })).status

const endings: readonly (readonly [string, (person: Person & { readonly id: string }) => Promise<unknown>])[] = [
  ['logs out', (person) => app.call('POST', '/api/v1/auth/logout', { token: person.accessToken })],
  [
    'sets a new password by mail',
    async (person) => {
      await post(app, 'password/forgot', { email: person.email })
      const token = await tokenFor(app, person.email, 'reset-password')
      await post(app, 'password/reset', { token, newPassword: 'a new password' })
    },
  ],
  [
    'changes the password on another device',
    async ({ email, password: currentPassword }) => {
      const { accessToken: token } = (await post(app, 'login', { email, password: currentPassword })).json<Person>()
      const body = { currentPassword, newPassword: 'a new password' }
      expect((await post(app, 'password', body, { token })).status).toBe(204)
    },
  ],
  ['is banned', (person) => app.db.sql('update commons.users set banned_at = now() where id = $1', [person.id])],
  [
    'is removed from the workspace',
    (person) =>
      app.db.sql('delete from commons.workspace_members where user_id = $1 and workspace_id = $2', [
        person.id,
        workspaceId,
      ]),
  ],
]

test.each(endings)('A6, A12: who %s hears and sees no more of the workspace', async (_says, end) => {
  const person = await givenColleague()
  const media = await mediaFor(person.accessToken)
  expect(await statusOf(media)).toBe(200)
  using live = await LiveClient.open(app.url, person.accessToken)
  await live.subscribe([`video:${videoId}`])
  await end(person)
  expect(await statusOf(media)).toBe(404)
  await expect
    .poll(async () => live.webSocket.readyState !== live.webSocket.OPEN || live.of('unsubscribed').length > 0, POLL)
    .toBe(true)
})

test('what plays on one device goes on when another is signed out', async () => {
  const person = await givenColleague()
  const other = (await post(app, 'login', { email: person.email, password: person.password })).json<Person>()
  await app.db.sql('update commons.sessions set workspace_id = $1 where user_id = $2', [workspaceId, person.id])
  const [here, there] = [await mediaFor(person.accessToken), await mediaFor(other.accessToken)]
  expect(here).not.toBe(there)
  await app.call('POST', '/api/v1/auth/logout', { token: other.accessToken })
  expect([await statusOf(here), await statusOf(there)]).toEqual([200, 404])
})
