import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { AppScope } from '#platform/database/scope.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type Spend, recordSpend, spentOn } from './service.ts'

let db: TestDatabase
let workspaceId: string
beforeAll(async () => {
  db = await testDatabase()
  workspaceId = (await givenStranger({ db })).workspaceId
})
afterAll(() => db[Symbol.asyncDispose]())

const scopeOf = (id: string): AppScope => ({ role: 'app', workspaceId: id, userId: null })
const record = (spend: Spend): Promise<boolean> =>
  db.database.transaction(scopeOf(workspaceId), (tx) => recordSpend(tx, spend))
const spent = (prefix: string, id = workspaceId) => spentOn({ database: db.database, scope: scopeOf(id) }, prefix)

test('a source is paid once, however often and however differently it is told', async () => {
  const id = newId()
  const line = { workspaceId, source: `production:${id}:voice`, provider: 'test', amountMicros: 7, currency: 'USD' }
  expect(await record(line)).toBe(true)
  expect(await record(line)).toBe(false)
  expect(await record({ ...line, amountMicros: 900 })).toBe(false)
  const atOnce = { ...line, source: `production:${id}:music` }
  const made = await Promise.all([record(atOnce), record(atOnce), record(atOnce)])
  expect(made.toSorted()).toEqual([false, false, true])
  expect(await spent(`production:${id}:`)).toEqual([{ currency: 'USD', amountMicros: 14 }])
})

test('the balance is the sum of the lines, by currency, for the workspace alone', async () => {
  const prefix = `test:${newId()}:`
  const line = { workspaceId, provider: 'test' }
  for (const [index, [amountMicros, currency]] of (
    [
      [1, 'EUR'],
      [2, 'USD'],
      [3, 'USD'],
      [0, 'USD'],
    ] as const
  ).entries()) {
    await record({ ...line, source: `${prefix}${index}`, amountMicros, currency })
  }
  expect(await spent(prefix)).toEqual([
    { currency: 'EUR', amountMicros: 1 },
    { currency: 'USD', amountMicros: 5 },
  ])
  expect(await spent(prefix, newId())).toEqual([])
})

test('nothing is written into another workspace, and nothing that is no amount', async () => {
  const other = (await givenStranger({ db })).workspaceId
  const line = { provider: 'test', currency: 'USD', source: `test:${newId()}` }
  await expect(record({ ...line, workspaceId: other, amountMicros: 1 })).rejects.toThrow('row-level security')
  for (const amountMicros of [-1, 0.5, Number.NaN, 2 ** 60]) {
    await expect(async () => record({ ...line, workspaceId, amountMicros })).rejects.toThrow('whole number')
  }
})
