import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { createLogger } from '#platform/observability/log.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import {
  codeOf,
  cookieFor,
  givenAccount,
  givenPerson,
  givenSecondFactor,
  post,
} from '../../server/commons/accounts/fixtures/people.ts'

interface Line {
  readonly level: string
  readonly time: string
  readonly msg: string
  readonly problem?: string
  readonly requestId?: string
  readonly clientAddress?: string
  readonly path?: string
}

const written: string[] = []
let app: TestApp
beforeAll(async () => {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString())
      done()
    },
  })
  // As talkative as a server is when nobody says otherwise.
  app = await testApp({ log: createLogger('info', destination) })
})
afterAll(() => app[Symbol.asyncDispose]())

const lines = (): Line[] =>
  written
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

const told = (requestId: string): Line[] => lines().filter((line) => line.requestId === requestId)

describe('what is refused leaves a line in the log', () => {
  const refusals: [string, string, (headers: Record<string, string>) => Promise<unknown>][] = [
    [
      'a wrong password',
      'identity/wrong-credentials',
      async (headers) =>
        post(app, 'login', { ...(await givenAccount(app)), password: 'not the password' }, { headers }),
    ],
    [
      'a wrong code',
      'identity/wrong-code',
      async (headers) => {
        const person = await givenPerson(app)
        await givenSecondFactor(app, person)
        const { email, password } = person
        const { challenge } = (await post(app, 'login', { email, password })).json<{ challenge: string }>()
        return post(app, '2fa/verify', { challenge, code: '000000' }, { headers })
      },
    ],
    [
      'a credential that does not hold',
      'unauthenticated',
      (headers) => app.call('GET', '/api/v1/me', { token: `air_${'x'.repeat(43)}`, headers }),
    ],
    [
      'a permission that is not there',
      'forbidden',
      async (headers) => {
        const { token } = await givenStranger(app, ['video:read'])
        return app.call('GET', '/api/v1/audit-log', { token, headers })
      },
    ],
    [
      'the page of another site',
      'cross-site-refused',
      async (headers) => {
        const Cookie = await cookieFor(app, await givenAccount(app))
        return app.call('PATCH', '/api/v1/me', {
          ...{ token: null, body: { displayName: 'Eve' } },
          headers: { ...headers, Cookie, Origin: 'https://evil.example' },
        })
      },
    ],
    [
      'input with faults',
      'invalid-input',
      (headers) => app.call('PATCH', '/api/v1/me', { body: { isAdmin: true }, headers }),
    ],
    [
      'what is not there for who asks',
      'stream/video-not-found',
      (headers) => app.call('GET', `/api/v1/stream/videos/${newId()}`, { headers }),
    ],
  ]
  test.each(refusals)('%s', async (_, problem, call) => {
    const requestId = newId()
    await call({ 'X-Request-Id': requestId })
    expect(told(requestId)).toEqual([
      expect.objectContaining({
        ...{ level: 'info', msg: 'problem', clientAddress: '127.0.0.1' },
        problem,
        path: expect.stringMatching(/^\/api\/v1\//) as string,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      }),
    ])
  })

  test('too many of them too', async () => {
    await using narrow = await testApp({
      ...{ roles: ['api'], settings: { AIRDATE_RATE_LIMIT_SCALE: '0.01' } },
      log: createLogger(
        'info',
        new Writable({ write: (chunk: Buffer, _, done) => (written.push(String(chunk)), done()) }),
      ),
    })
    const requestId = newId()
    const wrong = { email: 'nobody@example.org', password: 'not the password' }
    for (let n = 0; n < 2; n += 1) await post(narrow, 'login', wrong, { headers: { 'X-Request-Id': requestId } })
    expect(told(requestId).at(-1)?.problem).toBe('platform/too-many-requests')
  })
})

test('a line of the log stays one line, whatever a request holds', async () => {
  const before = lines().length
  const forged = '{"level":"info","msg":"forged"}'
  for (const text of [`%0a${encodeURIComponent(forged)}`, `%0d%0a${encodeURIComponent(forged)}`, '%1b[2K', '%e2%80%a8'])
    for (const path of [`/nothing/${text}`, `/api/v1/stream/videos?q=${text}&x=1`])
      await app.call('GET', path, { headers: { 'User-Agent': forged } })
  const added = lines().slice(before)
  expect(added).toHaveLength(8)
  expect(added.filter(({ msg }) => msg !== 'problem')).toEqual([])
})

test('the log names nobody who tries to sign in, and no password', async () => {
  const account = { email: 'tried.by.somebody@example.org', password: 'a password that is nobody’s' }
  await post(app, 'login', account)
  await post(app, 'register', { ...account, displayName: '' })
  expect(written.join('')).not.toMatch(/tried\.by\.somebody|nobody’s/)
})

test('each sign-in stands in the log of one’s own account, with how it was done and from where', async () => {
  const person = await givenPerson(app)
  const { totpUri } = await givenSecondFactor(app, person)
  const { email, password } = person
  const { challenge } = (await post(app, 'login', { email, password })).json<{ challenge: string }>()
  const given = { challenge, code: codeOf(totpUri, 1) }
  const { accessToken: token } = (await post(app, '2fa/verify', given)).json<{ accessToken: string }>()
  const { items } = (await app.call('GET', '/api/v1/me/audit-log', { token })).json<{
    items: { action: string; address: string; after: object }[]
  }>()
  expect(items.filter(({ action }) => action === 'person.signed-in')).toMatchObject([
    { address: '127.0.0.1', after: { method: 'password', secondFactor: true } },
    { address: '127.0.0.1', after: { method: 'password', secondFactor: false } },
  ])
})
