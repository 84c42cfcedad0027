import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Person, givenPerson, givenSecondFactor, post } from '../accounts/fixtures/people.ts'

let app: TestApp
let admin: string
let adminId: string
beforeAll(async () => {
  app = await testApp()
  const reply = await post(app, 'login', { email: 'owner@example.org', password: 'a long password' })
  admin = reply.json<{ accessToken: string }>().accessToken
  adminId = (await app.call('GET', '/api/v1/me', { token: admin })).json<{ id: string }>().id
})
afterAll(() => app[Symbol.asyncDispose]())

const idOf = async (person: Person): Promise<string> =>
  (await app.call('GET', '/api/v1/me', { token: person.accessToken })).json<{ id: string }>().id

const asAdmin = (method: string, path: string, body?: unknown) =>
  app.call(method, `/api/v1/admin/users${path}`, { token: admin, ...(body === undefined ? {} : { body }) })

test('whoever administers the installation finds people by how their address begins', async () => {
  const person = await givenPerson(app, 'find_me@example.org')
  const found = (await asAdmin('GET', '?q=FIND_M')).json<{ items: { id: string; ban: unknown }[] }>()
  expect(found.items).toMatchObject([{ id: await idOf(person), email: person.email, isAdmin: false, ban: null }])
  expect((await asAdmin('GET', '?q=findXme')).json()['items']).toEqual([])
  expect((await asAdmin('GET', '?state=admin')).json<{ items: { id: string }[] }>().items.map(({ id }) => id)).toEqual([
    adminId,
  ])
  const first = (await asAdmin('GET', '?limit=1')).json<{ items: unknown[]; nextCursor: string }>()
  expect((await asAdmin('GET', `?limit=1&cursor=${first.nextCursor}`)).json()['items']).not.toEqual(first.items)
})

test('nobody else does, and no API key, whose ever it is', async () => {
  const person = await givenPerson(app)
  for (const token of [person.accessToken, app.token])
    expect((await app.call('GET', '/api/v1/admin/users', { token })).status).toBe(403)
  expect((await app.call('GET', '/api/v1/admin/users', { token: null })).status).toBe(401)
})

test('somebody is shut out at once, and let in again', async () => {
  const person = await givenPerson(app)
  const id = await idOf(person)
  const banned = await asAdmin('POST', `/${id}/ban`, { reason: 'spam' })
  expect(banned.json()).toMatchObject({ ban: { reason: 'spam', endsAt: null } })
  expect((await app.call('GET', '/api/v1/me', { token: person.accessToken })).status).toBe(401)
  expect(
    (await asAdmin('GET', '?state=banned')).json<{ items: { id: string }[] }>().items.map((one) => one.id),
  ).toEqual([id])
  expect((await asAdmin('DELETE', `/${id}/ban`)).json()).toMatchObject({ ban: null })
  expect((await post(app, 'login', { email: person.email, password: person.password })).status).toBe(200)
  expect((await app.call('GET', '/api/v1/me', { token: person.accessToken })).status).toBe(401)
})

test('nobody does it to themselves, and somebody always administers', async () => {
  expect((await asAdmin('POST', `/${adminId}/ban`, { reason: 'tired' })).json()['type']).toBe(
    '/problems/admin/not-oneself',
  )
  expect((await asAdmin('PATCH', `/${adminId}`, { isAdmin: false })).status).toBe(409)
  const second = await givenPerson(app)
  const id = await idOf(second)
  expect((await asAdmin('PATCH', `/${id}`, { isAdmin: true })).json()).toMatchObject({ isAdmin: true })
  expect((await app.call('GET', '/api/v1/admin/users', { token: second.accessToken })).status).toBe(200)
  const both = await Promise.all([
    asAdmin('PATCH', `/${id}`, { isAdmin: false }),
    app.call('PATCH', `/api/v1/admin/users/${adminId}`, { token: second.accessToken, body: { isAdmin: false } }),
  ])
  expect(both.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1)
  const [left] = await app.db.sql<{ count: number }>('select count(*)::int as count from commons.users where is_admin')
  expect(left?.count).toBeGreaterThanOrEqual(1)
  await app.db.sql('update commons.users set is_admin = (id = $1)', [adminId])
})

test('somebody’s sessions are seen and ended', async () => {
  const person = await givenPerson(app)
  const id = await idOf(person)
  expect((await asAdmin('GET', `/${id}/sessions`)).json()).toMatchObject({
    items: [{ kind: 'token', isCurrent: false }],
  })
  expect((await asAdmin('DELETE', `/${id}/sessions`)).status).toBe(204)
  expect((await app.call('GET', '/api/v1/me', { token: person.accessToken })).status).toBe(401)
  expect((await asAdmin('GET', `/${id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))}`)).status).toBe(404)
})

test('A15: whoever acts as somebody sees what they see, is written down, and cannot touch how they sign in', async () => {
  const person = await givenPerson(app)
  await givenSecondFactor(app, person)
  const id = await idOf(person)
  const acting = (await asAdmin('POST', `/${id}/impersonate`, { reason: 'a ticket' })).json<{
    accessToken: string
    refreshToken: string
  }>()
  const token = acting.accessToken
  const me = (await app.call('GET', '/api/v1/me', { token })).json<{ id: string; permissions: string[] }>()
  expect(me.id).toBe(id)
  expect(
    me.permissions.filter((one) => /^(?:admin|capture|key:manage|account:manage|workspace:own)/.test(one)),
  ).toEqual([])
  const attempts = [
    ...[
      ['password', { currentPassword: person.password, newPassword: 'a new password' }],
      ['email', { newEmail: 'x@example.org' }],
    ],
    ...[
      ['2fa/remove', { password: person.password }],
      ['2fa/backup-codes', { password: person.password }],
      ['passkeys/options', {}],
    ],
  ] as [string, object][]
  for (const [path, body] of attempts)
    expect([path, (await post(app, path, body, { token })).status]).toEqual([path, 403])
  for (const [method, path] of [
    ['DELETE', '/api/v1/auth/sessions'],
    ['PATCH', '/api/v1/me'],
    ['POST', '/api/v1/api-keys'],
  ] as const)
    expect([
      path,
      [403, 404].includes(
        (await app.call(method, path, { token, ...(method === 'DELETE' ? {} : { body: {} }) })).status,
      ),
    ]).toEqual([path, true])
  const log = (await app.call('GET', '/api/v1/me/audit-log?limit=5', { token: person.accessToken })).json<{
    items: { action: string; actor: { id: string }; after: object }[]
  }>()
  expect(log.items.find(({ action }) => action === 'person.impersonated')).toMatchObject({
    actor: { id: adminId },
    after: { reason: 'a ticket' },
  })
  const [session] = await app.db.sql<{ expires_at: Date }>(
    'select expires_at from commons.sessions where impersonator_id = $1',
    [adminId],
  )
  await post(app, 'refresh', { refreshToken: acting.refreshToken })
  const [later] = await app.db.sql<{ expires_at: Date }>(
    'select expires_at from commons.sessions where impersonator_id = $1',
    [adminId],
  )
  expect(later?.expires_at).toEqual(session?.expires_at)
})

test('whoever administers no longer acts as nobody any more', async () => {
  const [second, victim] = [await givenPerson(app), await givenPerson(app)]
  const id = await idOf(second)
  await asAdmin('PATCH', `/${id}`, { isAdmin: true })
  const path = `/api/v1/admin/users/${await idOf(victim)}/impersonate`
  const reply = await app.call('POST', path, { token: second.accessToken, body: { reason: 'a ticket' } })
  const { accessToken: token } = reply.json<{ accessToken: string }>()
  expect((await app.call('GET', '/api/v1/me', { token })).status).toBe(200)
  await asAdmin('PATCH', `/${id}`, { isAdmin: false })
  expect((await app.call('GET', '/api/v1/me', { token })).status).toBe(401)
})

test('nobody acts as somebody who administers, nor as themselves', async () => {
  expect((await asAdmin('POST', `/${adminId}/impersonate`, { reason: 'x' })).status).toBe(409)
  const other = await givenPerson(app)
  const id = await idOf(other)
  await asAdmin('PATCH', `/${id}`, { isAdmin: true })
  expect((await asAdmin('POST', `/${id}/impersonate`, { reason: 'x' })).json()['type']).toBe(
    '/problems/admin/not-an-admin',
  )
})
