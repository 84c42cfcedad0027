import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type TestApp, keyed, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { type AiDouble, aiDouble } from '../../../tests/doubles/ai/double.ts'
import type { Connection, Trial } from './schema.ts'

const COLLECTION = '/api/v1/ai/connections'
const KEY = 'sk-a-long-key-that-is-secret-9876'

let app: TestApp
let ai: AiDouble
let owner: Stranger
beforeAll(async () => {
  app = await testApp({ roles: ['api'] })
  ai = await aiDouble()
})
afterAll(async () => {
  await ai[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})
beforeEach(async () => {
  ai.reset()
  owner = await givenStranger(app)
})

const call = (method: string, path: string, body?: unknown) =>
  app.call(method, path, { token: owner.token, ...(body === undefined ? {} : { body }) })

const tried = (id: string, token = owner.token) =>
  app.call('POST', `${COLLECTION}/${id}/test`, { token, headers: keyed() })

const wish = () => ({
  ...{ name: 'A provider', kind: 'openai-compatible', baseUrl: `${ai.url}/v1/` },
  ...{ models: { text: 'a-model' }, key: KEY },
})

test('a connection is made, listed, changed and taken away; its key is in no answer and in no entry of the log', async () => {
  const made = await call('POST', COLLECTION, {
    ...wish(),
    retirements: [{ model: 'old', at: '2027-01-01T00:00:00Z' }],
  })
  expect(made.status).toBe(201)
  const connection = made.json<Connection>()
  expect(connection).toMatchObject({
    ...{ name: 'A provider', baseUrl: `${ai.url}/v1`, hasKey: true, keyHint: '9876', place: 0, enabled: true },
    models: { text: 'a-model', fast: null, transcription: null },
    retirements: [{ model: 'old', at: '2027-01-01T00:00:00Z' }],
  })
  const second = (
    await call('POST', COLLECTION, { ...wish(), name: 'First', place: 0, key: 'short' })
  ).json<Connection>()
  expect(second.keyHint).toBeNull()
  await call('PATCH', `${COLLECTION}/${connection.id}`, { place: 5 })
  const listed = await call('GET', COLLECTION)
  expect(listed.json<{ items: Connection[] }>().items.map(({ name }) => name)).toEqual(['First', 'A provider'])
  expect((await call('DELETE', `${COLLECTION}/${second.id}`)).status).toBe(204)
  expect((await call('DELETE', `${COLLECTION}/${second.id}`)).status).toBe(404)
  const log = await call('GET', '/api/v1/audit-log?targetKind=ai-connection')
  expect(log.json<{ items: { action: string }[] }>().items.map(({ action }) => action)).toEqual([
    ...['ai-connection.removed', 'ai-connection.changed', 'ai-connection.added', 'ai-connection.added'],
  ])
  for (const reply of [made, listed, log]) expect(reply.bytes.toString()).not.toContain(KEY)
  const rows = await app.db.sql('select * from commons.ai_connections where id = $1', [connection.id])
  expect(JSON.stringify(rows)).not.toContain(KEY)
})

test('a key is not taken to another server: it has to be given anew (D9)', async () => {
  const { id } = (await call('POST', COLLECTION, wish())).json<Connection>()
  const at = `${COLLECTION}/${id}`
  const moved = { baseUrl: 'https://thief.example.org/v1' }
  const refused = await call('PATCH', at, moved)
  expect([refused.status, refused.json()['type']]).toEqual([409, '/problems/ai/key-needed'])
  expect((await call('PATCH', at, { baseUrl: `${ai.url}/v1` })).status).toBe(200)
  expect((await call('PATCH', at, { ...moved, key: null })).json()).toMatchObject({ hasKey: false, keyHint: null })
  expect((await call('PATCH', at, { key: `another-${KEY}` })).json()).toMatchObject({ hasKey: true })
})

test.each([
  ...[
    'http://models.example.org',
    'https://10.0.0.1/v1',
    'https://169.254.169.254',
    'https://localhost',
    'http://0/v1',
  ],
  ...['https://user:pass@models.example.org', 'https://models.example.org/?key=1', 'https://models.example.org/#x'],
  ...['https://', 'https://[::ffff:10.0.0.1]', 'http://127.0.0.2:80/v1', 'https://exa mple.org'],
])('a server at %s is not connected (D1)', async (baseUrl) => {
  const refused = await call('POST', COLLECTION, { ...wish(), baseUrl })
  expect(refused.status).toBe(400)
  expect(refused.json()).toMatchObject({ errors: [{ pointer: '/baseUrl' }] })
  const { id } = (await call('POST', COLLECTION, { ...wish(), key: null })).json<Connection>()
  expect((await call('PATCH', `${COLLECTION}/${id}`, { baseUrl })).status).toBe(400)
})

test('a connection is read by itself, changed and taken away in the state that was read', async () => {
  const made = await call('POST', COLLECTION, wish())
  const { id } = made.json<Connection>()
  const at = `${COLLECTION}/${id}`
  const found = await call('GET', at)
  const etag = found.headers.get('etag') ?? ''
  expect([found.json(), made.headers.get('etag'), made.headers.get('location')]).toEqual([made.json(), etag, at])
  expect(found.bytes.toString()).not.toContain(KEY)
  const asked = (method: string, headers: Record<string, string>, body?: object) =>
    app.call(method, at, { token: owner.token, headers, ...(body && { body }) })
  expect((await asked('GET', { 'If-None-Match': etag })).status).toBe(304)
  const changed = await asked('PATCH', { 'If-Match': etag }, { name: 'Second' })
  expect([changed.status, changed.json()['name'], changed.headers.get('etag') === etag]).toEqual([200, 'Second', false])
  expect((await asked('PATCH', { 'If-Match': etag }, { name: 'Third' })).status).toBe(412)
  expect((await asked('DELETE', { 'If-Match': etag })).status).toBe(412)
  expect((await call('GET', at)).json()['name']).toBe('Second')
  expect((await asked('DELETE', { 'If-Match': changed.headers.get('etag') ?? '' })).status).toBe(204)
  expect((await call('GET', at)).json()).toMatchObject({ status: 404, type: '/problems/ai/connection-not-found' })
})

test('a connection is tried by asking for one word', async () => {
  const { id } = (await call('POST', COLLECTION, { ...wish(), enabled: false })).json<Connection>()
  const trial = async () => (await tried(id)).json<Trial>()
  ai.answer({ json: { word: 'airdate' } })
  expect(await trial()).toMatchObject({ works: true, model: 'a-model', costMicros: 0 })
  expect(ai.asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`)
  ai.reset()
  ai.answer({ status: 401, message: `Incorrect API key provided: ${KEY}` })
  const refused = await trial()
  expect(refused).toMatchObject({ works: false })
  expect(JSON.stringify(refused)).not.toContain(KEY)
  ai.reset()
  ai.answer({ behaviour: 'off-schema' })
  expect((await trial()).detail).toContain('not in the form')
  await call('PATCH', `${COLLECTION}/${id}`, { models: { text: null } })
  expect(await trial()).toMatchObject({ works: false, model: null })
  expect((await tried(newId())).status).toBe(404)
  // It costs: without a key nobody is asked, and with one somebody is asked once.
  expect((await call('POST', `${COLLECTION}/${id}/test`)).json()['type']).toBe('/problems/idempotency-key-missing')
})

test('what is one workspace’s is nothing to another, and there are not more than twenty', async () => {
  const { id } = (await call('POST', COLLECTION, wish())).json<Connection>()
  const stranger = await givenStranger(app)
  const asStranger = (method: string, path: string, body?: unknown) =>
    app.call(method, path, { token: stranger.token, ...(body === undefined ? {} : { body }) })
  expect((await asStranger('GET', COLLECTION)).json()).toEqual({ items: [] })
  expect((await asStranger('GET', `${COLLECTION}/${id}`)).status).toBe(404)
  expect((await asStranger('PATCH', `${COLLECTION}/${id}`, { name: 'mine' })).status).toBe(404)
  expect((await tried(id, stranger.token)).status).toBe(404)
  expect((await asStranger('DELETE', `${COLLECTION}/${id}`)).status).toBe(404)
  await app.db.sql(
    `insert into commons.ai_connections (id, workspace_id, name, kind, base_url)
     select gen_random_uuid(), $1, 'One of many', 'anthropic', 'https://models.example.org' from generate_series(2, 19)`,
    [owner.workspaceId],
  )
  expect((await call('POST', COLLECTION, wish())).status).toBe(201)
  expect((await call('POST', COLLECTION, wish())).json()['type']).toBe('/problems/ai/too-many-connections')
})

test('a key that is given with an Idempotency-Key stands sealed, and in no answer that is kept', async () => {
  const reply = await app.call('POST', COLLECTION, {
    ...{ token: owner.token, body: wish(), headers: { 'Idempotency-Key': newId() } },
  })
  expect(reply.status).toBe(201)
  const [row] = await app.db.sql<{ sealed: string }>(
    `select sealed_key as sealed from commons.ai_connections where workspace_id = $1`,
    [owner.workspaceId],
  )
  expect(row?.sealed).toMatch(/^v1\./)
  const kept = await app.db.sql(
    `select count(*)::int as count from platform.idempotency_keys where position($1::bytea in body) > 0`,
    [Buffer.from(KEY)],
  )
  expect(kept).toEqual([{ count: 0 }])
})
