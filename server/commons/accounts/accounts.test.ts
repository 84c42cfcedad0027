import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import {
  PASSWORD,
  codeOf,
  cookieFor,
  givenAccount,
  givenPerson,
  givenSecondFactor,
  linksTo,
  post,
  tokenFor,
} from './fixtures/people.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app[Symbol.asyncDispose]())

const statusesOf = (replies: readonly { status: number }[]): number[] =>
  replies.map(({ status }) => status).toSorted((a, b) => a - b)

const statusOf = async (method: string, path: string, token: string): Promise<number> =>
  (await app.call(method, path, { token })).status

/** What stands in somebody's own log, the newest first. */
async function actionsOf(token: string): Promise<string[]> {
  const { items } = (await app.call('GET', '/api/v1/me/audit-log', { token })).json<{ items: { action: string }[] }>()
  return items.map(({ action }) => action)
}

describe('coming in', () => {
  test('somebody registers, confirms the address, signs in, and is themselves', async () => {
    const account = { email: 'Ada.New@Example.org', password: PASSWORD }
    expect((await post(app, 'register', { ...account, displayName: 'Ada' })).json()).toEqual({ accepted: true })
    const early = await post(app, 'login', account)
    expect([early.status, early.json()['type']]).toEqual([403, '/problems/identity/email-not-verified'])
    const token = await tokenFor(app, 'ada.new@example.org', 'verify-email')
    expect((await post(app, 'verify-email', { token })).status).toBe(204)
    expect((await post(app, 'verify-email', { token })).status).toBe(204)
    const { accessToken } = (await post(app, 'login', account)).json<{ accessToken: string }>()
    expect(await actionsOf(accessToken)).toEqual(['person.signed-in', 'person.email-verified', 'person.registered'])
    const me = (await app.call('GET', '/api/v1/me', { token: accessToken })).json()
    expect(me).toMatchObject({ email: 'ada.new@example.org', displayName: 'Ada', role: 'owner', isAdmin: false })
  })

  test('an access token carries ids and nothing else', async () => {
    const { accessToken } = await givenPerson(app)
    const [header, payload] = accessToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object)
    expect(Object.keys(header ?? {}).toSorted()).toEqual(['alg', 'kid', 'typ'])
    expect(Object.keys(payload ?? {}).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
    const { keys } = (await app.call('GET', '/.well-known/jwks.json', { token: null })).json<{ keys: object[] }>()
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x']])
  })

  test('A3: to sign up with an address that has an account is answered as if it had none', async () => {
    const { email } = await givenAccount(app)
    const again = await post(app, 'register', { email, password: 'another password', displayName: 'Eve' })
    const fresh = await post(app, 'register', {
      email: `new-${email}`,
      password: 'another password',
      displayName: 'Eve',
    })
    expect([again.status, again.json()]).toEqual([fresh.status, fresh.json()])
    expect(await linksTo(app, email, 'account-exists')).toHaveLength(1)
    expect((await post(app, 'login', { email, password: 'another password' })).status).toBe(401)
  })

  test('A2: nobody gives themselves rights as they sign up', async () => {
    const body = { email: 'mallory@example.org', password: PASSWORD, displayName: 'Mallory' }
    for (const more of [
      { role: 'admin' },
      { isAdmin: true },
      { emailVerified: true },
      { banned: false },
      { userId: 'x' },
    ]) {
      expect((await post(app, 'register', { ...body, ...more })).status).toBe(400)
    }
    expect(await app.db.sql("select 1 from commons.users where email = 'mallory@example.org'")).toEqual([])
  })

  test('a wrong password and an address that nobody has are answered alike', async () => {
    const { email } = await givenAccount(app)
    const wrong = await post(app, 'login', { email, password: 'not the password' })
    const nobody = await post(app, 'login', { email: 'nobody@example.org', password: 'not the password' })
    const shown = (reply: typeof wrong) => ({ ...reply.json(), requestId: '', instance: '' })
    expect([wrong.status, shown(wrong)]).toEqual([401, shown(nobody)])
  })

  test('an address that nobody can be mailed at is refused, with where it stands', async () => {
    for (const email of [
      'a%b@example.org',
      'a..b@example.org',
      '"a b"@example.org',
      'a@b',
      'a@-b.example',
      `${'x'.repeat(65)}@example.org`,
      'a\r\nBcc: b@example.org',
    ]) {
      const reply = await post(app, 'register', { email, password: PASSWORD, displayName: 'A' })
      expect([email, reply.status, reply.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer]).toEqual([
        email,
        400,
        '/email',
      ])
    }
  })

  test('a password may be any text from 8 to 128 characters, and is the same in every spelling of Unicode', async () => {
    const email = 'unicode@example.org'
    for (const password of ['seven77', 'x'.repeat(129)])
      expect((await post(app, 'register', { email, password, displayName: 'U' })).status).toBe(400)
    expect((await post(app, 'register', { email, password: 'ångström 🦆', displayName: 'U' })).status).toBe(202)
    await post(app, 'verify-email', { token: await tokenFor(app, email, 'verify-email') })
    expect((await post(app, 'login', { email, password: 'ångström 🦆'.normalize('NFD') })).status).toBe(200)
  })
})

describe('a mail about a sign-in', () => {
  const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const signIn = ({ email, password }: { email: string; password: string }, userAgent: string) =>
    post(app, 'login', { email, password }, { headers: { 'User-Agent': userAgent } })

  test('comes from a device that was not seen before, and neither the first time nor twice', async () => {
    const account = await givenAccount(app)
    const mails = () => linksTo(app, account.email, 'new-sign-in')
    expect((await signIn(account, AGENT)).status).toBe(200)
    expect((await signIn(account, AGENT.replaceAll('140.0', '141.0'))).status).toBe(200)
    expect(await mails()).toEqual([])
    expect((await signIn(account, 'curl/8.11.0')).status).toBe(200)
    expect((await signIn(account, 'curl/8.12.0')).status).toBe(200)
    expect((await mails()).map(String)).toEqual([`${app.url}/account/security`])
    const [mail] = await app.db.sql<{ text_part: string }>(
      "select text_part from platform.mails where recipient = $1 and kind = 'identity.new-sign-in'",
      [account.email],
    )
    expect(mail?.text_part).toContain('With: curl')
    expect(mail?.text_part).toContain('127.0.0.1')
  })

  test('says nothing of who knew the password and lacked the second factor', async () => {
    const person = await givenPerson(app)
    const { totpUri } = await givenSecondFactor(app, person)
    const { challenge } = (await signIn(person, 'curl/8.11.0')).json<{ challenge: string }>()
    expect(await linksTo(app, person.email, 'new-sign-in')).toEqual([])
    const proof = { challenge, code: codeOf(totpUri, 1) }
    expect((await post(app, '2fa/verify', proof, { headers: { 'User-Agent': AGENT } })).status).toBe(200)
    expect(await linksTo(app, person.email, 'new-sign-in')).toHaveLength(1)
  })
})

describe('sessions', () => {
  test('a refresh token gives the next one, and brought twice it ends the whole family', async () => {
    const first = await givenPerson(app)
    const second = (await post(app, 'refresh', { refreshToken: first.refreshToken })).json<{
      accessToken: string
      refreshToken: string
    }>()
    expect(await statusOf('GET', '/api/v1/me', second.accessToken)).toBe(200)
    const reused = await post(app, 'refresh', { refreshToken: first.refreshToken })
    expect([reused.status, reused.json()['type']]).toEqual([401, '/problems/identity/refresh-refused'])
    expect(await statusOf('GET', '/api/v1/me', second.accessToken)).toBe(401)
    expect((await post(app, 'refresh', { refreshToken: second.refreshToken })).status).toBe(401)
  })

  test('of two who bring one refresh token at once, one gets the next and then nobody has any', async () => {
    const person = await givenPerson(app)
    const replies = await Promise.all([1, 2].map(() => post(app, 'refresh', { refreshToken: person.refreshToken })))
    expect(statusesOf(replies)).toEqual([200, 401])
    expect(await statusOf('GET', '/api/v1/me', person.accessToken)).toBe(401)
  })

  test('whoever logs out is out at the next request, here alone or everywhere', async () => {
    const account = await givenAccount(app)
    const login = async () => (await post(app, 'login', account)).json<{ accessToken: string }>().accessToken
    const [one, two, three] = [await login(), await login(), await login()]
    expect(await statusOf('POST', '/api/v1/auth/logout', one)).toBe(204)
    expect([await statusOf('GET', '/api/v1/me', one), await statusOf('GET', '/api/v1/me', two)]).toEqual([401, 200])
    const { items } = (await app.call('GET', '/api/v1/auth/sessions', { token: two })).json<{
      items: { id: string; isCurrent: boolean }[]
    }>()
    expect(items.map(({ isCurrent }) => isCurrent)).toEqual(expect.arrayContaining([true, false]))
    expect(items).toHaveLength(2)
    const other = items.find(({ isCurrent }) => !isCurrent)?.id ?? ''
    expect(await statusOf('DELETE', `/api/v1/auth/sessions/${other}`, two)).toBe(204)
    expect(await statusOf('DELETE', `/api/v1/auth/sessions/${other}`, two)).toBe(404)
    expect(await statusOf('GET', '/api/v1/me', three)).toBe(401)
    const four = await login()
    expect(await statusOf('DELETE', '/api/v1/auth/sessions', two)).toBe(204)
    expect([await statusOf('GET', '/api/v1/me', two), await statusOf('GET', '/api/v1/me', four)]).toEqual([401, 401])
  })

  test('whoever logs out elsewhere stays in here', async () => {
    const account = await givenAccount(app)
    const login = async () => (await post(app, 'login', account)).json<{ accessToken: string }>().accessToken
    const [here, there] = [await login(), await login()]
    expect(await statusOf('DELETE', '/api/v1/auth/sessions?except=current', here)).toBe(204)
    expect([await statusOf('GET', '/api/v1/me', here), await statusOf('GET', '/api/v1/me', there)]).toEqual([200, 401])
    expect(await statusOf('DELETE', '/api/v1/auth/sessions?except=others', here)).toBe(400)
  })

  test('who signs in again in the same browser leaves no session behind, and a program keeps its own', async () => {
    const account = await givenAccount(app)
    const [first, second] = [await cookieFor(app, account), await cookieFor(app, account)]
    const { accessToken } = (await post(app, 'login', account)).json<{ accessToken: string }>()
    const again = (headers: Record<string, string>) =>
      post(app, 'login', { ...account, hold: 'cookie' }, { headers: { Origin: app.url, ...headers } })
    const reply = await again({ Cookie: first })
    const third = reply.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    await again({ Authorization: `Bearer ${accessToken}` })
    const status = async (Cookie: string) =>
      (await app.call('GET', '/api/v1/me', { token: null, headers: { Cookie } })).status
    expect([await status(first), await status(second), await status(third)]).toEqual([401, 200, 200])
    expect(await statusOf('GET', '/api/v1/me', accessToken)).toBe(200)
  })

  test("nobody ends another's session", async () => {
    const [ada, eve] = [await givenPerson(app), await givenPerson(app)]
    const { items } = (await app.call('GET', '/api/v1/auth/sessions', { token: ada.accessToken })).json<{
      items: { id: string }[]
    }>()
    expect(await statusOf('DELETE', `/api/v1/auth/sessions/${items[0]?.id}`, eve.accessToken)).toBe(404)
    expect(await statusOf('GET', '/api/v1/me', ada.accessToken)).toBe(200)
  })

  test('a page of ours holds a cookie that scripts cannot read and other sites cannot use', async () => {
    const account = await givenAccount(app)
    const reply = await post(app, 'login', { ...account, hold: 'cookie' }, { headers: { Origin: app.url } })
    expect(reply.json()).toEqual({ signedIn: true })
    expect(reply.headers.getSetCookie()[0]).toMatch(
      /^airdate_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const cookie = await cookieFor(app, account)
    const call = (method: string, path: string, headers: Record<string, string>) =>
      app.call(method, path, {
        token: null,
        headers: { Cookie: cookie, ...headers },
        ...(method === 'PATCH' ? { body: { displayName: 'Changed' } } : {}),
      })
    expect((await call('GET', '/api/v1/me', {})).status).toBe(200)
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      {},
      { 'Sec-Fetch-Site': 'cross-site' },
    ] as Record<string, string>[]) {
      const refused = await call('PATCH', '/api/v1/me', headers)
      expect([refused.status, refused.json()['type']]).toEqual([403, '/problems/cross-site-refused'])
    }
    expect((await call('GET', '/api/v1/me', {})).json()['displayName']).toBe('Ada')
    expect((await call('PATCH', '/api/v1/me', { Origin: app.url })).json()['displayName']).toBe('Changed')
  })

  test('a page of somebody else cannot sign a browser in', async () => {
    const account = await givenAccount(app)
    const refused = await post(
      app,
      'login',
      { ...account, hold: 'cookie' },
      { headers: { Origin: 'https://evil.example' } },
    )
    expect(refused.status).toBe(403)
    expect(refused.headers.getSetCookie()).toEqual([])
  })
})

describe('passwords', () => {
  test('who forgot the password sets a new one by mail, once, and every session ends', async () => {
    const person = await givenPerson(app)
    expect((await post(app, 'password/forgot', { email: person.email })).status).toBe(202)
    const token = await tokenFor(app, person.email, 'reset-password')
    expect((await post(app, 'password/reset', { token, newPassword: 'a new password' })).status).toBe(204)
    expect(await statusOf('GET', '/api/v1/me', person.accessToken)).toBe(401)
    expect((await post(app, 'refresh', { refreshToken: person.refreshToken })).status).toBe(401)
    const replay = await post(app, 'password/reset', { token, newPassword: 'yet another one' })
    expect([replay.status, replay.json()['type']]).toEqual([400, '/problems/identity/link-expired'])
    expect((await post(app, 'login', { email: person.email, password: person.password })).status).toBe(401)
    expect((await post(app, 'login', { email: person.email, password: 'a new password' })).status).toBe(200)
  })

  test('A5: a token that expired or was made up changes nothing', async () => {
    const person = await givenPerson(app)
    await post(app, 'password/forgot', { email: person.email })
    const token = await tokenFor(app, person.email, 'reset-password')
    await app.db.sql("update commons.verifications set expires_at = now() - interval '1 second'")
    for (const bad of [token, 'x'.repeat(24), 'reset-password:x'])
      expect((await post(app, 'password/reset', { token: bad, newPassword: 'a new password' })).status).toBe(400)
    expect((await post(app, 'login', { email: person.email, password: person.password })).status).toBe(200)
  })

  test('A4: for an address that nobody has, nothing is said and nothing is sent', async () => {
    const reply = await post(app, 'password/forgot', { email: 'nobody.here@example.org' })
    const known = await post(app, 'password/forgot', { email: (await givenAccount(app)).email })
    expect([reply.status, reply.json()]).toEqual([known.status, known.json()])
    expect(await linksTo(app, 'nobody.here@example.org', 'reset-password')).toEqual([])
  })

  test.each([
    'http://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/a\nb',
    'https://localhost:1',
    '/.//evil.example',
  ])('A7: nobody is led to %j', async (redirectTo) => {
    const reply = await post(app, 'password/forgot', { email: 'owner@example.org', redirectTo })
    expect([reply.status, reply.json()['type']]).toEqual([403, '/problems/identity/redirect-refused'])
  })

  test('a page of ours is named in the mail, as a path and escaped', async () => {
    const { email } = await givenAccount(app)
    for (const [count, redirectTo, led] of [
      [1, '/watch/1?a=b&c=%26#é', '/watch/1?a=b&c=%26#%C3%A9'],
      [2, `${app.url}/account`, '/account'],
    ] as const) {
      expect((await post(app, 'password/forgot', { email, redirectTo })).status).toBe(202)
      await tokenFor(app, email, 'reset-password', count)
      const [link] = await linksTo(app, email, 'reset-password')
      expect(link?.searchParams.get('redirectTo')).toBe(led)
    }
    const long = await post(app, 'password/forgot', { email, redirectTo: `/${'é'.repeat(500)}` })
    expect([long.status, long.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer]).toEqual([
      400,
      '/redirectTo',
    ])
  })

  test('what everybody tries first is refused wherever a password is chosen, and nothing else is asked', async () => {
    const refused = async (asked: Promise<Reply>) => {
      const reply = await asked
      expect([reply.status, reply.json()['type']]).toEqual([422, '/problems/identity/guessable-password'])
    }
    const email = `grace.hopper@${newId()}.example.org`
    const register = (password: string) => post(app, 'register', { email, password, displayName: 'Grace Hopper' })
    for (const password of ['password1', 'PassWord1', '1q2w3e4r5t', 'Airdate-2026!', 'Hopper1906', 'grace.hopper1'])
      await refused(register(password))
    expect((await register('airdate makes 1 wish')).status).toBe(202)
    await post(app, 'verify-email', { token: await tokenFor(app, email, 'verify-email') })
    await post(app, 'password/forgot', { email })
    const token = await tokenFor(app, email, 'reset-password')
    for (const newPassword of ['sunshine1', '19grace06'])
      await refused(post(app, 'password/reset', { token, newPassword }))
    expect((await post(app, 'password/reset', { token, newPassword: 'a new password' })).status).toBe(204)
    const login = await post(app, 'login', { email, password: 'a new password' })
    const { accessToken } = login.json<{ accessToken: string }>()
    for (const newPassword of ['iloveyou1', 'HOPPER!!!'])
      await refused(post(app, 'password', { currentPassword: 'a new password', newPassword }, { token: accessToken }))
  })

  test('whoever changes the password stays in, and everybody else is out', async () => {
    const person = await givenPerson(app)
    const other = (await post(app, 'login', { email: person.email, password: person.password })).json<{
      accessToken: string
    }>()
    const change = (currentPassword: string) =>
      post(app, 'password', { currentPassword, newPassword: 'a new password' }, { token: person.accessToken })
    expect((await change('not the password')).status).toBe(403)
    expect(await statusOf('GET', '/api/v1/me', other.accessToken)).toBe(200)
    expect((await change(person.password)).status).toBe(204)
    expect([
      await statusOf('GET', '/api/v1/me', person.accessToken),
      await statusOf('GET', '/api/v1/me', other.accessToken),
    ]).toEqual([200, 401])
    expect(await linksTo(app, person.email, 'password-changed')).toHaveLength(1)
  })

  test('an API key is no way to change how its person signs in', async () => {
    const reply = await post(
      app,
      'password',
      { currentPassword: 'a long password', newPassword: 'a new password' },
      { token: app.token },
    )
    expect([reply.status, reply.json()['type']]).toEqual([403, '/problems/identity/session-needed'])
  })

  test('the account moves to another address when that was confirmed, and the old one is told', async () => {
    const person = await givenPerson(app)
    const newEmail = `moved-${person.email}`
    const token = person.accessToken
    expect((await post(app, 'email', { newEmail, password: 'not the password' }, { token })).status).toBe(403)
    expect((await post(app, 'email', { newEmail, password: person.password }, { token })).status).toBe(202)
    expect((await post(app, 'login', { email: newEmail, password: person.password })).status).toBe(401)
    expect((await post(app, 'verify-email', { token: await tokenFor(app, newEmail, 'verify-email') })).status).toBe(204)
    expect((await post(app, 'login', { email: newEmail, password: person.password })).status).toBe(200)
    expect((await actionsOf(token)).slice(0, 3)).toEqual([
      ...['person.signed-in', 'person.email-verified', 'person.email-changed'],
    ])
    expect((await post(app, 'login', { email: person.email, password: person.password })).status).toBe(401)
    expect(
      await app.db.sql("select 1 from platform.mails where recipient = $1 and kind = 'identity.email-changed'", [
        person.email,
      ]),
    ).toHaveLength(1)
  })

  test('an address that somebody has is not taken from them', async () => {
    const [ada, eve] = [await givenPerson(app), await givenPerson(app)]
    const body = { newEmail: ada.email, password: eve.password }
    expect((await post(app, 'email', body, { token: eve.accessToken })).status).toBe(202)
    expect(await linksTo(app, ada.email, 'verify-email')).toHaveLength(1)
  })
})

describe('the second factor', () => {
  test('once it is set up, the password alone opens nothing but the question for the code', async () => {
    const person = await givenPerson(app)
    const { totpUri } = await givenSecondFactor(app, person)
    const first = (await post(app, 'login', { email: person.email, password: person.password })).json<{
      challenge: string
    }>()
    expect(first).toEqual({ twoFactorRequired: true, challenge: expect.any(String) as string })
    expect((await app.call('GET', '/api/v1/me', { token: first.challenge })).status).toBe(401)
    const wrong = await post(app, '2fa/verify', { challenge: first.challenge, code: '000000' })
    expect([wrong.status, wrong.json()['type']]).toEqual([401, '/problems/identity/wrong-code'])
    const code = codeOf(totpUri, 1)
    const done = await post(app, '2fa/verify', { challenge: first.challenge, code })
    expect(await statusOf('GET', '/api/v1/me', done.json<{ accessToken: string }>().accessToken)).toBe(200)
    expect((await post(app, '2fa/verify', { challenge: first.challenge, code: codeOf(totpUri) })).status).toBe(401)
  })

  test('set up twice at once, it is set up once', async () => {
    const person = await givenPerson(app)
    const begin = () => post(app, '2fa', { password: person.password }, { token: person.accessToken })
    expect(statusesOf(await Promise.all([begin(), begin(), begin()]))).toEqual([200, 200, 200])
    expect(
      await app.db.sql(
        'select 1 from commons.two_factors where user_id = (select id from commons.users where email = $1)',
        [person.email],
      ),
    ).toHaveLength(1)
  })

  test('A8: a code is good for one sign-in', async () => {
    const person = await givenPerson(app)
    const { totpUri } = await givenSecondFactor(app, person)
    const challenge = async () =>
      (await post(app, 'login', { email: person.email, password: person.password })).json<{ challenge: string }>()
        .challenge
    const challenges = [await challenge(), await challenge()]
    const code = codeOf(totpUri, 1)
    const replies = await Promise.all(challenges.map((one) => post(app, '2fa/verify', { challenge: one, code })))
    expect(statusesOf(replies)).toEqual([200, 401])
    expect((await post(app, '2fa/verify', { challenge: await challenge(), code })).status).toBe(401)
  })

  test('A8: of two who use one backup code at once, one gets in', async () => {
    const person = await givenPerson(app)
    const { backupCodes } = await givenSecondFactor(app, person)
    const challenge = async () =>
      (await post(app, 'login', { email: person.email, password: person.password })).json<{ challenge: string }>()
        .challenge
    const challenges = [await challenge(), await challenge()]
    const replies = await Promise.all(
      challenges.map((one) => post(app, '2fa/verify', { challenge: one, backupCode: backupCodes[0] })),
    )
    expect(statusesOf(replies)).toEqual([200, 401])
  })

  test('A8: after ten wrong codes the right one is refused too', async () => {
    const person = await givenPerson(app)
    const { totpUri } = await givenSecondFactor(app, person)
    const login = async () =>
      (await post(app, 'login', { email: person.email, password: person.password })).json<{ challenge: string }>()
        .challenge
    let challenge = await login()
    for (let wrong = 0; wrong < 10; wrong += 1) {
      if (wrong % 4 === 0) challenge = await login()
      expect((await post(app, '2fa/verify', { challenge, code: '000000' })).status).toBe(401)
    }
    const right = await post(app, '2fa/verify', { challenge: await login(), code: codeOf(totpUri, 1) })
    expect([right.status, right.json()['type']]).toEqual([429, '/problems/identity/second-factor-locked'])
  })

  test('it is removed by whoever knows the password, and new backup codes end the old ones', async () => {
    const person = await givenPerson(app)
    const { backupCodes } = await givenSecondFactor(app, person)
    const token = person.accessToken
    const made = await post(app, '2fa/backup-codes', { password: person.password }, { token })
    expect(made.json<{ backupCodes: string[] }>().backupCodes).toHaveLength(10)
    const { challenge } = (await post(app, 'login', { email: person.email, password: person.password })).json<{
      challenge: string
    }>()
    expect((await post(app, '2fa/verify', { challenge, backupCode: backupCodes[0] })).status).toBe(401)
    expect((await post(app, '2fa/remove', { password: 'not the password' }, { token })).status).toBe(403)
    expect((await post(app, '2fa/remove', { password: person.password }, { token })).status).toBe(204)
    expect((await post(app, 'login', { email: person.email, password: person.password })).json()).toHaveProperty(
      'accessToken',
    )
  })
})
