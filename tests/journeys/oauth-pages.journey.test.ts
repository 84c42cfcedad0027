import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { codeOf, givenAccount, givenPerson, givenSecondFactor } from '../../server/commons/accounts/fixtures/people.ts'
import { ProviderDouble } from '../doubles/oidc/double.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type TestBrowser, openBrowser } from '../support/browser.ts'

let app: TestApp
let google: ProviderDouble
let apple: ProviderDouble
let browser: TestBrowser
let complaints: readonly string[]
let page: Page
const PATIENT = { timeout: 10_000 }
beforeAll(async () => {
  ;[google, apple] = await Promise.all([ProviderDouble.open('google'), ProviderDouble.open('apple')])
  const settings = { ...google.settings, ...apple.settings }
  ;[app, browser] = await Promise.all([testApp({ settings }), openBrowser({ viewport: { width: 390, height: 844 } })])
  for (const double of [google, apple]) await double.knows(`${app.url}/api/v1/auth/oauth/${double.kind}/callback`)
  ;({ page, complaints } = await browser.page())
})
beforeEach(() => browser.context.clearCookies())
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
  for (const double of [google, apple]) await double[Symbol.asyncDispose]()
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const heading = (name: string) => page.getByRole('heading', { name, exact: true })

/** Waits until the line that has the focus says this. */
async function told(text: string): Promise<void> {
  await expect.poll(() => page.locator('.says:focus').textContent(), PATIENT).toContain(text)
}

// The provider is on `localhost` and we on `127.0.0.1`: to a browser another site.
test('a press of a button leads to the provider and back into an account', async () => {
  google.person = { subject: newId(), claims: { email: `${newId()}@example.org`, email_verified: true, name: 'Ada' } }
  await page.goto(`${app.url}/account`)
  await button('Continue with Google').click()
  await heading('Ada').waitFor()
  expect(page.url()).toBe(`${app.url}/account`)
  const [cookie] = await browser.context.cookies(app.url)
  expect(cookie).toMatchObject({ name: 'airdate_session', httpOnly: true, sameSite: 'Lax' })
})

test('a provider that answers by a form of its own site is one too', async () => {
  apple.person = {
    ...{ subject: newId(), claims: { email: `${newId()}@example.org`, email_verified: 'true' } },
    appleUser: { name: { firstName: 'Grace', lastName: 'Hopper' } },
  }
  await page.goto(`${app.url}/account`)
  await button('Continue with Apple').click()
  await heading('Grace Hopper').waitFor()
})

test('who has a second factor is asked for it on the way back', async () => {
  const person = await givenPerson(app)
  const { totpUri } = await givenSecondFactor(app, person)
  google.person = { subject: newId(), claims: { email: person.email, email_verified: true } }
  await page.goto(`${app.url}/account`)
  await button('Continue with Google').click()
  await page.locator('#step-code-input').fill(codeOf(totpUri, 1))
  expect(page.url()).toBe(`${app.url}/account`)
  await page.keyboard.press('Enter')
  await heading('Ada').waitFor()
})

test('who gives up at the provider is told so, and can begin again', async () => {
  google.misbehave({ at: 'authorize', error: 'access_denied' })
  await page.goto(`${app.url}/account`)
  await button('Continue with Google').click()
  await told('You were not signed in')
  expect(page.url()).toBe(`${app.url}/account`)
  await button('Continue with Google').waitFor()
})

test('somebody connects a provider to their account by their password, and takes it away again', async () => {
  const { email, password } = await givenAccount(app)
  google.person = { subject: newId(), claims: { email, email_verified: true } }
  await page.goto(`${app.url}/account`)
  await page.getByLabel('E-mail address', { exact: true }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await button('Connect Google').click()
  await page.locator('#proof-password').fill(password)
  await page.keyboard.press('Enter')
  await told('You can sign in by it from now on.')
  await button('Remove Google').click()
  await page.locator('#proof-password').fill(password)
  await page.keyboard.press('Enter')
  await told('Nobody signs in to your account by Google any more.')
  await button('Connect Google').waitFor()
  // Whoever is not signed in is answered 401, and browsers write that down.
  expect(complaints.filter((line) => !line.includes('401'))).toEqual([])
})
