import { type JWTPayload, SignJWT, UnsecuredJWT, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import {
  PASSWORD,
  codeOf,
  cookieFor,
  givenAccount,
  givenPerson,
  givenSecondFactor,
  linksTo,
  post,
} from '../../server/commons/accounts/fixtures/people.ts'
import { CLIENT_ID, type Kind, OWN_TENANT, ProviderDouble, type Somebody } from '../doubles/oidc/double.ts'
import { type Reply, type TestApp, testApp } from '../support/app.ts'
import { openCanary } from '../support/attacks.ts'
import { Jar, type Step, make, wander } from '../support/wander.ts'

const KINDS = ['google', 'apple', 'github', 'microsoft'] as const
const OAUTH = '/api/v1/auth/oauth'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

let doubles: Record<Kind, ProviderDouble>
let app: TestApp
beforeAll(async () => {
  const opened = await Promise.all(KINDS.map((kind) => ProviderDouble.open(kind)))
  doubles = Object.fromEntries(opened.map((double) => [double.kind, double])) as typeof doubles
  app = await testApp({ settings: Object.assign({}, ...opened.map(({ settings }) => settings)) as never })
  await Promise.all(opened.map((double) => double.knows(callbackOf(double.kind))))
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  for (const double of Object.values(doubles)) await double[Symbol.asyncDispose]()
})

const callbackOf = (kind: Kind): string => `${app.url}${OAUTH}/${kind}/callback`

let count = 0
/** Somebody who was never here, with an address that the provider vouches for in its own way. */
function givenSomebody(kind: Kind, { email = `${newId()}@example.org`, isVouchedFor = true } = {}): Somebody {
  count += 1
  const subject = String(1000 + count)
  switch (kind) {
    case 'google':
      return { subject, claims: { email, email_verified: isVouchedFor, name: 'Ada Lovelace' } }
    case 'apple':
      return {
        ...{ subject, claims: { email, email_verified: String(isVouchedFor), is_private_email: 'true' } },
        appleUser: { name: { firstName: 'Ada', lastName: 'Lovelace' }, email },
      }
    case 'github':
      return {
        ...{ subject, claims: { login: 'ada', name: 'Ada Lovelace', email: null } },
        addresses: [
          { email: 'other@example.org', primary: false, verified: true },
          { email, primary: true, verified: isVouchedFor },
        ],
      }
    case 'microsoft':
      return {
        subject,
        claims: { email, name: 'Ada Lovelace', tid: OWN_TENANT, ...(isVouchedFor ? { xms_edov: 1 } : {}) },
      }
  }
}

/** Presses the button on our page. Returns where it leads; what the browser keeps is in `jar`. */
async function depart(kind: Kind, jar: Jar, body: object = {}): Promise<string> {
  const reply = await post(app, `oauth/${kind}`, body, { headers: { Origin: app.url } })
  expect(reply.status, reply.bytes.toString()).toBe(200)
  jar.keep(new URL(app.url), new Response(null, { headers: reply.headers }))
  return reply.json<{ authorizationUrl: string }>().authorizationUrl
}

const isOurs = ({ url }: Step): boolean => url.origin === app.url
const isPage = (step: Step): boolean => isOurs(step) && !step.url.pathname.startsWith(OAUTH)

/** Signs somebody in by a provider. Returns the page that is shown at the end. */
async function arrive(
  kind: Kind,
  person: Somebody,
  { jar = new Jar(), body = {} } = {},
): Promise<{ page: URL; jar: Jar }> {
  doubles[kind].person = person
  const { url: page } = await wander(await depart(kind, jar, body), jar, isPage)
  return { page, jar }
}

/** Goes as far as to the door and does not knock. */
async function comeUp(kind: Kind, person: Somebody, jar: Jar): Promise<Step> {
  doubles[kind].person = person
  return wander(await depart(kind, jar), jar, isOurs)
}

async function me(jar: Jar): Promise<Reply> {
  return app.call('GET', '/api/v1/me', { token: null, headers: { Cookie: jar.headerFor(new URL(app.url)) } })
}

const problemOf = (page: URL): string | null => page.searchParams.get('problem')
const emailOf = ({ claims, addresses }: Somebody): string =>
  addresses?.find(({ primary }) => primary)?.email ?? (claims['email'] as string)

const accountsOf = (email: string) =>
  app.db.sql<{ provider_id: string; account_id: string; grants: number }>(
    `select provider_id, account_id, num_nonnulls(access_token, refresh_token, id_token) as grants
     from commons.accounts a join commons.users u on u.id = a.user_id where u.email = $1 order by provider_id`,
    [email],
  )
const auditOf = async (email: string): Promise<string[]> => {
  const rows = await app.db.sql<{ action: string }>(
    `select action from commons.audit_entries l join commons.users u on u.id = l.person_id where u.email = $1 order by l.id`,
    [email],
  )
  return rows.map(({ action }) => action)
}

describe.each(KINDS)('%s', (kind) => {
  test('lets a newcomer in, with the name and the address that it knows, and nothing of its grants is kept', async () => {
    const somebody = givenSomebody(kind)
    const { page, jar } = await arrive(kind, somebody)
    expect(page.href).toBe(`${app.url}/account`)
    const answer = await me(jar)
    expect(answer.json()).toMatchObject({
      ...{ email: emailOf(somebody), displayName: 'Ada Lovelace', emailVerified: true, role: 'owner' },
    })
    expect(await accountsOf(emailOf(somebody))).toEqual([
      { provider_id: kind, account_id: somebody.subject, grants: 0 },
    ])
    expect(await auditOf(emailOf(somebody))).toEqual(['person.registered', 'person.provider-added', 'person.signed-in'])
  })

  test('lets them into the same account again, whatever address they have by now', async () => {
    const somebody = givenSomebody(kind)
    await arrive(kind, somebody)
    const moved = givenSomebody(kind, { isVouchedFor: false })
    const { page, jar } = await arrive(kind, { ...moved, subject: somebody.subject })
    expect(problemOf(page)).toBeNull()
    expect((await me(jar)).json()).toMatchObject({ email: emailOf(somebody) })
  })

  test('is a way into the account of an address that both know to be theirs, and a mail tells of it', async () => {
    const { email } = await givenAccount(app)
    const { jar } = await arrive(kind, givenSomebody(kind, { email: email.toUpperCase() }))
    expect((await me(jar)).json()).toMatchObject({ email, displayName: 'Ada' })
    expect((await accountsOf(email)).map(({ provider_id: id }) => id)).toEqual(['credential', kind].toSorted())
    expect(await linksTo(app, email, 'two-factor-changed')).toHaveLength(1)
  })

  test('lets nobody into the account of an address that it does not vouch for', async () => {
    const { email } = await givenAccount(app)
    const { page, jar } = await arrive(kind, givenSomebody(kind, { email, isVouchedFor: false }))
    expect(problemOf(page)).toBe('identity/account-not-linked')
    expect((await me(jar)).status).toBe(401)
    expect((await accountsOf(email)).map(({ provider_id: id }) => id)).toEqual(['credential'])
  })

  test('makes no account for an address that it does not vouch for: it could wait there for its owner', async () => {
    const somebody = givenSomebody(kind, { isVouchedFor: false })
    const { page, jar } = await arrive(kind, somebody)
    expect(problemOf(page)).toBe('identity/address-unvouched')
    expect((await me(jar)).status).toBe(401)
    expect(await accountsOf(emailOf(somebody))).toEqual([])
    expect(await app.db.sql('select 1 from commons.users where email = $1', [emailOf(somebody)])).toEqual([])
  })
})

test('who has not confirmed the address of their account here is not let in by way of a provider', async () => {
  const email = `${newId()}@example.org`
  await post(app, 'register', { email, password: PASSWORD, displayName: 'Eve' })
  const { page, jar } = await arrive('google', givenSomebody('google', { email }))
  expect(problemOf(page)).toBe('identity/account-not-linked')
  expect((await me(jar)).status).toBe(401)
})

test('who has a second factor is asked for it, and comes in with it', async () => {
  const person = await givenPerson(app)
  const { totpUri } = await givenSecondFactor(app, person)
  const { page, jar } = await arrive('google', givenSomebody('google', { email: person.email }))
  expect((await me(jar)).status).toBe(401)
  const challenge = new URLSearchParams(page.hash.slice(1)).get('challenge')
  const body = { challenge, code: codeOf(totpUri, 1), hold: 'cookie' }
  const reply = await post(app, '2fa/verify', body, { headers: { Origin: app.url } })
  expect(reply.json()).toEqual({ signedIn: true })
  const [session] = await app.db.sql(
    'select method from commons.sessions s join commons.users u on u.id = s.user_id where u.email = $1 order by s.id desc',
    [person.email],
  )
  expect(session).toEqual({ method: 'oauth' })
})

test('who comes in once more in the same browser leaves no session behind', async () => {
  const somebody = givenSomebody('google')
  const { jar } = await arrive('google', somebody)
  const before = jar.copy()
  await arrive('google', somebody, { jar })
  expect([(await me(before)).status, (await me(jar)).status]).toEqual([401, 200])
})

test('who is banned is not let in', async () => {
  const somebody = givenSomebody('google')
  await arrive('google', somebody)
  await app.db.sql('update commons.users set banned_at = now() where email = $1', [emailOf(somebody)])
  const { page, jar } = await arrive('google', somebody)
  expect(problemOf(page)).toBe('identity/banned')
  expect((await me(jar)).status).toBe(401)
})

describe('a coming back that is not of a going there', () => {
  const lost = 'identity/provider-state-lost'
  const end = async (step: Step, jar: Jar): Promise<string | null> =>
    problemOf((await wander(step.url.href, jar, isPage)).url)

  test('is refused without the state, with another, and in another browser', async () => {
    const jar = new Jar()
    const step = await comeUp('google', givenSomebody('google'), jar)
    const without = new URL(step.url)
    without.searchParams.delete('state')
    expect(await end({ ...step, url: without }, jar.copy())).toBe(lost)
    const other = new URL(step.url)
    other.searchParams.set('state', 'x'.repeat(32))
    expect(await end({ ...step, url: other }, jar.copy())).toBe(lost)
    expect(await end(step, new Jar())).toBe(lost)
  })

  test('is refused with the state of a stranger who lured somebody to their own account', async () => {
    const theirs = await comeUp('google', givenSomebody('google'), new Jar())
    const victim = new Jar()
    await comeUp('google', givenSomebody('google'), victim)
    expect(await end(theirs, victim)).toBe(lost)
    expect((await me(victim)).status).toBe(401)
  })

  test('is refused the second time, and so is its code with another state', async () => {
    const jar = new Jar()
    const step = await comeUp('google', givenSomebody('google'), jar)
    const before = jar.copy()
    await make(step, jar)
    expect((await me(jar)).status).toBe(200)
    expect(await end(step, before)).toBe(lost)
    const fresh = new Jar()
    const again = await comeUp('google', givenSomebody('google'), fresh)
    again.url.searchParams.set('code', step.url.searchParams.get('code') ?? '')
    expect(await end(again, fresh)).toBe('identity/provider-refused')
  })

  test('of two at the same moment lets one in', async () => {
    const jar = new Jar()
    const step = await comeUp('google', givenSomebody('google'), jar)
    const [one, two] = [jar.copy(), jar.copy()]
    await Promise.all([make(step, one), make(step, two)])
    const statuses = (await Promise.all([me(one), me(two)])).map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401])
  })
})

describe('a provider that does not do what it should', () => {
  test('is told as away when it does not describe itself, and asked anew the next time', async () => {
    const double = await ProviderDouble.open('google')
    const beside = await testApp({ settings: double.settings })
    try {
      await double.knows(`${beside.url}${OAUTH}/google/callback`)
      double.misbehave({ at: '/openid-configuration', status: 500 })
      const begin = () => post(beside, 'oauth/google', {}, { headers: { Origin: beside.url } })
      const first = await begin()
      expect(first.status).toBe(503)
      expect(first.headers.get('Retry-After')).toBe('60')
      expect(first.json()).toMatchObject({ type: '/problems/identity/provider-unreachable' })
      expect((await begin()).status).toBe(200)
    } finally {
      await beside[Symbol.asyncDispose]()
      await double[Symbol.asyncDispose]()
    }
  })

  test.each([
    { fault: { at: '/token', status: 500 }, problem: 'identity/provider-unreachable' },
    { fault: { at: '/token', drop: true }, problem: 'identity/provider-unreachable' },
    { fault: { at: '/token', status: 200, body: 'no json' }, problem: 'identity/provider-refused' },
    { fault: { at: '/token', status: 200, body: '{"access_token":"x"}' }, problem: 'identity/provider-refused' },
    { fault: { at: 'authorize', error: 'access_denied' }, problem: 'identity/provider-cancelled' },
    { fault: { at: 'authorize', error: '<script>' }, problem: 'identity/provider-refused' },
  ] as const)('leads to a page that says so: $fault', async ({ fault, problem }) => {
    doubles.google.misbehave(fault)
    const { page, jar } = await arrive('google', givenSomebody('google'))
    expect(problemOf(page)).toBe(problem)
    expect((await me(jar)).status).toBe(401)
  })

  describe('is not believed', () => {
    /** Signs somebody in by Google with an id token that says what `claimsOf` makes of what it should say. */
    async function arriveWith(
      claimsOf: (right: JWTPayload) => JWTPayload,
      sign = (claims: JWTPayload) => doubles.google.sign(claims),
    ) {
      const jar = new Jar()
      const authorizationUrl = await depart('google', jar)
      const iat = Math.floor(Date.now() / 1000)
      const right = {
        ...{ iss: doubles.google.url, aud: CLIENT_ID, sub: newId(), iat, exp: iat + 300 },
        nonce: new URL(authorizationUrl).searchParams.get('nonce') ?? '',
        ...{ email: `${newId()}@example.org`, email_verified: true, name: 'Ada' },
      }
      const token = { access_token: 'x', token_type: 'Bearer', id_token: await sign(claimsOf(right)) }
      doubles.google.misbehave({ at: '/token', status: 200, body: JSON.stringify(token) })
      doubles.google.person = givenSomebody('google')
      return problemOf((await wander(authorizationUrl, jar, isPage)).url)
    }

    test('unless its token says what it should', async () => {
      expect(await arriveWith((right) => right)).toBeNull()
    })

    test.each([
      ['for another client', { aud: 'somebody.else' }],
      ['of another issuer', { iss: 'https://issuer.example' }],
      ['that has ended', { exp: 1 }],
      ['of another going there', { nonce: 'of-another' }],
      ['of no going there at all', { nonce: '' }],
      ['of nobody', { sub: '' }],
    ])('for a token %s', async (_, fault) => {
      expect(await arriveWith((right) => ({ ...right, ...fault }))).toBe('identity/provider-refused')
    })

    test('for a token that it did not sign, or nobody', async () => {
      const { privateKey } = await generateKeyPair('RS256')
      const byAnother = (claims: JWTPayload) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'double' }).sign(privateKey)
      const byNobody = async (claims: JWTPayload) => new UnsecuredJWT(claims).encode()
      for (const sign of [byAnother, byNobody])
        expect(await arriveWith((right) => right, sign)).toBe('identity/provider-refused')
    })
  })

  test('is not followed to where it says that tokens are now', async () => {
    await using canary = await openCanary()
    doubles.google.misbehave({ at: '/token', status: 307, location: canary.url })
    await arrive('google', givenSomebody('google'))
    expect(canary.hits).toEqual([])
  })
})

test('the same name at another provider is another person', async () => {
  const [one, other] = [givenSomebody('google'), givenSomebody('microsoft')]
  await arrive('google', one)
  const { jar } = await arrive('microsoft', { ...other, subject: one.subject })
  expect((await me(jar)).json()).toMatchObject({ email: emailOf(other) })
})

test('what was begun with one provider is not ended with another', async () => {
  const jar = new Jar()
  const step = await comeUp('google', givenSomebody('google'), jar)
  const address = step.url.href.replace('/google/', '/github/')
  expect(problemOf((await wander(address, jar, isPage)).url)).toBe('identity/provider-state-lost')
})

test('Apple’s form comes without cookies of ours and leads on to where they are', async () => {
  const step = await comeUp('apple', givenSomebody('apple'), new Jar())
  expect(step.method).toBe('POST')
  const reply = await make(step, new Jar())
  expect(reply.status).toBe(303)
  expect(reply.headers.get('Location')).toMatch(new RegExp(`^${OAUTH}/apple/callback\\?code=`))
  expect(reply.headers.getSetCookie()).toEqual([])
})

test('of GitHub’s addresses the first is meant, and only when it is confirmed there', async () => {
  const somebody = givenSomebody('github', { isVouchedFor: false })
  const { page } = await arrive('github', somebody)
  expect(problemOf(page)).toBe('identity/address-unvouched')
  expect(doubles.github.asked).toContain('GET /api/user/emails')
})

test('GitHub’s errors are errors, although it calls them 200', async () => {
  doubles.github.misbehave({ at: '/access_token', status: 200, body: '{"error":"bad_verification_code"}' })
  const { page } = await arrive('github', givenSomebody('github'))
  expect(problemOf(page)).toBe('identity/provider-refused')
})

test('an address that the administrator of some tenant wrote is nobody’s, and that of a personal account is', async () => {
  const { email } = await givenAccount(app)
  const { page } = await arrive('microsoft', givenSomebody('microsoft', { email, isVouchedFor: false }))
  expect(problemOf(page)).toBe('identity/account-not-linked')
  try {
    await doubles.microsoft.knows(callbackOf('microsoft'), CONSUMERS)
    const { claims, ...somebody } = givenSomebody('microsoft', { email, isVouchedFor: false })
    const personal = await arrive('microsoft', { ...somebody, claims: { ...claims, tid: CONSUMERS } })
    expect((await me(personal.jar)).json()).toMatchObject({ email })
  } finally {
    await doubles.microsoft.knows(callbackOf('microsoft'))
  }
})

test('a token of one of Microsoft’s tenants that says it is of another is not believed', async () => {
  const { claims, ...somebody } = givenSomebody('microsoft')
  const { page } = await arrive('microsoft', { ...somebody, claims: { ...claims, tid: CONSUMERS } })
  expect(problemOf(page)).toBe('identity/provider-refused')
})

test('people come back to the page that they left, and to no page of others', async () => {
  const { page } = await arrive('google', givenSomebody('google'), { body: { redirectTo: '/watch/1?t=2' } })
  expect(page.href).toBe(`${app.url}/watch/1?t=2`)
  const reply = await post(
    app,
    'oauth/google',
    { redirectTo: 'https://evil.example/' },
    { headers: { Origin: app.url } },
  )
  expect(reply.status).toBe(403)
  const jar = new Jar()
  const step = await comeUp('google', givenSomebody('google'), jar)
  const { state } = JSON.parse(
    Buffer.from(jar.of(app.url, 'airdate_oauth_google') ?? '', 'base64url').toString(),
  ) as object & {
    state: string
  }
  const kept = Buffer.from(JSON.stringify({ state, page: '//evil.example/' })).toString('base64url')
  jar.keep(new URL(app.url), new Response(null, { headers: { 'Set-Cookie': `airdate_oauth_google=${kept}; Path=/` } }))
  expect((await wander(step.url.href, jar, isPage)).url.href).toBe(`${app.url}/account`)
})

test('a page of somebody else sends nobody to a provider', async () => {
  const reply = await post(app, 'oauth/google', {}, { headers: { Origin: 'https://evil.example' } })
  expect(reply.status).toBe(403)
  expect(reply.headers.getSetCookie()).toEqual([])
})

describe('ways into one’s account', () => {
  async function link(kind: Kind, account: { email: string; password: string }, person: Somebody): Promise<URL> {
    doubles[kind].person = person
    const jar = new Jar()
    const cookie = await cookieFor(app, account)
    const reply = await post(
      app,
      `oauth/${kind}/link`,
      { password: account.password },
      { headers: { Origin: app.url, Cookie: cookie } },
    )
    expect(reply.status, reply.bytes.toString()).toBe(200)
    jar.keep(new URL(app.url), new Response(null, { headers: reply.headers }))
    return (await wander(reply.json<{ authorizationUrl: string }>().authorizationUrl, jar, isPage)).url
  }
  const linkedTo = async (token: string): Promise<string[]> => {
    const reply = await app.call('GET', `${OAUTH}/linked`, { token })
    return reply.json<{ items: { provider: string }[] }>().items.map(({ provider }) => provider)
  }

  test('are listed, and added by who proves once more who they are', async () => {
    const person = await givenPerson(app)
    expect(await linkedTo(person.accessToken)).toEqual([])
    const refused = await post(app, 'oauth/google/link', { password: 'wrong password' }, { token: person.accessToken })
    expect(refused.status).toBe(403)
    const page = await link('google', person, givenSomebody('google', { email: person.email }))
    expect(page.href).toBe(`${app.url}/account`)
    expect(await linkedTo(person.accessToken)).toEqual(['google'])
    expect(await auditOf(person.email)).toContain('person.provider-added')
  })

  test('are none where the provider knows another address, does not vouch for it, or opens another account', async () => {
    const person = await givenPerson(app)
    expect(problemOf(await link('google', person, givenSomebody('google')))).toBe('identity/other-address')
    const { email } = person
    const unvouched = givenSomebody('google', { email, isVouchedFor: false })
    expect(problemOf(await link('google', person, unvouched))).toBe('identity/address-unvouched')
    const somebody = givenSomebody('google')
    await arrive('google', somebody)
    const same = givenSomebody('google', { email })
    expect(problemOf(await link('google', person, { ...same, subject: somebody.subject }))).toBe(
      'identity/linked-elsewhere',
    )
    expect(await linkedTo(person.accessToken)).toEqual([])
  })

  test('are taken away again, but not the last', async () => {
    const person = await givenPerson(app)
    await link('github', person, givenSomebody('github', { email: person.email }))
    const gone = (password?: string) => post(app, 'oauth/github/unlink', { password }, { token: person.accessToken })
    expect((await gone('wrong password')).status).toBe(403)
    expect((await gone(person.password)).status).toBe(204)
    expect((await gone(person.password)).status).toBe(404)
    expect(await auditOf(person.email)).toContain('person.provider-removed')
    const { jar } = await arrive('google', givenSomebody('google'))
    const headers = { Cookie: jar.headerFor(new URL(app.url)), Origin: app.url }
    const last = await post(app, 'oauth/google/unlink', {}, { headers })
    expect(last.json()).toMatchObject({ type: '/problems/identity/last-way-in' })
  })
})

test('only providers that are set up are offered, and others are not there', async () => {
  const reply = await app.call('GET', OAUTH, { token: null })
  expect(reply.json()).toEqual({
    items: [
      { provider: 'google', name: 'Google' },
      { provider: 'apple', name: 'Apple' },
      { provider: 'github', name: 'GitHub' },
      { provider: 'microsoft', name: 'Microsoft' },
    ],
    nextCursor: null,
  })
  expect((await post(app, 'oauth/facebook', {}, { headers: { Origin: app.url } })).status).toBe(400)
})
