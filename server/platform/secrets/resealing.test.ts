import { afterEach, beforeEach, expect, test } from 'vitest'
import { sql } from 'kysely'
import { newId } from '#kernel/ids.ts'
import { handle } from '#platform/database/handle.ts'
import { systemScope } from '#platform/database/scope.ts'
import { createLogger } from '#platform/observability/log.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { givenRoot, newKey, vaultOf } from './fixtures/installation.ts'
import { type SealedColumn, reseal } from './resealing.ts'
import { rotate } from './rotate.ts'
import { type SealedPlace, keyIdOf } from './sealing.ts'
import type { Vault } from './vault.ts'

interface Grants {
  'commons.grants': { id: string; workspaceId: string | null; token: string }
}
const grants = handle<Grants>()

const column: SealedColumn = {
  ...{ table: 'commons.grants', column: 'token' },
  sealedWith: (ground, keyIds, { after, limit }) =>
    grants.one(ground, (db) =>
      db
        .selectFrom('commons.grants')
        .select(['id as rowId', 'workspaceId', 'token as sealed'])
        .where(sql<string>`split_part(token, '.', 2)`, '=', sql<string>`any(${[...keyIds]}::text[])`)
        .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit),
    ),
  replace: async (ground, { rowId, sealed }, to) => {
    await grants.writeOne(ground, (db) =>
      db.updateTable('commons.grants').set({ token: to }).where('id', '=', rowId).where('token', '=', sealed),
    )
  },
}

let db: TestDatabase
let before: Buffer
let next: Buffer
let vault: Vault
const workspaceId = newId()
const placeOf = (rowId: string): SealedPlace => ({ table: 'commons.grants', column: 'token', rowId, workspaceId })

beforeEach(async () => {
  db = await testDatabase()
  ;[before, next] = [newKey(), newKey()]
  await givenRoot(db, before)
  vault = vaultOf(db, [before, next])
  await db.sql('create table commons.grants (id uuid primary key, workspace_id uuid, token text not null)')
  await db.sql('grant select, update on commons.grants to airdate_system')
})
afterEach(() => db[Symbol.asyncDispose]())

const ground = () => ({ database: db.database, scope: systemScope })
const run = (settledMs = 0, columns = [column]) =>
  reseal(ground(), { vault, columns, settledMs, log: createLogger('silent') })
const rotateNow = () => rotate(ground(), { from: [before], to: next, within: async () => undefined })
const waiting = async (): Promise<number> =>
  (await db.sql('select id from platform.data_keys where retired_at is not null and resealed_at is null')).length

async function givenGrants(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId() as string)
  const tokens = await Promise.all(ids.map((id) => vault.seal(placeOf(id), `token of ${id}`)))
  await db.sql(`insert into commons.grants select unnest($1::uuid[]), $2, unnest($3::text[])`, [
    ids,
    workspaceId,
    tokens,
  ])
  return ids
}
const tokenOf = async (id: string): Promise<string> =>
  (await db.sql<{ token: string }>('select token from commons.grants where id = $1', [id]))[0]?.token ?? ''

test('after a rotation every value is sealed anew with new keys, page by page, and once', async () => {
  const ids = await givenGrants(230)
  const old = keyIdOf(await tokenOf(ids[0] ?? ''))
  expect(await run()).toBe(0)
  await rotateNow()
  expect(await run()).toBe(230)
  const [left] = await db.sql(`select count(*)::int as old from commons.grants where split_part(token, '.', 2) = $1`, [
    old,
  ])
  expect(left).toEqual({ old: 0 })
  for (const id of [ids[0] ?? '', ids[229] ?? '']) {
    expect(await vaultOf(db, [next]).open(placeOf(id), await tokenOf(id))).toBe(`token of ${id}`)
  }
  expect(await waiting()).toBe(0)
  expect(await run()).toBe(0)
})

test('cut short anywhere, the next run goes on', async () => {
  const ids = await givenGrants(12)
  await rotateNow()
  let left = 5
  const failing: SealedColumn = {
    ...column,
    replace: async (...args) => {
      if (left === 0) throw new Error('the process ends')
      left -= 1
      await column.replace(...args)
    },
  }
  await expect(run(0, [failing])).rejects.toThrow('the process ends')
  expect(await waiting()).toBe(1)
  expect(await run()).toBe(7)
  for (const id of ids) expect(await vault.open(placeOf(id), await tokenOf(id))).toBe(`token of ${id}`)
})

test('who changes a value meanwhile wins', async () => {
  const [id = ''] = await givenGrants(1)
  await rotateNow()
  const changed = await vault.seal(placeOf(id), 'changed')
  const racing: SealedColumn = {
    ...column,
    replace: async (...args) => {
      await db.sql('update commons.grants set token = $1', [changed])
      await column.replace(...args)
    },
  }
  await run(0, [racing])
  expect(await tokenOf(id)).toBe(changed)
})

test('what cannot be opened stays as it is, hinders no other value, and is looked at again', async () => {
  const ids = await givenGrants(3)
  const foreign = await tokenOf(ids[1] ?? '')
  await db.sql('update commons.grants set token = $1 where id = $2', [foreign, ids[0]])
  await rotateNow()
  expect(await run()).toBe(2)
  expect(await tokenOf(ids[0] ?? '')).toBe(foreign)
  expect(await waiting()).toBe(1)
})

test('a key that was retired only just now is looked for once more: what it sealed may not have been there to be seen', async () => {
  await givenGrants(1)
  await rotateNow()
  expect(await run(60_000)).toBe(1)
  expect(await waiting()).toBe(1)
  await givenGrants(0)
  expect(await run(0)).toBe(0)
  expect(await waiting()).toBe(0)
})
