import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { cookieFor, givenPerson, post } from '../accounts/fixtures/people.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app[Symbol.asyncDispose]())

interface Held {
  readonly token?: string
  readonly headers?: Record<string, string>
}

const statusOf = async ({ token, headers = {} }: Held): Promise<number> =>
  (await app.call('GET', '/api/v1/me', { token: token ?? null, headers })).status

const OF = 'where user_id = (select id from commons.users where email = $1)'

/** Somebody with a session of a program and one of a browser. */
async function givenSessions() {
  const person = await givenPerson(app)
  const held: readonly Held[] = [{ token: person.accessToken }, { headers: { Cookie: await cookieFor(app, person) } }]
  return { ...person, held }
}

/** When the sessions of somebody end, in hours from now. */
async function endsInHours(email: string): Promise<number[]> {
  const rows = await app.db.sql<{ hours: number }>(
    `select round(extract(epoch from expires_at - now()) / 3600)::int as hours from commons.sessions ${OF}`,
    [email],
  )
  return rows.map(({ hours }) => hours)
}

test('a session lasts 30 days, and 30 more from each use', async () => {
  const { email, held, refreshToken } = await givenSessions()
  expect(await endsInHours(email)).toEqual([720, 720])
  await app.db.sql(
    `update commons.sessions set last_seen_at = now() - interval '2 days', expires_at = now() + interval '28 days' ${OF}`,
    [email],
  )
  for (const one of held) expect(await statusOf(one)).toBe(200)
  // A program uses its session by its refresh token: an access token is at most ten minutes old.
  expect((await post(app, 'refresh', { refreshToken })).status).toBe(200)
  await expect.poll(() => endsInHours(email)).toEqual([720, 720])
})

test('a session that was not used for 30 days opens nothing any more', async () => {
  const { email, held, refreshToken } = await givenSessions()
  await app.db.sql(`update commons.sessions set expires_at = now() - interval '1 second' ${OF}`, [email])
  for (const one of held) expect(await statusOf(one)).toBe(401)
  expect((await post(app, 'refresh', { refreshToken })).status).toBe(401)
})

test('however much it is used, a session ends 90 days after it began', async () => {
  const { email, held, refreshToken } = await givenSessions()
  await app.db.sql(
    `update commons.sessions set created_at = now() - interval '89 days', last_seen_at = now() - interval '1 day' ${OF}`,
    [email],
  )
  for (const one of held) expect(await statusOf(one)).toBe(200)
  expect((await post(app, 'refresh', { refreshToken })).status).toBe(200)
  await expect.poll(() => endsInHours(email)).toEqual([24, 24])
})
