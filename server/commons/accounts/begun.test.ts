import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '#tests/support/app.ts'
import {
  PASSWORD,
  type Person,
  codeOf,
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

const NEW_PASSWORD = 'another horse battery'

async function resetToken({ email }: Pick<Person, 'email'>): Promise<string> {
  const before = (await linksTo(app, email, 'reset-password')).length
  await post(app, 'password/forgot', { email })
  return tokenFor(app, email, 'reset-password', before + 1)
}

const reset = async (token: string): Promise<number> =>
  (await post(app, 'password/reset', { token, newPassword: NEW_PASSWORD })).status

/** The token by which an account moves to this address. */
async function moveToken({ accessToken: token, password }: Person, newEmail: string): Promise<string> {
  const before = (await linksTo(app, newEmail, 'verify-email')).length
  expect((await post(app, 'email', { newEmail, password }, { token })).status).toBe(202)
  return tokenFor(app, newEmail, 'verify-email', before + 1)
}

const verify = async (token: string): Promise<number> => (await post(app, 'verify-email', { token })).status

const signIn = (email: string, password: string) => post(app, 'login', { email, password })

describe('of an address', () => {
  test('with which many register at once, one account is made, and all are answered alike', async () => {
    const email = 'crowd@example.org'
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        post(app, 'register', { email, password: PASSWORD, displayName: `The ${n}th` }),
      ),
    )
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202))
    expect(await app.db.sql('select 1 from commons.users where email = $1', [email])).toHaveLength(1)
    expect(await linksTo(app, email, 'verify-email')).toHaveLength(1)
  })

  test('there is one account, however its letters are written', async () => {
    const { email } = await givenAccount(app)
    const again = { email: email.toUpperCase(), password: NEW_PASSWORD, displayName: 'Eve' }
    expect((await post(app, 'register', again)).status).toBe(202)
    expect(await app.db.sql('select 1 from commons.users where lower(email) = $1', [email])).toHaveLength(1)
    expect((await signIn(email.toUpperCase(), PASSWORD)).status).toBe(200)
  })

  test.each([
    ...['\u212aelvin@example.org', '\u0130stanbul@example.org', 'a\u017fa@example.org', 'ad\u0430@example.org'],
    ...['ada@ex\u0430mple.org', 'ada@example.org.', 'ada@example.org\u200b', ' ada@example.org', 'ada@[127.0.0.1]'],
    ...['ada@example.org,eve@example.org', 'ada@example.org\0', 'ada@ex%61mple.org', '<ada@example.org>'],
  ])('that only looks like another, or could be read as another, there is none: %j', async (email) => {
    expect((await post(app, 'register', { email, password: PASSWORD, displayName: 'Eve' })).status).toBe(400)
  })

  test('that somebody registered meanwhile an account does not become, and stays at its own', async () => {
    const ada = await givenPerson(app)
    const newEmail = `wanted-${ada.email}`
    const token = await moveToken(ada, newEmail)
    await post(app, 'register', { email: newEmail, password: NEW_PASSWORD, displayName: 'Eve' })
    const late = await post(app, 'verify-email', { token })
    expect([late.status, late.json()['type']]).toEqual([400, '/problems/identity/link-expired'])
    expect((await signIn(ada.email, PASSWORD)).status).toBe(200)
  })
})

describe('what was begun in somebody’s name', () => {
  test.each([
    ['sets a new password by mail', async (person: Person) => reset(await resetToken(person))],
    [
      'changes the password',
      async ({ accessToken: token, password: currentPassword }: Person) =>
        (await post(app, 'password', { currentPassword, newPassword: NEW_PASSWORD }, { token })).status,
    ],
    [
      'logs out everywhere',
      async ({ accessToken: token }: Person) => (await app.call('DELETE', '/api/v1/auth/sessions', { token })).status,
    ],
  ])('ends when the person %s: moves, links to a new password, questions for the second factor', async (_, end) => {
    const person = await givenPerson(app)
    const { totpUri } = await givenSecondFactor(app, person)
    const { challenge } = (await signIn(person.email, person.password)).json<{ challenge: string }>()
    const newEmail = `taken-${person.email}`
    const [moving, linked] = [await moveToken(person, newEmail), await resetToken(person)]
    expect(await end(person)).toBe(204)
    expect([await verify(moving), await reset(linked)]).toEqual([400, 400])
    const late = await post(app, '2fa/verify', { challenge, code: codeOf(totpUri, 1) })
    expect([late.status, late.json()['type']]).toEqual([401, '/problems/identity/challenge-expired'])
    expect(await app.db.sql('select 1 from commons.users where email = $1', [newEmail])).toEqual([])
  })

  test('is no way for the former address of an account', async () => {
    const person = await givenPerson(app)
    const linked = await resetToken(person)
    expect(await verify(await moveToken(person, `moved-${person.email}`))).toBe(204)
    expect(await reset(linked)).toBe(400)
  })

  test('moves an account once: not back, and nobody else’s', async () => {
    const person = await givenPerson(app)
    const there = `there-${person.email}`
    const token = await moveToken(person, there)
    expect(await verify(token)).toBe(204)
    expect(await verify(await moveToken(person, person.email))).toBe(204)
    expect(await verify(token)).toBe(400)
    expect((await signIn(person.email, PASSWORD)).status).toBe(200)
    // The same token names the address, whoever has it now.
    expect(await verify(await moveToken(person, `away-${person.email}`))).toBe(204)
    const { email } = person
    const mailed = (await linksTo(app, email, 'verify-email')).length
    expect((await post(app, 'register', { email, password: NEW_PASSWORD, displayName: 'Eve' })).status).toBe(202)
    expect(await verify(await tokenFor(app, email, 'verify-email', mailed + 1))).toBe(204)
    expect(await verify(token)).toBe(400)
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200)
  })
})

test('who asks several times at once to move moves', async () => {
  const person = await givenPerson(app)
  const body = { newEmail: `several-${person.email}`, password: person.password }
  const ask = () => post(app, 'email', body, { token: person.accessToken })
  expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([202, 202, 202])
  expect(await verify(await tokenFor(app, body.newEmail, 'verify-email', 3))).toBe(204)
})

describe('a password', () => {
  test('that is replaced while it waits to let somebody in lets nobody in', async () => {
    const person = await givenPerson(app)
    const token = await resetToken(person)
    const waiting = async (): Promise<number> => {
      const [row] = await app.db.sql<{ count: number }>(
        `select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return row?.count ?? 0
    }
    // A session begins while nobody changes its person: that is where the sign-in waits.
    const changing = new pg.Client(app.db.connection('owner'))
    await changing.connect()
    await changing.query('begin')
    await changing.query('select from commons.users where email = $1 for no key update', [person.email])
    const late = signIn(person.email, person.password)
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1)
    expect(await reset(token)).toBe(204)
    await changing.query('rollback')
    await changing.end()
    expect((await late).status).toBe(401)
    expect(
      await app.db.sql(
        `select 1 from commons.sessions s join commons.users u on u.id = s.user_id where u.email = $1 and ended_at is null`,
        [person.email],
      ),
    ).toEqual([])
  })

  test('of 128 characters that take two units each is as good as any', async () => {
    const email = 'ducks@example.org'
    const password = Array.from({ length: 128 }, (_, n) => String.fromCodePoint(0x1f400 + ((n * 37 + 11) % 61))).join(
      '',
    )
    expect((await post(app, 'register', { email, password, displayName: 'Duck' })).status).toBe(202)
    expect(await verify(await tokenFor(app, email, 'verify-email'))).toBe(204)
    expect((await signIn(email, password)).status).toBe(200)
    expect((await signIn(email, password.slice(2))).status).toBe(401)
  })
})
