import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reply, TestApp } from '#tests/support/app.ts'
import { testApp } from '#tests/support/app.ts'
import { givenMember } from '#tests/support/attacks.ts'
import { type Person, givenPerson, linksTo } from '../accounts/fixtures/people.ts'
import { refusalOf } from './policy.ts'

let app: TestApp
let workspaceId: string
let invitations: string
beforeAll(async () => {
  app = await testApp()
  workspaceId = (await app.call('GET', '/api/v1/me')).json<{ workspaceId: string }>().workspaceId
  invitations = `/api/v1/workspaces/${workspaceId}/invitations`
})
afterAll(() => app[Symbol.asyncDispose]())

const invite = (email: string, role = 'editor', token = app.token): Promise<Reply> =>
  app.call('POST', invitations, { token, body: { email, role } })

const accept = (person: Person, token: string): Promise<Reply> =>
  app.call('POST', '/api/v1/invitations/accept', { token: person.accessToken, body: { token } })

/** What the newest mail to an address holds behind the `#` of its link. */
async function mailed(email: string): Promise<string> {
  const [link] = await linksTo(app, email, 'invitation')
  expect(link?.pathname).toBe('/account')
  return link?.hash.replace('#invitation=', '') ?? ''
}

const roleOf = async (person: Person): Promise<unknown> => {
  const headers = { 'Airdate-Workspace': workspaceId }
  return (await app.call('GET', '/api/v1/me', { token: person.accessToken, headers })).json()['role']
}

test('somebody is invited by mail, enters, and is what they were invited as', async () => {
  const person = await givenPerson(app)
  expect((await invite(person.email.toUpperCase())).json()).toMatchObject({ role: 'editor' })
  const token = await mailed(person.email.toUpperCase())
  expect(await roleOf(person)).toBeUndefined()
  expect((await accept(person, token)).json()).toEqual({ workspaceId, role: 'editor' })
  expect(await roleOf(person)).toBe('editor')
  expect((await accept(person, token)).status).toBe(404)
  expect((await invite(person.email)).json()['type']).toBe('/problems/invitations/already-member')
})

test('what was mailed does not stand in the database in clear, nor in the list', async () => {
  await invite('kept@example.org')
  const token = await mailed('kept@example.org')
  const rows = await app.db.sql('select * from commons.invitations')
  expect(JSON.stringify(rows)).not.toContain(token)
  const list = await app.call('GET', invitations)
  expect(list.bytes.toString()).not.toContain(token)
  expect(list.json<{ items: { email: string }[] }>().items.map(({ email }) => email)).toContain('kept@example.org')
})

test('an invitation is for the address that it was sent to', async () => {
  const [invited, other] = [await givenPerson(app), await givenPerson(app)]
  await invite(invited.email)
  const token = await mailed(invited.email)
  const refused = await accept(other, token)
  expect([refused.status, refused.json()['type']]).toEqual([403, '/problems/invitations/of-another'])
  expect((await accept(invited, token)).status).toBe(200)
})

test('invited again, the first mail lets nobody in any more', async () => {
  const person = await givenPerson(app)
  await invite(person.email, 'viewer')
  const first = await mailed(person.email)
  await invite(person.email, 'editor')
  const second = await mailed(person.email)
  expect(second).not.toBe(first)
  expect((await accept(person, first)).status).toBe(404)
  expect((await accept(person, second)).json()).toMatchObject({ role: 'editor' })
})

test.each([
  ['taken back', 'update commons.invitations set revoked_at = now() where email = $1'],
  ['too old', "update commons.invitations set expires_at = now() - interval '1 second' where email = $1"],
  [
    'of a workspace that was deleted',
    'update commons.workspaces set deleted_at = now() where id = (select workspace_id from commons.invitations where email = $1)',
  ],
])('an invitation that is %s lets nobody in', async (_says, sql) => {
  const person = await givenPerson(app)
  await invite(person.email)
  const token = await mailed(person.email)
  await app.db.sql(sql, [person.email])
  expect((await accept(person, token)).status).toBe(404)
  await app.db.sql('update commons.workspaces set deleted_at = null')
})

test('who lost the right to invite invites nobody, not even with a mail that was sent before', async () => {
  const person = await givenPerson(app)
  const admin = await givenMember(app, { workspaceId, role: 'admin' })
  await invite(person.email, 'admin', admin.token)
  const token = await mailed(person.email)
  await app.db.sql("update commons.workspace_members set role = 'editor' where user_id = $1", [admin.userId])
  expect((await accept(person, token)).status).toBe(404)
  expect((await invite('another@example.org', 'viewer', admin.token)).status).toBe(403)
})

test('of two who bring one invitation at once, one enters', async () => {
  const person = await givenPerson(app)
  await invite(person.email)
  const token = await mailed(person.email)
  const statuses = (await Promise.all([accept(person, token), accept(person, token)])).map(({ status }) => status)
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 404])
})

test('an API key brings nobody into another workspace', async () => {
  await invite('owner2@example.org')
  const body = { token: await mailed('owner2@example.org') }
  expect((await app.call('POST', '/api/v1/invitations/accept', { body })).json()['type']).toBe(
    '/problems/identity/session-needed',
  )
})

test('nobody is invited to a role above one’s own, and nobody as an owner', async () => {
  const admin = await givenMember(app, { workspaceId, role: 'admin' })
  expect((await invite('somebody@example.org', 'admin', admin.token)).status).toBe(201)
  expect((await invite('somebody@example.org', 'owner')).status).toBe(400)
  const elsewhere = await givenPerson(app)
  expect((await invite('somebody@example.org', 'viewer', elsewhere.accessToken)).status).toBe(404)
})

describe('whom an invitation lets in', () => {
  const account = { email: 'Ada@example.org', emailVerified: true, isService: false }
  const invited = { email: 'ada@example.org', role: 'editor' } as const
  test.each([
    ['whoever confirmed the address', { account, inviterRole: 'admin' }, null],
    [
      'nobody whose address is not confirmed',
      { account: { ...account, emailVerified: false }, inviterRole: 'admin' },
      'of-another',
    ],
    [
      'nobody of another address',
      { account: { ...account, email: 'eve@example.org' }, inviterRole: 'owner' },
      'of-another',
    ],
    ['no account for programs', { account: { ...account, isService: true }, inviterRole: 'owner' }, 'of-another'],
    ['nobody when who sent it has left', { account, inviterRole: null }, 'withdrawn'],
    ['nobody when who sent it may invite no more', { account, inviterRole: 'editor' }, 'withdrawn'],
  ] as const)('%s', (_says, given, refusal) => {
    expect(refusalOf({ invited, ...given })).toBe(refusal)
  })
})
