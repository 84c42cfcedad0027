import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { codeOf, givenPerson, givenSecondFactor, post, tokenFor } from './fixtures/people.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app[Symbol.asyncDispose]())

test('a new password by mail signs nobody in, and is no way round the second factor', async () => {
  const person = await givenPerson(app)
  const { totpUri } = await givenSecondFactor(app, person)
  await post(app, 'password/forgot', { email: person.email })
  const token = await tokenFor(app, person.email, 'reset-password')
  const reset = await post(app, 'password/reset', { token, newPassword: 'quite another horse' })
  expect([reset.status, reset.bytes.length, reset.headers.getSetCookie()]).toEqual([204, 0, []])
  const login = await post(app, 'login', { email: person.email, password: 'quite another horse' })
  const { challenge } = login.json<{ challenge: string }>()
  expect(login.json()).toEqual({ twoFactorRequired: true, challenge })
  const entered = await post(app, '2fa/verify', { challenge, code: codeOf(totpUri, 1) })
  expect(entered.json()).toHaveProperty('accessToken')
})

test('the key of an app has 160 random bits or more, a backup code 50, and none is like another', async () => {
  const people = [await givenPerson(app), await givenPerson(app)]
  const enrolments = await Promise.all(people.map((person) => givenSecondFactor(app, person)))
  const keys = enrolments.map(({ totpUri }) => new URL(totpUri).searchParams.get('secret') ?? '')
  // Base32 carries 5 bits a letter.
  for (const key of keys) expect(key).toMatch(/^[A-Z2-7]{32,}$/)
  expect(new Set(keys).size).toBe(2)
  const codes = enrolments.flatMap(({ backupCodes }) => backupCodes)
  for (const code of codes) expect(code.replace('-', '')).toMatch(/^[A-Za-z0-9]{10,}$/)
  expect([codes.length, new Set(codes).size]).toEqual([20, 20])
})

test('neither the key of an app nor a backup code stands in the database in clear', async () => {
  const person = await givenPerson(app)
  const { totpUri, backupCodes } = await givenSecondFactor(app, person)
  const kept = JSON.stringify(await app.db.sql('select * from commons.two_factors'))
  for (const secret of [new URL(totpUri).searchParams.get('secret') ?? '', ...backupCodes])
    expect(kept).not.toContain(secret)
})
