import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Person,
  codeOf,
  givenPerson,
  givenSecondFactor,
  post,
} from '../../server/commons/accounts/fixtures/people.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type TestBrowser, openBrowser } from '../support/browser.ts'

let app: TestApp
let browser: TestBrowser
let page: Page
let session: CDPSession
beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  ;({ page } = await browser.page())
  // WebAuthn knows hosts by name, so the page is that of `localhost`; its policy lets no script of ours in.
  session = await browser.context.newCDPSession(page)
  await session.send('Page.setBypassCSP', { enabled: true })
  await session.send('WebAuthn.enable')
  await page.goto(`http://localhost:${new URL(app.url).port}/livez`)
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

/** An empty authenticator in the browser, for as long as a test lasts. */
async function openAuthenticator(): Promise<AsyncDisposable> {
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
  return {
    [Symbol.asyncDispose]: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A call that the page makes with its cookies. */
function call(method: string, path: string, body?: object): Promise<Answer> {
  return page.evaluate(
    async (asked) => {
      const json = { 'Content-Type': 'application/json' }
      const sent = asked.body === null ? {} : { headers: json, body: JSON.stringify(asked.body) }
      const reply = await fetch(asked.path, { method: asked.method, ...sent })
      const text = await reply.text()
      return { status: reply.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
    },
    { method, path, body: body ?? null },
  )
}

const PASSKEYS = '/api/v1/auth/passkeys'

// In text: the types of browsers are not those of servers.
const ANSWER = {
  create: 'navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })',
  get: 'navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })',
}

/** What the browser's authenticator answers to options of ours, in the standard's own JSON. */
function answerTo(kind: keyof typeof ANSWER, options: object): Promise<object> {
  const given = JSON.stringify(options)
  return page.evaluate(`(async (options) => (await ${ANSWER[kind]}).toJSON())(${given})`)
}

async function addPasskey(person: Person): Promise<Answer> {
  const { email, password } = person
  expect((await call('POST', '/api/v1/auth/login', { email, password, hold: 'cookie' })).body).toEqual({
    signedIn: true,
  })
  const begun = await call('POST', `${PASSKEYS}/options`, { password })
  const { ceremony, options } = begun.body as { ceremony: string; options: object }
  const response = await answerTo('create', options)
  return call('POST', PASSKEYS, { ceremony, name: 'This browser', response })
}

async function signIn(): Promise<Answer> {
  const { ceremony, options } = (await call('POST', `${PASSKEYS}/login/options`)).body as {
    ceremony: string
    options: object
  }
  const response = await answerTo('get', options)
  return call('POST', `${PASSKEYS}/login`, { ceremony, response, hold: 'cookie' })
}

test('somebody adds a passkey in a browser, logs out, and comes back by it', async () => {
  await using _authenticator = await openAuthenticator()
  const person = await givenPerson(app)
  const added = await addPasskey(person)
  expect([added.status, added.body['name']]).toEqual([201, 'This browser'])
  expect((await call('POST', '/api/v1/auth/logout')).status).toBe(204)
  expect((await call('GET', '/api/v1/me')).status).toBe(401)
  expect((await signIn()).body).toEqual({ signedIn: true })
  expect((await call('GET', '/api/v1/me')).body['email']).toBe(person.email)
  const { items } = (await call('GET', '/api/v1/auth/sessions')).body as {
    items: { method: string; isCurrent: boolean }[]
  }
  expect(items.find(({ isCurrent }) => isCurrent)?.method).toBe('passkey')
  const remove = (proof: object) => call('POST', `${PASSKEYS}/${added.body['id'] as string}/remove`, proof)
  for (const proof of [{}, { password: 'not the password' }])
    expect((await remove(proof)).body['type']).toBe('/problems/identity/wrong-password')
  expect((await remove({ password: person.password })).status).toBe(204)
  expect((await call('POST', '/api/v1/auth/logout')).status).toBe(204)
  expect((await signIn()).body['type']).toBe('/problems/identity/passkey-refused')
})

test('who has a second factor is asked for it behind a passkey too', async () => {
  await using _authenticator = await openAuthenticator()
  const person = await givenPerson(app)
  const { totpUri } = await givenSecondFactor(app, person)
  const { email, password } = person
  const first = (await post(app, 'login', { email, password })).json<{ challenge: string }>()
  const verified = { challenge: first.challenge, code: codeOf(totpUri, 1), hold: 'cookie' }
  expect((await call('POST', '/api/v1/auth/2fa/verify', verified)).body).toEqual({ signedIn: true })
  const begun = await call('POST', `${PASSKEYS}/options`, { password })
  const { ceremony, options } = begun.body as { ceremony: string; options: object }
  const response = await answerTo('create', options)
  expect((await call('POST', PASSKEYS, { ceremony, name: 'This browser', response })).status).toBe(201)
  expect((await call('POST', '/api/v1/auth/logout')).status).toBe(204)
  const asked = await signIn()
  expect(asked.body).toEqual({ twoFactorRequired: true, challenge: expect.any(String) as string })
  expect((await call('GET', '/api/v1/me')).status).toBe(401)
})
