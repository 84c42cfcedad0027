import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { post } from './fixtures/people.ts'

let app: TestApp
let behindProxy: TestApp
beforeAll(async () => {
  app = await testApp({ settings: { AIRDATE_RATE_LIMIT_SCALE: '1' } })
  behindProxy = await testApp({
    settings: { AIRDATE_RATE_LIMIT_SCALE: '1', AIRDATE_TRUSTED_PROXIES: '127.0.0.0/8,::1/128' },
  })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await behindProxy[Symbol.asyncDispose]()
})

const OWNER = { email: 'owner@example.org', password: 'a long password' }

/** One sign-in, as if it came from the n-th address of many networks. */
async function attempt(at: TestApp, n: number, password: string): Promise<number> {
  const headers = { 'X-Forwarded-For': `198.51.${Math.floor(n / 250)}.${(n % 250) + 1}` }
  return (await post(at, 'login', { ...OWNER, password }, { headers })).status
}

test('A9: guesses at one account are few, from however many addresses they come', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 500; n += 1) statuses.push(await attempt(behindProxy, n, `guess number ${n}`))
  expect(statuses.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 401))
  expect(statuses.slice(50)).toEqual(Array.from({ length: 450 }, () => 429))
  const refused = await post(behindProxy, 'login', OWNER, { headers: { 'X-Forwarded-For': '203.0.113.9' } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const other = { email: 'somebody.else@example.org', password: 'whatever it is' }
  expect((await post(behindProxy, 'login', other)).status).toBe(401)
})

test('A9: what a client says of its address is not believed', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 12; n += 1) statuses.push(await attempt(app, n, `guess number ${n}`))
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
})

test('A10: the addresses of one network are one, however they are written', async () => {
  const spellings = ['2001:db8:1:2::1', '2001:DB8:1:2:0::2', '2001:db8:1:2:ffff:ffff:ffff:ffff']
  const statuses: number[] = []
  for (let n = 0; n < 12; n += 1) {
    const headers = { 'X-Forwarded-For': spellings[n % 3] ?? '' }
    const guess = { email: 'v6@example.org', password: `guess number ${n}` }
    statuses.push((await post(behindProxy, 'login', guess, { headers })).status)
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
})

test('who knows the password is never counted', async () => {
  const statuses: number[] = []
  const person = { email: 'owner@example.org', password: OWNER.password }
  await using fresh = await testApp({ settings: { AIRDATE_RATE_LIMIT_SCALE: '1' } })
  for (let n = 0; n < 15; n += 1) statuses.push((await post(fresh, 'login', person)).status)
  expect(statuses).toEqual(Array.from({ length: 15 }, () => 200))
})
