import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import {
  PASSWORD,
  codeOf,
  givenAccount,
  givenPerson,
  linksTo,
  post,
  tokenFor,
} from '../../server/commons/accounts/fixtures/people.ts'
import { qrCodeOf } from '../../server/commons/accounts/qr-code.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type TestBrowser, openBrowser } from '../support/browser.ts'

let app: TestApp
let browser: TestBrowser
let complaints: readonly string[]
let page: Page
/** Under `localhost`: WebAuthn knows hosts by name. */
let origin: string
const asked: string[] = []
const PATIENT = { timeout: 10_000 }
beforeAll(async () => {
  ;[app, browser] = await Promise.all([testApp(), openBrowser({ viewport: { width: 390, height: 844 } })])
  ;({ page, complaints } = await browser.page())
  page.on('request', (request) => asked.push(`${request.url()} ${request.headers()['referer'] ?? ''}`))
  origin = `http://localhost:${new URL(app.url).port}`
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const heading = (name: string) => page.getByRole('heading', { name, exact: true })

/** Waits until the line that has the focus says this. */
async function told(text: string): Promise<void> {
  await expect.poll(() => page.locator('.says:focus').textContent(), PATIENT).toContain(text)
}

/** The newest link of a mail, on the host that the browser came to. */
async function follow(email: string, kind: string): Promise<string> {
  const token = await tokenFor(app, email, kind)
  const [link] = await linksTo(app, email, kind)
  await page.goto(`${origin}${link?.pathname}${link?.search}`)
  return token
}

async function signIn(email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address', { exact: true }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
}

test('an address is confirmed by a click and not by the link alone, whose token stays in no address', async () => {
  const email = `${newId()}@example.org`
  await post(app, 'register', { email, password: PASSWORD, displayName: '<b>Ada</b>' })
  const token = await follow(email, 'verify-email')
  await button('Confirm the address').waitFor()
  expect(page.url()).toBe(`${origin}/account/verify-email`)
  expect((await post(app, 'login', { email, password: PASSWORD })).status).toBe(403)
  await button('Confirm the address').click()
  await told('Your address is confirmed.')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await signIn(email, PASSWORD)
  await heading('<b>Ada</b>').waitFor()
  const withToken = asked.filter((line) => line.includes(token))
  expect(withToken).toEqual([`${origin}/account/verify-email?token=${encodeURIComponent(token)} `])
  await button('Log out').click()
  await told('You are signed out.')
  await page.goto(`${origin}/account/verify-email?token=${token}x`)
  await button('Confirm the address').click()
  await told('This link does not hold any more')
  await button('Ask for a new mail').click()
  await heading('Have the mail sent again').waitFor()
})

test('who forgot their password gets a new one by mail, signs in with it, and ends another session', async () => {
  const { email } = await givenPerson(app)
  await page.goto(`${origin}/account`)
  await signIn(email, 'a wrong password')
  await told('do not go together')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail address', { exact: true }).fill(email)
  await page.keyboard.press('Enter')
  await told('a mail with a link is on its way')
  await follow(email, 'reset-password')
  await page.getByRole('textbox', { name: 'New password' }).fill('quite another horse')
  await page.keyboard.press('Enter')
  await told('Your new password is set.')
  expect(await page.getByRole('link', { name: 'Go on' }).isVisible()).toBe(false)
  await page.getByRole('link', { name: 'Sign in' }).click()
  expect((await post(app, 'login', { email, password: 'quite another horse' })).status).toBe(200)
  await signIn(email, 'quite another horse')
  await heading('Ada').waitFor()
  await expect.poll(() => page.locator('#session-list li').allTextContents(), PATIENT).toHaveLength(2)
  await page.getByRole('button', { name: /^End node/ }).click()
  await told('node is signed out.')
  expect(await page.locator('#session-list li').allTextContents()).toEqual([expect.stringContaining('Chrome on Linux')])
  expect(await button('Log out elsewhere').isVisible()).toBe(false)
  expect((await post(app, 'login', { email, password: 'quite another horse' })).status).toBe(200)
  await page.reload()
  await button('Log out elsewhere').click()
  await told('You are signed out everywhere but here.')
  expect(await page.locator('#session-list li').count()).toBe(1)
  await button('Log out everywhere').click()
  await told('You are signed out everywhere.')
  expect(await page.locator('#home').textContent()).not.toContain(email)
  expect(await page.locator('#session-list li').count()).toBe(0)
  await page.reload()
  await heading('Sign in').waitFor()
})

test('who forgot their password on the way to a page of ours is led back there, and to no other', async () => {
  const { email } = await givenAccount(app)
  await post(app, 'password/forgot', { email, redirectTo: '/account/register?from=mail' })
  const token = await tokenFor(app, email, 'reset-password')
  const evil = encodeURIComponent('//evil.example')
  await page.goto(`${origin}/account/reset-password?token=${token}x&redirectTo=${evil}`)
  expect(await page.locator('#reset-next').getAttribute('href')).toBe(null)
  await follow(email, 'reset-password')
  expect(page.url()).toBe(`${origin}/account/reset-password`)
  await page.getByRole('textbox', { name: 'New password' }).fill('quite another horse')
  await page.keyboard.press('Enter')
  await told('Your new password is set.')
  await page.getByRole('link', { name: 'Go on' }).click()
  await heading('Make an account').waitFor()
})

test('somebody changes the password and then the address of their account, whose mail moves it', async () => {
  const { email, password } = await givenPerson(app)
  const newEmail = `moved-${email}`
  await page.goto(`${origin}/account`)
  await signIn(email, password)
  const fill = async (fields: Record<string, string>): Promise<void> => {
    for (const [id, text] of Object.entries(fields)) await page.locator(`#${id}`).fill(text)
    await page.keyboard.press('Enter')
  }
  await fill({ 'password-current': password, 'password-new': 'password1' })
  await told('one of the most common there are')
  await fill({ 'password-current': 'not the password', 'password-new': 'quite another horse' })
  await told('The password is wrong.')
  await fill({ 'password-current': password, 'password-new': 'quite another horse' })
  await told('Your password is changed')
  await expect.poll(() => page.locator('#session-list li').count(), PATIENT).toBe(1)
  await fill({ 'email-new': newEmail, 'email-password': 'quite another horse' })
  await told(`A mail is on its way to ${newEmail}.`)
  await follow(newEmail, 'verify-email')
  await button('Confirm the address').click()
  await told('Your address is confirmed.')
  await page.goto(`${origin}/account`)
  await page.locator('#home-email').getByText(newEmail).waitFor()
  await button('Log out').click()
  await signIn(newEmail, 'quite another horse')
  await heading('Ada').waitFor()
  await button('Log out').click()
})

test('who logs out while the server is away leaves nothing in the page', async () => {
  const { email, password } = await givenAccount(app)
  await page.goto(`${origin}/account`)
  await signIn(email, password)
  await page.locator('#session-list li').waitFor()
  await page.route('**/api/v1/auth/logout', (request) => request.abort())
  await button('Log out').click()
  await told('this browser is still signed in')
  await page.unroute('**/api/v1/auth/logout')
  expect(await page.content()).not.toContain(email)
  await page.reload()
  await heading('Ada').waitFor()
  await button('Log out').click()
  await told('You are signed out.')
})

test('somebody sets up an app, and comes back by a code of it and by a backup code', async () => {
  const { email, password } = await givenAccount(app)
  await page.goto(`${origin}/account/security`)
  await signIn(email, password)
  await page.locator('#twofactor-begin-password').fill(password)
  await button('Set it up').click()
  await heading('1. Show this to your app').waitFor()
  const totpUri = (await page.locator('#twofactor-uri').getAttribute('href')) ?? ''
  const drawn = await page.locator('#twofactor-qr path').getAttribute('d')
  expect(drawn).toBe(qrCodeOf(totpUri).path)
  const codes = await page.locator('#twofactor-codes li').allTextContents()
  await page.locator('#twofactor-confirm-code').fill(codeOf(totpUri))
  await button('Turn it on').click()
  await told('every sign-in asks for a code')
  expect(await page.locator('#twofactor-codes li, #twofactor-qr path').count()).toBe(0)
  await button('Log out').click()
  await signIn(email, password)
  await page.locator('#step-form').getByLabel('Six-digit code').fill(codeOf(totpUri, 1))
  await page.keyboard.press('Enter')
  await heading('Ada').waitFor()
  await button('Log out').click()
  await signIn(email, password)
  await button('Use a backup code instead').click()
  await page.getByLabel('Backup code').fill('none of them')
  await page.keyboard.press('Enter')
  await told('The code is wrong')
  await page.getByLabel('Backup code').fill(codes[0] ?? '')
  await page.keyboard.press('Enter')
  await heading('Ada').waitFor()
  await page.locator('#twofactor-change-password').fill(password)
  await button('Turn it off').click()
  await told('asks for no code any more')
  await button('Log out').click()
})

test('somebody who is invited makes an account, and joins the workspace', async () => {
  const email = `${newId()}@example.org`
  const { workspaceId } = (await app.call('GET', '/api/v1/me')).json<{ workspaceId: string }>()
  const body = { email, role: 'editor' }
  expect((await app.call('POST', `/api/v1/workspaces/${workspaceId}/invitations`, { body })).status).toBe(201)
  await page.goto(`${origin}/account/register`)
  await page.getByLabel('Your name').fill('Grace')
  await page.getByLabel('E-mail address', { exact: true }).fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await told('A mail is on its way.')
  await follow(email, 'verify-email')
  await button('Confirm the address').click()
  await told('Your address is confirmed.')
  const [link] = await linksTo(app, email, 'invitation')
  await page.goto(`${origin}/account${link?.hash}`)
  await heading('Sign in').waitFor()
  expect(page.url()).toBe(`${origin}/account`)
  await signIn(email, PASSWORD)
  await heading('You are invited').waitFor()
  await button('Join the workspace').click()
  await told('You are in the workspace now, as editor.')
  await button('Log out').click()
})

test('a passkey is added and lets in', async () => {
  const { email, password } = await givenAccount(app)
  const devtools = await browser.context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true } as const
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  })
  await page.goto(`${origin}/account`)
  await signIn(email, password)
  await page.getByLabel('Name of the passkey').fill('My phone')
  await page.locator('#passkey-password').fill(password)
  await button('Add a passkey').click()
  await told('The passkey is added.')
  await button('Log out').click()
  await button('Use a passkey').click()
  await heading('Ada').waitFor()
  await button('Remove My phone').click()
  await button('Leave it').click()
  expect(await page.locator('#passkey-list li').count()).toBe(1)
  await button('Remove My phone').click()
  await page.locator('#proof-password').fill('not the password')
  await button('Remove it').click()
  await told('The password is wrong.')
  await button('Remove My phone').click()
  await page.locator('#proof-password').fill(password)
  await page.keyboard.press('Enter')
  await told('My phone is removed.')
})

test('no page breaks its policy, stores itself, or tells where one came from', async () => {
  const paths = ['/account', '/account/security', '/account/verify-email', '/account/reset-password']
  for (const path of [...paths, '/account/forgot-password?utm_source=mail']) {
    const reply = await app.call('GET', path, { token: 'no token of ours' })
    expect([path, reply.status]).toEqual([path, 200])
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      ...{ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      ) as string,
    })
    await page.goto(`${origin}${path}`)
    expect(page.url()).toBe(`${origin}${path.replace(/\?.*/, '')}`)
  }
  // What the API refuses is told by the browser too; a page that does what it may not is told in other words.
  expect(complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))).toEqual([])
  expect(
    asked.filter((line) => !line.startsWith(`${origin}/account`) && !line.startsWith(`${origin}/api/v1/`)),
  ).toEqual([])
})
