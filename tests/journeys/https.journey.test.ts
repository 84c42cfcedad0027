import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { Authenticator } from '#tests/support/authenticator.ts'
import { mailTo } from '#tests/support/mails.ts'
import { type Answer, Wire } from '#tests/support/wire.ts'

const PUBLIC = 'https://tv.example'
const HOST = 'tv.example'

let app: TestApp
let wire: Wire
beforeAll(async () => {
  // The proxy that ends TLS stands on this machine and is believed.
  const settings = { AIRDATE_PUBLIC_URL: PUBLIC, AIRDATE_TRUSTED_PROXIES: '127.0.0.1' }
  app = await testApp({ settings })
  wire = new Wire(app.url, { most: 4, patienceMs: 20_000 })
})
afterAll(async () => {
  wire[Symbol.dispose]()
  await app[Symbol.asyncDispose]()
})

interface Browser {
  cookie: string
}

/** A call of a browser as the proxy hands it on; `origin` is where its page stands. */
async function call(
  browser: Browser,
  method: string,
  target: string,
  { body, origin = PUBLIC }: { readonly body?: object; readonly origin?: string | null } = {},
): Promise<Answer> {
  const answer = await wire.send({
    ...{ method, target },
    headers: {
      ...{ Host: HOST, 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': HOST },
      ...(origin === null ? {} : { Origin: origin }),
      ...(browser.cookie === '' ? {} : { Cookie: browser.cookie }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  })
  for (const set of answer.headers.getSetCookie()) {
    const [pair = ''] = set.split(';', 1)
    browser.cookie = /max-age=0/i.test(set) ? '' : pair
  }
  return answer
}

const post = (browser: Browser, path: string, body: object, origin?: string | null): Promise<Answer> =>
  call(browser, 'POST', `/api/v1/auth/${path}`, { body, ...(origin === undefined ? {} : { origin }) })

const account = { email: 'ada@example.org', password: 'correct horse battery' }

test('behind a proxy that ends TLS somebody registers, confirms by mail, signs in, is left alone by other sites, and signs out', async () => {
  const browser: Browser = { cookie: '' }
  expect((await post(browser, 'register', { ...account, displayName: 'Ada' })).status).toBe(202)
  const [link = ''] = (await mailTo(app.db, account.email, 'identity.verify-email')).links
  expect(link).toMatch(/^https:\/\/tv\.example\/account\/verify-email\?token=/)
  const token = new URL(link).searchParams.get('token')
  expect((await post(browser, 'verify-email', { token })).status).toBe(204)

  for (const origin of ['https://evil.example', 'http://tv.example', 'https://tv.example.evil.example', 'null', null])
    expect((await post(browser, 'login', { ...account, hold: 'cookie' }, origin)).status).toBe(403)
  expect(browser.cookie).toBe('')
  const signedIn = await post(browser, 'login', { ...account, hold: 'cookie' })
  expect(signedIn.json()).toEqual({ signedIn: true })
  expect(signedIn.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^__Host-airdate_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    ),
  ])
  expect(signedIn.headers.get('strict-transport-security')).toBe('max-age=31536000')
  const me = await call(browser, 'GET', '/api/v1/me', { origin: null })
  expect(me.json()).toMatchObject({ email: account.email, displayName: 'Ada' })
  // The plain name, which any page of a neighbouring host could set, is nobody's.
  const plain = { cookie: browser.cookie.replace('__Host-', '') }
  expect((await call(plain, 'GET', '/api/v1/me', { origin: null })).status).toBe(401)

  for (const origin of ['https://evil.example', 'http://tv.example', app.url, 'null', null]) {
    const refused = await call(browser, 'PATCH', '/api/v1/me', { body: { displayName: 'Eve' }, origin })
    expect([origin, refused.status, refused.json()['type']]).toEqual([origin, 403, '/problems/cross-site-refused'])
  }
  const changed = await call(browser, 'PATCH', '/api/v1/me', { body: { displayName: 'Ada L.' } })
  expect(changed.json()['displayName']).toBe('Ada L.')
  const [session] = (await call(browser, 'GET', '/api/v1/auth/sessions', { origin: null })).json<{
    items: { address: string }[]
  }>().items
  expect(session?.address).toBe('203.0.113.7')

  const held = { ...browser }
  const out = await post(browser, 'logout', {})
  expect([out.status, out.headers.getSetCookie()]).toEqual([
    204,
    ['__Host-airdate_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure'],
  ])
  expect((await call(held, 'GET', '/api/v1/me', { origin: null })).status).toBe(401)
})

test('a passkey is bound to the host of the public URL, and one of another host or without TLS lets nobody in', async () => {
  const browser: Browser = { cookie: '' }
  await post(browser, 'login', { ...account, hold: 'cookie' })
  const begun = await post(browser, 'passkeys/options', { password: account.password })
  const { ceremony, options } = begun.json<{ ceremony: string; options: { challenge: string; rp: object } }>()
  expect(options.rp).toMatchObject({ id: HOST })
  const authenticator = new Authenticator(PUBLIC, HOST)
  const added = await post(browser, 'passkeys', { ceremony, name: 'Mine', response: authenticator.create(options) })
  expect(added.status).toBe(201)

  const login = async (from: { get: Authenticator['get'] }): Promise<Answer> => {
    const guest: Browser = { cookie: '' }
    const asked = (await post(guest, 'passkeys/login/options', {})).json<{
      ceremony: string
      options: { challenge: string; rpId: string }
    }>()
    expect(asked.options.rpId).toBe(HOST)
    return post(guest, 'passkeys/login', {
      ...{ ceremony: asked.ceremony, response: from.get(asked.options), hold: 'cookie' },
    })
  }
  expect((await login(authenticator)).headers.getSetCookie()[0]).toMatch(/^__Host-airdate_session=.+; Secure$/)
  expect((await login(authenticator.at('http://tv.example', HOST))).status).toBe(401)
  expect((await login(authenticator.at('https://evil.example', 'evil.example'))).status).toBe(401)
  expect((await login(authenticator.at('https://evil.example', HOST))).status).toBe(401)
})
