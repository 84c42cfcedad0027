import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#kernel/clock.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { verifyPassword } from '../accounts/password.ts'
import { ensureOwner } from './service.ts'

const dbs: TestDatabase[] = []
beforeAll(async () => {
  dbs.push(await testDatabase(), await testDatabase())
})
afterAll(() => Promise.all(dbs.map((db) => db[Symbol.asyncDispose]())))

const firstOwner = async ({ database }: TestDatabase) =>
  ensureOwner({ database, clock: systemClock }, { email: null, password: null })

test('the first owner has no password that somebody else could know: it is random, told once and kept as a hash', async () => {
  const made = await Promise.all(dbs.map(firstOwner))
  const passwords = made.map((owner) => owner?.madePassword ?? '')
  // 144 random bits.
  for (const password of passwords) expect(password).toMatch(/^[\w-]{24}$/)
  expect(new Set(passwords).size).toBe(2)
  for (const [n, db] of dbs.entries()) {
    const accounts = await db.sql<{ password: string }>('select password from commons.accounts')
    expect(accounts).toHaveLength(1)
    expect(await verifyPassword(passwords[n] ?? '', accounts[0]?.password ?? '')).toBe(true)
    expect(await firstOwner(db)).toBeNull()
  }
})
