import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder } from '#platform/config/data-folder.ts'
import { masterKeysOf } from '#platform/config/secrets.ts'
import { createLogger } from '#platform/observability/log.ts'
import { Vault } from '#platform/secrets/vault.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import type { OpenApi } from '../../server/docs/document.ts'
import { type TestApp, keyed, testApp } from '#tests/support/app.ts'
import { operationsOf } from '#tests/support/openapi-rules.ts'
import { AiDouble } from '../doubles/ai/double.ts'
import {
  type Person,
  cookieFor,
  givenPerson,
  givenSecondFactor,
  post,
} from '../../server/commons/accounts/fixtures/people.ts'

const lines: string[] = []
const log = createLogger(
  'trace',
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  }),
)

let app: TestApp
beforeAll(async () => {
  app = await testApp({ log })
})
afterAll(() => app[Symbol.asyncDispose]())

const SCHEMAS = ['commons', 'platform', 'planner', 'studio', 'channels', 'stream', 'pgboss']

/** Everything that a backup of the database holds, as text: bytes as hexadecimal digits. */
async function backup(): Promise<string> {
  const tables = await app.db.sql<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema = any($1)`,
    [SCHEMAS],
  )
  expect(tables.length).toBeGreaterThan(30)
  const rows = await Promise.all(tables.map(({ name }) => app.db.sql(`select '${name}', t::text from ${name} t`)))
  return JSON.stringify(rows)
}

/** Every text in which a secret would be found: as it is, and as the bytes of a column. */
const spellings = (secret: string): string[] => [
  ...new Set([secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('hex')]),
]

test('D9: no secret that was handed out or is kept stands in an answer of another call, in the log, in an export, or in clear in a backup', async () => {
  const person = await givenPerson(app)
  const { accessToken: token, email, password } = person
  const { totpUri, backupCodes } = await givenSecondFactor(app, person)
  const owner = { email: 'owner@example.org', password: 'a long password' }
  const administrator = (await post(app, 'login', owner)).json<Person>()
  const cookie = (await cookieFor(app, owner)).split('=')[1] ?? ''
  const wish = { name: 'A key', scopes: ['*'] }
  const { key, id } = (await app.call('POST', '/api/v1/api-keys', { token, body: wish })).json<{
    key: string
    id: string
  }>()
  const rotated = (await app.call('POST', `/api/v1/api-keys/${id}/rotate`, { token })).json<{ key: string }>()
  const { ticket } = (await app.call('POST', '/api/v1/realtime/tickets', { token })).json<{ ticket: string }>()
  const feed = await app.call('POST', '/api/v1/planner/feeds', {
    ...{ token, headers: keyed(), body: { name: 'Due' } },
  })
  const { pathname } = new URL(feed.json<{ url: string }>().url)
  const referrer = { Referer: `${app.url}${pathname}` }
  expect((await app.call('GET', pathname, { token: null, headers: referrer })).status).toBe(200)
  // A provider of models that quotes the key which it was given.
  await using provider = await AiDouble.open()
  const providerKey = `sk-${newSecret(24)}`
  provider.answer({ status: 401, message: `Incorrect API key provided: ${providerKey}` })
  const connected = await app.call('POST', '/api/v1/ai/connections', {
    ...{ token, headers: { 'Idempotency-Key': newId() } },
    body: {
      ...{ name: 'Quoting', kind: 'openai-compatible', baseUrl: `${provider.url}/v1`, models: { text: 'x' } },
      key: providerKey,
    },
  })
  const connection = connected.json<{ id: string }>()
  await app.call('POST', `/api/v1/ai/connections/${connection.id}/test`, { token, headers: keyed() })
  expect(provider.asked[0]?.headers.authorization).toContain(providerKey)
  // What is kept sealed, opened as only the server can.
  const vault = new Vault({ database: app.db.database, masterKeys: masterKeysOf(dataFolder(app.dataDir)), log })
  const sealed = await app.db.sql<{ id: string; value: string }>(
    'select id, sealed_secret as value from commons.identity_keys',
  )
  const opened = await Promise.all(
    sealed.map(({ id: rowId, value }) =>
      vault.open({ table: 'commons.identity_keys', column: 'sealed_secret', rowId, workspaceId: null }, value),
    ),
  )
  expect(opened.length).toBeGreaterThanOrEqual(2)
  const secrets = {
    ...{
      password,
      'password of the owner': owner.password,
      cookie,
      key,
      'key after its rotation': rotated.key,
      ticket,
    },
    ...{
      'key of a provider of models': providerKey,
      'address of a calendar': pathname.split('/').at(-1)?.replace('.ics', '') ?? '',
      'refresh token': person.refreshToken,
      'access token': token,
      'secret of the app': new URL(totpUri).searchParams.get('secret') ?? '',
    },
    ...Object.fromEntries(backupCodes.map((code, n) => [`backup code ${n}`, code])),
    ...Object.fromEntries(
      opened.map((secret, n) => [
        `sealed ${n}`,
        (JSON.parse(secret.startsWith('{') ? secret : JSON.stringify({ d: secret })) as { d: string }).d,
      ]),
    ),
  }
  const api = (await app.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  const { workspaceId, id: personId } = (await app.call('GET', '/api/v1/me', { token })).json<{
    workspaceId: string
    id: string
  }>()
  const answers: string[] = []
  for (const { method, path } of operationsOf(api)) {
    if (method !== 'GET' || /events|realtime/.test(path)) continue
    const target = path
      .replace('/users/{id}', `/users/${personId}`)
      .replace('{id}', workspaceId)
      .replaceAll(/\{\w+\}/g, id)
    for (const credential of [token, administrator.accessToken]) {
      const reply = await app.call('GET', target, { token: credential })
      answers.push(`${JSON.stringify([...reply.headers])} ${reply.bytes.toString()}`)
    }
  }
  const found = { 'an answer': answers.join('\n'), 'the log': lines.join(''), 'a backup': await backup() }
  expect(answers.join('').length).toBeGreaterThan(50_000)
  expect(found['the log']).toContain('"msg":"request"')
  expect(found['a backup']).toContain(email)
  for (const [name, secret] of Object.entries(secrets)) {
    expect([name, secret.length]).toEqual([name, expect.any(Number)])
    expect(secret.length).toBeGreaterThan(9)
    for (const [place, text] of Object.entries(found))
      expect([name, place, spellings(secret).filter((one) => text.includes(one))]).toEqual([name, place, []])
  }
})
