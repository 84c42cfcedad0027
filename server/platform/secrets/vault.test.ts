import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { type StatementCount, countingStatements } from '#platform/database/counting.ts'
import { systemScope } from '#platform/database/scope.ts'
import { type TestDatabase, asSuperuser, testDatabase } from '#tests/support/database.ts'
import { givenRoot, newKey, vaultOf } from './fixtures/installation.ts'
import { rotate } from './rotate.ts'
import { SealBroken, type SealedPlace, keyIdOf } from './sealing.ts'
import { SecretsLocked, type Vault } from './vault.ts'

let db: TestDatabase
let masterKey: Buffer
let vault: Vault
beforeEach(async () => {
  db = await testDatabase()
  masterKey = newKey()
  await givenRoot(db, masterKey)
  vault = vaultOf(db, [masterKey])
})
afterEach(() => db[Symbol.asyncDispose]())

const placeIn = (workspaceId: string | null): SealedPlace => ({
  ...{ table: 'commons.grants', column: 'token', rowId: newId(), workspaceId },
})
const rotateTo = (to: Buffer, from: readonly Buffer[] = [masterKey]): Promise<number> =>
  rotate({ database: db.database, scope: systemScope }, { from, to, within: async () => undefined })
const keysOf = (): Promise<Record<string, unknown>[]> =>
  db.sql('select id, workspace_id, retired_at is null as works from platform.data_keys order by id')

test('every workspace has a key of its own, and what belongs to none has one', async () => {
  const [one, other, none] = [placeIn(newId()), placeIn(newId()), placeIn(null)]
  const sealed = await Promise.all([one, one, other, none].map((place) => vault.seal(place, 'hush')))
  const [a, b, c, d] = sealed.map(keyIdOf)
  expect(a).toBe(b)
  expect(new Set([a, c, d]).size).toBe(3)
  expect(new Set((await keysOf()).map((row) => row['workspace_id']))).toEqual(
    new Set([one.workspaceId, other.workspaceId, null]),
  )
  expect(await vault.open(one, sealed[0] ?? '')).toBe('hush')
})

test('many who seal at once for the first time make one key', async () => {
  const place = placeIn(newId())
  const vaults = [vault, vaultOf(db, [masterKey]), vaultOf(db, [masterKey])]
  const sealed = await Promise.all([...vaults, ...vaults, ...vaults].map((one) => one.seal(place, 'x')))
  expect(new Set(sealed.map(keyIdOf)).size).toBe(1)
  expect(await keysOf()).toHaveLength(1)
})

test('after a restart everything is opened, with one statement for a key and none for the next value', async () => {
  const [one, other] = [placeIn(null), placeIn(null)]
  const sealed = [await vault.seal(one, 'first'), await vault.seal(other, 'second')]
  const restarted = vaultOf(db, [masterKey])
  const counter: StatementCount = { count: 0, statements: null }
  await countingStatements(counter, async () => {
    expect(await restarted.open(one, sealed[0] ?? '')).toBe('first')
    expect(counter.count).toBe(1)
    expect(await restarted.open(other, sealed[1] ?? '')).toBe('second')
    expect(counter.count).toBe(1)
  })
})

test('values of two rows or two workspaces that are swapped are opened in neither', async () => {
  const [mine, yours, alsoMine] = [placeIn(newId()), placeIn(newId()), placeIn(null)]
  const sibling = { ...mine, rowId: newId() }
  const sealed = await vault.seal(mine, 'mine')
  for (const place of [yours, alsoMine, sibling, { ...mine, workspaceId: null }]) {
    await expect(vault.open(place, sealed)).rejects.toThrow(SealBroken)
  }
  for (const text of ['', 'plain text', `v1.${newId()}.AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA`]) {
    await expect(vault.open(mine, text)).rejects.toThrow(SealBroken)
  }
})

test('keys that are swapped, changed or given to another workspace in the database open nothing', async () => {
  const [one, other] = [placeIn(newId()), placeIn(newId())]
  const sealed = [await vault.seal(one, 'one'), await vault.seal(other, 'other')]
  await db.sql(`update platform.data_keys a set wrapped = b.wrapped from platform.data_keys b where a.id <> b.id`)
  await expect(vaultOf(db, [masterKey]).open(one, sealed[0] ?? '')).rejects.toThrow(SealBroken)
  await expect(vaultOf(db, [masterKey]).seal(other, 'x')).rejects.toThrow(SealBroken)
})

test('the application’s role reaches no key, and the database holds none in clear', async () => {
  await vault.seal(placeIn(null), 'x')
  for (const table of ['platform.root_key', 'platform.data_keys']) {
    await expect(
      asSuperuser(db.host, db.name, async (client) => {
        await client.query('set role airdate_app')
        await client.query(`select * from ${table}`)
      }),
    ).rejects.toThrow('permission denied')
  }
  const [row] = await db.sql<{ wrapped: string }>('select wrapped from platform.data_keys')
  expect(row?.wrapped).toMatch(/^v1\./)
})

describe('after a rotation', () => {
  test('what was sealed before is opened, what is sealed then has a new key, and the old master key is worth nothing', async () => {
    const places = [placeIn(newId()), placeIn(null)]
    const sealed = await Promise.all(places.map((place) => vault.seal(place, `of ${place.rowId}`)))
    const next = newKey()
    expect(await rotateTo(next)).toBe(2)
    expect(await rotateTo(next)).toBe(0)
    const after = vaultOf(db, [next])
    for (const [index, place] of places.entries()) {
      expect(await after.open(place, sealed[index] ?? '')).toBe(`of ${place.rowId}`)
      expect(keyIdOf(await after.seal(place, 'x'))).not.toBe(keyIdOf(sealed[index] ?? ''))
    }
    expect((await keysOf()).filter((row) => row['works'])).toHaveLength(2)
    const late = vaultOf(db, [masterKey]).open(places[0] ?? placeIn(null), sealed[0] ?? '')
    await expect(late).rejects.toSatisfy((error) => isProblem(error, SecretsLocked))
  })

  test('a process that runs on finds the new key in its folder, and one that cannot says so', async () => {
    const place = placeIn(newId())
    const known = [masterKey]
    const running = vaultOf(db, known)
    const sealed = await running.seal(place, 'kept')
    const next = newKey()
    await rotateTo(next)
    // a key that was unwrapped before goes on opening
    expect(await running.open(place, sealed)).toBe('kept')
    await expect(running.seal(place, 'x')).rejects.toSatisfy((error) => isProblem(error, SecretsLocked))
    known.push(next)
    expect(await running.open(place, await running.seal(place, 'new'))).toBe('new')
    expect(await running.open(place, sealed)).toBe('kept')
  })

  test('keys made while processes are given both master keys are opened by those that have only the old one', async () => {
    const next = newKey()
    const both = vaultOf(db, [next, masterKey])
    const place = placeIn(null)
    const sealed = await both.seal(place, 'in between')
    expect(await vault.open(place, sealed)).toBe('in between')
    await rotateTo(next, [next, masterKey])
    expect(await both.open(place, sealed)).toBe('in between')
    expect(await vaultOf(db, [next]).open(place, sealed)).toBe('in between')
  })

  test('six hundred keys are wrapped anew, each once', async () => {
    await vault.seal(placeIn(null), 'x')
    await db.sql(
      `insert into platform.data_keys (id, workspace_id, kek_id, wrapped)
       select gen_random_uuid(), gen_random_uuid(), kek_id, 'not a key' from platform.data_keys, generate_series(1, 3)`,
    )
    const broken = rotateTo(newKey())
    await expect(broken).rejects.toThrow(SealBroken)
    await db.sql(`delete from platform.data_keys where wrapped = 'not a key'`)
    const places = Array.from({ length: 600 }, () => placeIn(newId()))
    for (let at = 0; at < places.length; at += 100) {
      await Promise.all(places.slice(at, at + 100).map((place) => vault.seal(place, place.rowId)))
    }
    const next = newKey()
    expect(await rotateTo(next)).toBe(601)
    const [counts] = await db.sql(
      `select count(*)::int as keys, count(distinct wrapped)::int as wraps, count(distinct kek_id)::int as keks from platform.data_keys`,
    )
    expect(counts).toEqual({ keys: 601, wraps: 601, keks: 1 })
  })

  test('sealing that goes on meanwhile loses nothing', async () => {
    const next = newKey()
    const known = [masterKey, next]
    const busy = vaultOf(db, known)
    const places = Array.from({ length: 40 }, (_, index) => placeIn(index % 2 === 0 ? newId() : null))
    const sealing = Promise.all(places.map((place) => busy.seal(place, place.rowId)))
    await rotateTo(next)
    const sealed = await sealing
    const after = vaultOf(db, [next])
    for (const [index, place] of places.entries())
      expect(await after.open(place, sealed[index] ?? '')).toBe(place.rowId)
  })
})
