import { createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Person, cookieFor, givenPerson, post } from '../accounts/fixtures/people.ts'

let app: TestApp
let ada: Person
beforeAll(async () => {
  app = await testApp()
  ada = await givenPerson(app)
})
afterAll(() => app[Symbol.asyncDispose]())

const meBy = async (token: string, headers: Record<string, string> = {}): Promise<number> =>
  (await app.call('GET', '/api/v1/me', { token, headers })).status

const partsOf = (token: string) => {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  return { header: read(header), payload: read(payload), signed: `${header}.${payload}`, signature }
}
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('A11: access tokens that are none', () => {
  test('without a signature, whatever the algorithm says', async () => {
    const { header, payload } = partsOf(ada.accessToken)
    for (const alg of ['none', 'None', 'NONE', 'EdDSA']) {
      expect(await meBy(`${encoded({ ...header, alg })}.${encoded(payload)}.`)).toBe(401)
      expect(await meBy(`${encoded({ ...header, alg })}.${encoded(payload)}.AA`)).toBe(401)
    }
  })

  test('signed with the public key as if it were a secret', async () => {
    const { keys } = (await app.call('GET', '/.well-known/jwks.json', { token: null })).json<{
      keys: { x: string; kid: string }[]
    }>()
    const [key] = keys
    const { payload } = partsOf(ada.accessToken)
    const signed = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: key?.kid })}.${encoded(payload)}`
    for (const secret of [key?.x ?? '', Buffer.from(key?.x ?? '', 'base64url'), JSON.stringify(key)])
      expect(await meBy(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`)).toBe(401)
  })

  test('signed with a key of somebody else, also one that the token brings or points to', async () => {
    const { header, payload } = partsOf(ada.accessToken)
    const pair = generateKeyPairSync('ed25519')
    const privateKey = await importJWK(pair.privateKey.export({ format: 'jwk' }), 'EdDSA')
    const jwk = pair.publicKey.export({ format: 'jwk' })
    const canary = `${app.url}/api/v1/canary`
    for (const more of [
      {},
      { jwk },
      { jku: canary },
      { x5u: canary },
      { kid: newId() },
      { kid: '../../x' },
      { kid: '' },
    ]) {
      const token = await new SignJWT(payload).setProtectedHeader({ ...header, ...more, alg: 'EdDSA' }).sign(privateKey)
      expect(await meBy(token)).toBe(401)
    }
  })

  test('whose parts were changed, swapped or made huge', async () => {
    const { header, payload, signed, signature } = partsOf(ada.accessToken)
    const changed = [
      ...[
        { sub: newId() },
        { sid: newId() },
        { exp: 4_000_000_000 },
        { aud: 'https://elsewhere.example' },
        { iss: 'x' },
      ],
    ].map((change) => `${encoded(header)}.${encoded({ ...payload, ...change })}.${signature}`)
    const spoilt = [
      `${signed}.${signature}x`,
      `${signed}.${signature}.${signature}`,
      signed,
      '..',
      'a.b.c',
      `${signed}.${'A'.repeat(9000)}`,
    ]
    for (const token of [...changed, ...spoilt]) expect(await meBy(token)).toBe(401)
    expect(await meBy(ada.accessToken)).toBe(200)
  })

  test('a whole megabyte in the header is refused by the server before anybody reads it', async () => {
    const reply = await app.call('GET', '/api/v1/me', { token: `a.${'b'.repeat(12_000)}.c` })
    expect(reply.status).toBe(401)
  })

  test('an ID token, or anything else that is no access token, is refused by its type', async () => {
    const { header } = partsOf(ada.accessToken)
    expect(header['typ']).toBe('at+jwt')
  })
})

describe('the workspace that a call works in', () => {
  test('is the one that the header names, if it is one of theirs', async () => {
    const own = (await app.call('GET', '/api/v1/me', { token: ada.accessToken })).json<{
      workspaceId: string
      id: string
    }>()
    const other = newId()
    await app.db.sql('insert into commons.workspaces (id, name, owner_id) values ($1, $2, $3)', [
      other,
      'Other',
      own.id,
    ])
    expect(await meBy(ada.accessToken, { 'Airdate-Workspace': other })).toBe(403)
    await app.db.sql("insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, 'viewer')", [
      other,
      own.id,
    ])
    const there = await app.call('GET', '/api/v1/me', {
      token: ada.accessToken,
      headers: { 'Airdate-Workspace': other },
    })
    expect(there.json()).toMatchObject({ workspaceId: other, role: 'viewer' })
    expect((await app.call('GET', '/api/v1/me', { token: ada.accessToken })).json()).toMatchObject({
      workspaceId: own.workspaceId,
      role: 'owner',
    })
    await app.db.sql('delete from commons.workspace_members where workspace_id = $1', [other])
    expect(await meBy(ada.accessToken, { 'Airdate-Workspace': other })).toBe(403)
  })

  test('is the one that the path names, where it names one', async () => {
    const other = newId()
    const { id } = (await app.call('GET', '/api/v1/me', { token: ada.accessToken })).json<{ id: string }>()
    await app.db.sql('insert into commons.workspaces (id, name, owner_id) values ($1, $2, $3)', [other, 'Other', id])
    const seen = async () => (await app.call('GET', `/api/v1/workspaces/${other}`, { token: ada.accessToken })).status
    expect(await seen()).toBe(404)
    await app.db.sql("insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, 'viewer')", [
      other,
      id,
    ])
    expect(await seen()).toBe(200)
  })

  test('is named by an id, and by nothing else', async () => {
    for (const name of ['x', newId().toUpperCase(), '1', `${newId()},${newId()}`])
      expect(await meBy(ada.accessToken, { 'Airdate-Workspace': name })).toBe(400)
    expect(await meBy(ada.accessToken, { 'Airdate-Workspace': newId() })).toBe(403)
  })

  test('is the only one that an API key opens', async () => {
    expect(await meBy(app.token, { 'Airdate-Workspace': newId() })).toBe(403)
  })
})

describe('A12: who loses their rights', () => {
  test('is refused at the next request when banned, by every credential', async () => {
    const person = await givenPerson(app)
    const cookie = await cookieFor(app, person)
    const byCookie = async () =>
      (await app.call('GET', '/api/v1/me', { token: null, headers: { Cookie: cookie } })).status
    expect([await meBy(person.accessToken), await byCookie()]).toEqual([200, 200])
    await app.db.sql('update commons.users set banned_at = now() where email = $1', [person.email])
    expect([await meBy(person.accessToken), await byCookie()]).toEqual([401, 401])
    expect((await post(app, 'refresh', { refreshToken: person.refreshToken })).status).toBe(401)
    const login = await post(app, 'login', person)
    expect([
      login.status,
      (await post(app, 'login', { email: person.email, password: person.password })).json()['type'],
    ]).toEqual([400, '/problems/identity/banned'])
    await app.db.sql("update commons.users set ban_ends_at = now() - interval '1 second' where email = $1", [
      person.email,
    ])
    expect((await post(app, 'login', { email: person.email, password: person.password })).status).toBe(200)
  })

  test('works in a workspace of their own when the one of their session is theirs no more', async () => {
    const person = await givenPerson(app)
    const own = (await app.call('GET', '/api/v1/me', { token: person.accessToken })).json<{
      id: string
      workspaceId: string
    }>()
    const other = newId()
    await app.db.sql('insert into commons.workspaces (id, name, owner_id) values ($1, $2, $3)', [
      other,
      'Other',
      own.id,
    ])
    await app.db.sql('update commons.sessions set workspace_id = $1 where user_id = $2', [other, own.id])
    expect((await app.call('GET', '/api/v1/me', { token: person.accessToken })).json()).toMatchObject({
      workspaceId: own.workspaceId,
    })
  })
})

test('a header that is no credential is refused, and a cookie that does not hold is as none', async () => {
  for (const authorization of [
    'Basic b3duZXI6eA==',
    'Bearer',
    'Bearer ',
    'Bearer air_short',
    'bearer a b',
    `Bearer ${'x'.repeat(43)}`,
  ]) {
    const reply = await app.call('GET', '/api/v1/me', { token: null, headers: { Authorization: authorization } })
    expect([authorization, reply.status]).toEqual([authorization, 401])
  }
  const headers = { Cookie: `airdate_session=${'x'.repeat(43)}` }
  expect((await app.call('GET', '/.well-known/jwks.json', { token: null, headers })).status).toBe(200)
  expect((await app.call('GET', '/api/v1/me', { token: null, headers })).status).toBe(401)
})

test('A16: twenty who sign in at once do not keep others waiting', async () => {
  const attempts = Array.from({ length: 20 }, (_, n) =>
    post(app, 'login', { email: `nobody-${n}@example.org`, password: 'x'.repeat(20) }),
  )
  expect((await app.call('GET', '/livez', { token: null })).status).toBe(200)
  expect(await meBy(ada.accessToken)).toBe(200)
  expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 401))
})
