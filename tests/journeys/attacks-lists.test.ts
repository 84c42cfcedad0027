import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { OpenApi } from '../../server/docs/document.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Described, operationsOf } from '#tests/support/openapi-rules.ts'
import { type Person, post } from '../../server/commons/accounts/fixtures/people.ts'

let app: TestApp
let api: OpenApi
let token: string
let workspaceId: string
beforeAll(async () => {
  app = await testApp({ roles: ['api'] })
  api = (await app.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  // A session of the owner, who administers the installation as well: nothing is refused for want of rights.
  const owner = { email: 'owner@example.org', password: 'a long password' }
  token = (await post(app, 'login', owner)).json<Person>().accessToken
  workspaceId = (await app.call('GET', '/api/v1/me', { token })).json<{ workspaceId: string }>().workspaceId
})
afterAll(() => app[Symbol.asyncDispose]())

const queryOf = ({ operation }: Described): string[] =>
  (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name)

const addressOf = ({ path }: Described): string => path.replace('{id}', workspaceId).replaceAll(/\{\w+\}/g, newId())

async function expectRefused(method: string, target: string, body?: unknown): Promise<Reply> {
  const reply = await app.call(method, target, { token, ...(body === undefined ? {} : { body }) })
  expect([method, target, reply.status]).toEqual([method, target, 400])
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
  expect(reply.json()['type']).toMatch(/^\/problems\/(?:invalid-input|malformed-body|malformed-request)$/)
  return reply
}

describe('every list (C6)', () => {
  const lists = (): Described[] => operationsOf(api).filter((one) => queryOf(one).includes('cursor'))
  const cursor = (text: string): string => `cursor=${encodeURIComponent(Buffer.from(text).toString('base64url'))}`

  test('is one of those that are asked here, and answers when it is asked rightly', async () => {
    expect(lists().length).toBeGreaterThanOrEqual(9)
    for (const one of lists()) {
      const reply = await app.call('GET', `${addressOf(one)}?limit=1&${cursor(`after:${newId()}`)}`, { token })
      // A list of what hangs on a thing is where the thing is; that of a workspace is asked of our own.
      const isOfNothing = /\{\w+\}\/\w/.test(one.path) && !one.path.startsWith('/api/v1/workspaces/')
      expect([one.path, reply.status]).toEqual([one.path, isOfNothing ? 404 : 200])
    }
  })

  test('gives at most a hundred at once, and none backwards', async () => {
    for (const one of lists())
      for (const limit of [
        '0',
        '-1',
        '101',
        '1000000000',
        '1e3',

        '',
        'x',
        '1.5',
        '9223372036854775808',
        'null',
      ])
        await expectRefused('GET', `${addressOf(one)}?limit=${limit}`)
  })

  test('takes no cursor that it has not made', async () => {
    const id = newId()
    const forged = [
      ...['x', id, `after:${id}' or 1=1 --`, `after:${id.toUpperCase()}`, `after:${id}\0`, 'after:', `before:${id}`],
      ...[`after:${id},${id}`, '{"after":1}', `after:${id} `, ''],
    ].map(cursor)
    for (const one of lists())
      for (const query of [...forged, `cursor=${id}`, 'cursor=%00', 'cursor[]=x', `cursor=${'A'.repeat(201)}`])
        await expectRefused('GET', `${addressOf(one)}?${query}`)
  })

  test('is sorted and narrowed by what it says, and by nothing else of its table', async () => {
    const others = [
      ...['sort=id', 'sort=password', 'order=desc', 'orderBy=email', 'offset=-1', 'page=2', 'workspaceId=x', 'id=x'],
      ...['fields=secret_hash', 'include=user', 'where[isAdmin]=true', '__proto__=x', 'constructor=x', 'limit[$gt]=1'],
    ]
    for (const one of lists()) for (const query of others) await expectRefused('GET', `${addressOf(one)}?${query}`)
  })

  test('has words of its own for what it is narrowed by', async () => {
    for (const one of lists())
      for (const { name, schema } of one.operation.parameters ?? [])
        if (schema.enum !== undefined || schema.anyOf?.some((among) => among.const !== undefined) === true)
          for (const word of ['', 'x', "ready' or 1=1 --", 'READY', '%00', 'ready%0a'])
            await expectRefused('GET', `${addressOf(one)}?${name}=${word}`)
  })
})

test('a parameter that is given twice, or as a list, is refused on every route that has one (C4)', async () => {
  const having = operationsOf(api).filter((one) => one.method === 'GET' && queryOf(one).length > 0)
  expect(having.length).toBeGreaterThanOrEqual(12)
  for (const one of having) {
    // Links to pages gather parameters of others on their way.
    if (!one.path.startsWith('/api/')) continue
    for (const name of queryOf(one)) {
      await expectRefused('GET', `${addressOf(one)}?${name}=1&${name}=2`)
      await expectRefused('GET', `${addressOf(one)}?${name}[]=1`)
    }
  }
})

describe('every route that takes JSON (C2, C3, C5)', () => {
  const taking = (): Described[] =>
    operationsOf(api).filter(({ operation }) => operation.requestBody?.content['application/json'] !== undefined)

  test.each([
    ['a prototype', '{"__proto__":{"isAdmin":true}}'],
    ["a constructor's prototype", '{"constructor":{"prototype":{"isAdmin":true}}}'],
    ['lists 200,000 deep', `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['objects 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['half an object', '{"name":'],
    ['two objects', '{}{}'],
  ])('refuses %s', async (_, body) => {
    expect(taking().length).toBeGreaterThan(25)
    for (const one of taking()) await expectRefused(one.method, addressOf(one), body)
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  })

  test('names every field that is none of its own', async () => {
    const wanted = {
      ...{ id: newId(), ownerId: newId(), workspaceId: newId(), tenantId: 'x', createdBy: newId(), createdAt: 'x' },
      ...{ isAdmin: true, emailVerified: true, banned: false, permissions: ['*'], credentialId: newId(), price: 0 },
    }
    for (const one of taking()) {
      const schema = one.operation.requestBody?.content['application/json']?.schema
      const own = new Set([schema, ...(schema?.anyOf ?? [])].flatMap((part) => Object.keys(part?.properties ?? {})))
      const foreign = Object.keys(wanted).filter((name) => !own.has(name))
      const body = Object.fromEntries(Object.entries(wanted).filter(([name]) => foreign.includes(name)))
      const { errors } = (await expectRefused(one.method, addressOf(one), body)).json<{
        errors: { pointer: string }[]
      }>()
      const pointers = new Set(errors.map(({ pointer }) => pointer))
      expect([one.path, foreign.filter((name) => !pointers.has(`/${name}`))]).toEqual([one.path, []])
    }
  })
})

describe('a name that somebody gives (C1)', () => {
  const names: readonly (readonly [string, (name: string) => Promise<Reply>, string])[] = [
    ['themselves', (displayName) => app.call('PATCH', '/api/v1/me', { token, body: { displayName } }), 'displayName'],
    ['a workspace', (name) => app.call('POST', '/api/v1/workspaces', { token, body: { name } }), 'name'],
    ['a key', (name) => app.call('POST', '/api/v1/api-keys', { token, body: { name, scopes: ['*:read'] } }), 'name'],
    [
      'a service account',
      (name) =>
        app.call('POST', `/api/v1/workspaces/${workspaceId}/service-accounts`, {
          ...{ token, body: { name, role: 'viewer' } },
        }),
      'name',
    ],
  ]
  const nasty = [
    ...["'; drop table commons.users; --", '{{7*7}}', '${7*7}', '<script>alert(1)</script>', '=1+1', '\\', '%s%n'],
    ...[' a ', '\u202egpj', '\r\nBcc: x@example.org', '👩‍👩‍👧‍👦', 'ﷺ'.repeat(60), '👩‍👩‍👧‍👦'.repeat(9), '\ufeffx', 'x\u0300'],
    ...['\0', 'a\0b', '\ud800', 'x\udfff', '', ' ', '\t\n', 'x'.repeat(101), 'x'.repeat(1024 * 1024)],
  ]

  test.each(names)('%s is kept to the letter or refused', async (_, give, field) => {
    let kept = 0
    for (const name of nasty) {
      const reply = await give(name)
      if (reply.status < 300) {
        expect(reply.json()[field]).toBe(name)
        kept += 1
      } else expect([name.slice(0, 50), [400, 413].includes(reply.status)]).toEqual([name.slice(0, 50), true])
    }
    expect(kept).toBeGreaterThanOrEqual(14)
  })
})
