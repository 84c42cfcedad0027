import { isProduction, isTest } from '@better-auth/core/env'
import { generateKeyPairSync } from 'node:crypto'
import { SignJWT, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { OpenApi } from '../../server/docs/document.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Canary, openCanary } from '#tests/support/attacks.ts'
import { operationsOf } from '#tests/support/openapi-rules.ts'
import {
  PASSWORD,
  type Person,
  cookieFor,
  givenAccount,
  givenPerson,
  post,
  tokenFor,
} from '../../server/commons/accounts/fixtures/people.ts'

const statements = new Map<string, (readonly string[])[]>()
let app: TestApp
let canary: Canary
beforeAll(async () => {
  const onAnswered = ({ id }: { readonly id: string }, count: { readonly statements: string[] | null }): void => {
    statements.set(id, [...(statements.get(id) ?? []), count.statements ?? []])
  }
  ;[app, canary] = await Promise.all([testApp({ observe: { onAnswered } }), openCanary()])
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await canary[Symbol.asyncDispose]()
})

test('all of this runs as in production, where the library leaves out none of its checks', () => {
  expect([process.env['NODE_ENV'], isProduction, isTest()]).toEqual(['production', true, false])
})

/** Every row of the product's tables, as one text; what is only noted of a session's use is left out. */
async function everything(): Promise<string> {
  const tables = await app.db.sql<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema in ('commons', 'planner', 'studio', 'channels', 'stream')
     order by 1`,
  )
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await app.db.sql<{ text: string | null }>(
        `select string_agg((to_jsonb(t) - 'last_seen_at' - 'last_used_at')::text, e'\n' order by t::text) as text
         from ${name} t`,
      )
      return `${name}\n${row?.text ?? ''}`
    }),
  )
  return texts.join('\n')
}

test('A1: no page of another site calls anything that changes something by a cookie, and nothing is changed', async () => {
  const account = await givenAccount(app)
  const Cookie = await cookieFor(app, account)
  const api = (await app.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  const mine = (await app.call('GET', '/api/v1/me', { token: null, headers: { Cookie } })).json<{
    workspaceId: string
  }>()
  const changing = operationsOf(api).filter(
    ({ method, operation }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && operation['x-permission'] !== 'public',
  )
  expect(changing.length).toBeGreaterThan(35)
  const before = await everything()
  const { origin, port } = new URL(app.url)
  const pages: Record<string, string>[] = [
    ...['https://evil.example', 'null', `${origin}.evil.example`, `https://localhost:${port}`, 'http://localhost'].map(
      (one) => ({ Origin: one }),
    ),
    ...[{}, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { Referer: `${origin}/account` }],
  ]
  for (const { method, path } of changing) {
    const target = path.replace('{id}', mine.workspaceId).replaceAll(/\{\w+\}/g, newId())
    for (const page of pages) {
      const reply = await app.call(method, target, { token: null, headers: { Cookie, ...page } })
      expect([method, path, page, reply.status]).toEqual([method, path, page, 403])
      expect(reply.json()['type']).toBe('/problems/cross-site-refused')
    }
  }
  expect(await everything()).toBe(before)
})

test('A4: a mail is asked for by the same answer and the same statements, whether there is an account or not', async () => {
  const { email } = await givenAccount(app)
  for (const [id, path] of [
    ['forgotPassword', 'password/forgot'],
    ['sendVerification', 'verify-email/send'],
  ] as const) {
    const known = await post(app, path, { email })
    const unknown = await post(app, path, { email: `nobody-${newId()}@example.org` })
    expect([known.status, known.json()]).toEqual([unknown.status, unknown.json()])
    const names = ({ headers }: typeof known): string[] => [...headers.keys()].toSorted()
    expect(names(known)).toEqual(names(unknown))
    const [one, other] = (statements.get(id) ?? []).slice(-2)
    expect(one?.length).toBeGreaterThan(0)
    expect(one).toEqual(other)
  }
})

describe('A5: a token of a mail', () => {
  test('sets the password of whom it was sent to and of nobody else, whoever brings it', async () => {
    const [ada, eve] = [await givenPerson(app), await givenPerson(app)]
    await post(app, 'password/forgot', { email: ada.email })
    const token = await tokenFor(app, ada.email, 'reset-password')
    const brought = await post(
      app,
      'password/reset',
      { token, newPassword: 'the one of Ada' },
      { token: eve.accessToken },
    )
    expect(brought.status).toBe(204)
    expect((await post(app, 'login', { email: eve.email, password: PASSWORD })).status).toBe(200)
    expect((await post(app, 'login', { email: eve.email, password: 'the one of Ada' })).status).toBe(401)
    expect((await post(app, 'login', { email: ada.email, password: 'the one of Ada' })).status).toBe(200)
  })

  test('is good for what it was sent for alone', async () => {
    const email = `${newId()}@example.org`
    await post(app, 'register', { email, password: PASSWORD, displayName: 'Ada' })
    const verifying = await tokenFor(app, email, 'verify-email')
    await post(app, 'password/forgot', { email })
    const resetting = await tokenFor(app, email, 'reset-password')
    expect((await post(app, 'password/reset', { token: verifying, newPassword: 'another password' })).status).toBe(400)
    expect((await post(app, 'verify-email', { token: resetting })).status).toBe(400)
    for (const token of [verifying, resetting])
      expect((await app.call('GET', '/api/v1/me', { token })).status).toBe(401)
    expect((await post(app, 'refresh', { refreshToken: resetting })).status).toBe(401)
    expect((await post(app, 'login', { email, password: PASSWORD })).json()['type']).toBe(
      '/problems/identity/email-not-verified',
    )
  })
})

describe('A11: an access token', () => {
  const meBy = async (token: string): Promise<number> => (await app.call('GET', '/api/v1/me', { token })).status
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('whose header is not what it should be is refused, and is no fault of ours', async () => {
    for (const header of [
      ...[{ kid: { toString: 1, valueOf: 1 } }, { kid: 5 }, { kid: ['x'] }, { kid: null }, { kid: '../../x' }, {}],
      ...[{ crit: ['x'], x: 1 }, { crit: ['b64'], b64: false }, { typ: {} }, { alg: ['EdDSA'] }, { zip: 'DEF' }],
    ])
      expect([
        header,
        await meBy(`${encoded({ alg: 'EdDSA', typ: 'at+jwt', ...header })}.${encoded({})}.AAAA`),
      ]).toEqual([header, 401])
  })

  test('that points to a key of its own has nobody asked for it', async () => {
    const pair = generateKeyPairSync('ed25519')
    const privateKey = await importJWK(pair.privateKey.export({ format: 'jwk' }), 'EdDSA')
    for (const more of [
      { jku: `${canary.url}/keys` },
      { x5u: `${canary.url}/certificate` },
      { kid: `${canary.url}/key` },
    ]) {
      const claims = new SignJWT({ sid: newId(), iss: canary.url }).setSubject(newId()).setAudience(app.url)
      const token = await claims
        .setIssuedAt()
        .setExpirationTime('1m')
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: newId(), ...more })
        .sign(privateKey)
      expect(await meBy(token)).toBe(401)
    }
    expect(canary.hits).toEqual([])
  })

  test('of a megabyte is refused before anybody reads it', async () => {
    // The answer is on its way while the client still sends: it reads it, or finds its connection ended.
    const refused = await meBy(`a.${'b'.repeat(1024 * 1024)}.c`).catch(() => 'ended')
    expect([431, 'ended']).toContain(refused)
    expect((await app.call('GET', '/livez', { token: null })).status).toBe(200)
  })
})

test('A15: whatever is done in somebody’s place stands in the log with both of them', async () => {
  const owner = { email: 'owner@example.org', password: 'a long password' }
  const admin = (await post(app, 'login', owner)).json<Person>().accessToken
  const adminId = (await app.call('GET', '/api/v1/me', { token: admin })).json<{ id: string }>().id
  const person = await givenPerson(app)
  const { id, workspaceId } = (await app.call('GET', '/api/v1/me', { token: person.accessToken })).json<{
    id: string
    workspaceId: string
  }>()
  const begun = await app.call('POST', `/api/v1/admin/users/${id}/impersonate`, {
    ...{ token: admin, body: { reason: 'a ticket' } },
  })
  const { accessToken: token } = begun.json<Person>()
  const renamed = await app.call('PATCH', `/api/v1/workspaces/${workspaceId}`, { token, body: { name: 'Renamed' } })
  expect(renamed.status).toBe(200)
  const log = (await app.call('GET', '/api/v1/audit-log', { token: person.accessToken })).json<{
    items: { action: string; actor: object }[]
  }>()
  expect(log.items.find(({ action }) => action === 'workspace.renamed')?.actor).toMatchObject({
    ...{ kind: 'user', id, impersonatorId: adminId },
  })
})
