import { afterAll, beforeAll, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { systemScope } from '#platform/database/scope.ts'
import { DatabaseUnavailable } from '#platform/database/pool.ts'
import { createLogger } from '#platform/observability/log.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import type { CommonsTables } from '../tables.ts'
import { Engine, type FlowCall, type FlowOutcome } from './engine.ts'
import { codeOf } from './fixtures/people.ts'
import { currentFlow } from './flow.ts'

const PUBLIC_URL = 'http://localhost:4000'
const PASSWORD = 'correct horse battery'
const engine = new Engine({ secret: 'Zyxwvutsrqponmlkjihgfedcba9876543210-_AbCdE', log: createLogger('silent') })
let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const call = (given: FlowCall, publicUrl = PUBLIC_URL): Promise<FlowOutcome> =>
  engine.call(publicUrl, db.database.statements<CommonsTables>(systemScope), given)

const postTo = (path: string, body: object, more: Partial<FlowCall> = {}): Promise<FlowOutcome> =>
  call({ method: 'POST', path, body, ...more })

async function givenPerson(email: string): Promise<string> {
  const { letters } = await postTo('/sign-up/email', { email, password: PASSWORD, name: 'Ada' })
  const [letter] = letters
  expect(letter).toMatchObject({ kind: 'verify-email', email })
  expect((await call({ method: 'GET', path: '/verify-email', query: { token: letter?.token ?? '' } })).code).toBeNull()
  return letter?.userId ?? ''
}

const holding = (userId: string) => ({
  ...{ userId, sessionId: userId, authenticatedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
})

test('the library says who should be signed in, and writes no session', async () => {
  const userId = await givenPerson('one@example.org')
  const outcome = await postTo('/sign-in/email', { email: 'one@example.org', password: PASSWORD })
  expect(outcome).toMatchObject({ code: null, signedInUserId: userId, challenge: null })
  expect(await db.sql('select 1 from commons.sessions')).toEqual([])
})

test('who owes the second factor is not signed in, and who gives it is', async () => {
  const userId = await givenPerson('two@example.org')
  const holder = holding(userId)
  const { body } = await postTo('/two-factor/enable', { password: PASSWORD }, { holder })
  const { totpURI } = body as { totpURI: string }
  expect((await postTo('/two-factor/verify-totp', { code: codeOf(totpURI) }, { holder })).code).toBeNull()
  const first = await postTo('/sign-in/email', { email: 'two@example.org', password: PASSWORD })
  expect(first).toMatchObject({
    code: null,
    signedInUserId: null,
    challenge: expect.stringContaining('2fa-') as string,
  })
  const challenge = first.challenge ?? ''
  expect((await postTo('/two-factor/verify-totp', { code: '000000' }, { challenge })).code).toBe('INVALID_CODE')
  const second = await postTo('/two-factor/verify-totp', { code: codeOf(totpURI) }, { challenge })
  expect(second).toMatchObject({ code: null, signedInUserId: userId })
})

test('what is mailed and what is kept of authenticator apps does not stand in the database in clear', async () => {
  await givenPerson('three@example.org')
  const { letters } = await postTo('/request-password-reset', { email: 'three@example.org' })
  const token = letters[0]?.token ?? ''
  expect(token.length).toBeGreaterThan(20)
  const tables = ['users', 'accounts', 'verifications', 'two_factors']
  const rows = await Promise.all(tables.map((table) => db.sql(`select * from commons.${table}`)))
  const kept = JSON.stringify(rows)
  expect(kept).not.toContain(token)
  expect(kept).not.toContain(PASSWORD)
})

test('somebody else’s session is not taken for one, nor is a challenge that was made up', async () => {
  await givenPerson('four@example.org')
  const forged = await postTo(
    '/two-factor/verify-totp',
    { code: '123456' },
    { challenge: '2fa-xxxxxxxxxxxxxxxxxxxx.AAAA' },
  )
  expect(forged.code).toBe('INVALID_TWO_FACTOR_COOKIE')
  expect((await postTo('/change-password', { currentPassword: PASSWORD, newPassword: PASSWORD })).code).toBe(
    'UNAUTHORIZED',
  )
})

test('who was deleted is nobody to the library', async () => {
  const userId = await givenPerson('five@example.org')
  await db.sql('update commons.users set deleted_at = now() where id = $1', [userId])
  const outcome = await postTo('/sign-in/email', { email: 'five@example.org', password: PASSWORD })
  expect(outcome).toMatchObject({ code: 'INVALID_EMAIL_OR_PASSWORD', signedInUserId: null })
})

test('an account for programs is nobody to the library either', async () => {
  const userId = await givenPerson('six@example.org')
  const [workspace] = await db.sql<{ id: string }>('select id from commons.workspaces where owner_id = $1', [userId])
  await db.sql('update commons.users set service_of = $2 where id = $1', [userId, workspace?.id])
  expect((await postTo('/request-password-reset', { email: 'six@example.org' })).letters).toEqual([])
})

test('what fails at the database is told as that, and not as a refusal of the library', async () => {
  await using away = await testDatabase()
  await away.admin(`alter database "${away.name}" with allow_connections false`)
  const statements = away.database.statements<CommonsTables>(systemScope)
  for (const [path, body] of [
    ['/sign-up/email', { email: 'seven@example.org', password: PASSWORD, name: 'Ada' }],
    ['/sign-in/email', { email: 'one@example.org', password: PASSWORD }],
    ['/reset-password', { token: 'x', newPassword: PASSWORD }],
  ] as const) {
    const error: unknown = await engine.call(PUBLIC_URL, statements, { method: 'POST', path, body }).catch((one) => one)
    expect([path, isProblem(error, DatabaseUnavailable) || error]).toEqual([path, true])
  }
})

test('outside of a flow there is no way to the database', () => {
  expect(() => currentFlow()).toThrow('outside of a flow')
})
