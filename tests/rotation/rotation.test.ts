import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId, newSecret } from '#kernel/ids.ts'
import { type Config, toConfig } from '#platform/config/config.ts'
import { type DataFolder, dataFolder, prepareDataFolder } from '#platform/config/data-folder.ts'
import { keptKeys, masterKeysOf } from '#platform/config/secrets.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import type { SealedPlace } from '#platform/secrets/sealing.ts'
import { Vault } from '#platform/secrets/vault.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { giveToScripts, script } from '#tests/support/script.ts'
import { prepareDatabase } from '../../server/install.ts'
import { type Rotated, type RotationStep, rotateMasterKey } from '../../server/rotation.ts'

const PROGRAM = join(import.meta.dirname, 'fixtures/rotate.ts')
const STEPS: readonly RotationStep[] = ['next key kept', 'keys rewrapped', 'committed']
const place: SealedPlace = { table: 'commons.grants', column: 'token', rowId: newId(), workspaceId: newId() }

let db: TestDatabase
let root: string
let folder: DataFolder
beforeEach(async () => {
  db = await testDatabase()
  root = mkdtempSync(join(tmpdir(), 'airdate-rotation-'))
  folder = prepareDataFolder(root)
  giveAll()
})
afterEach(async () => {
  await db[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

function giveAll(): void {
  for (const path of [root, ...Object.values(folder)]) {
    try {
      giveToScripts(path)
    } catch {
      // not every file is there
    }
  }
}

type Keys = Readonly<Partial<Record<'AIRDATE_MASTER_KEY' | 'AIRDATE_MASTER_KEY_PREVIOUS', string>>>
const newKey = (): string => Buffer.from(newSecret(32), 'base64url').toString('base64')
const databaseUrl = (): string => `postgresql://postgres:test@localhost/${db.name}?host=${encodeURIComponent(db.host)}`

/** What a start does first: with these keys of the environment, on this folder. */
async function start(keys: Keys = {}, at: DataFolder = folder): Promise<{ root: Buffer; vault: Vault }> {
  const masterKeys = masterKeysOf(at, configOf(keys, at))
  const prepared = await prepareDatabase(db.connection('owner'), masterKeys)
  return { root: prepared.root, vault: new Vault({ database: db.database, masterKeys, log: createLogger('silent') }) }
}

function configOf(keys: Keys, at: DataFolder): Config {
  const { config } = toConfig({ DATABASE_URL: databaseUrl(), ...keys }, {}, { workingFolder: '/', checkout: at.root })
  if (config === undefined) throw new Error('the configuration is wrong')
  return config
}

function rotate(keys: Keys = {}, onStep?: (step: RotationStep) => void): Promise<Rotated> {
  const options = { config: configOf(keys, folder), folder, connection: db.connection('owner') }
  return rotateMasterKey(onStep === undefined ? options : { ...options, onStep })
}

/** Rotates in a process of its own, which kills itself at that step. */
async function rotateKilled(at: RotationStep): Promise<void> {
  giveAll()
  const running = script(PROGRAM, [root, at], { DATABASE_URL: databaseUrl() })
  await expect(running.next()).rejects.toThrow('ended')
  await running.end('SIGCONT')
}

/** Rotates until that step and no further. */
async function rotateUntil(keys: Keys, last: RotationStep): Promise<void> {
  const cut = rotate(keys, (step) => {
    if (step === last) throw new Error('cut short')
  })
  await expect(cut).rejects.toThrow('cut short')
}

const refused = expect.objectContaining({ exitCode: 78, name: StartFailure.name })

describe('with the key in the data folder, a rotation', () => {
  test('changes the key, keeps the root, and starts new data keys', async () => {
    const before = await start()
    const sealed = await before.vault.seal(place, 'hush')
    const [old] = keptKeys(folder)
    expect(await rotate()).toEqual({ state: 'rotated', dataKeys: 1 })
    expect(keptKeys(folder)).toHaveLength(1)
    expect(keptKeys(folder)[0]).not.toEqual(old)
    const after = await start()
    expect(after.root).toEqual(before.root)
    expect(await after.vault.open(place, sealed)).toBe('hush')
    expect(await after.vault.seal(place, 'x')).not.toContain(sealed.split('.')[1])
    // the vault that was there all the time finds the new key by itself
    expect(await before.vault.open(place, await before.vault.seal(place, 'still'))).toBe('still')
    const stale = { AIRDATE_MASTER_KEY: old?.toString('base64') ?? '' }
    await expect(start(stale)).rejects.toEqual(refused)
    const entries = await db.sql(`select action, actor_name, before <> after as changed from commons.audit_entries`)
    expect(entries).toEqual([
      { action: 'installation.master-key-rotated', actor_name: 'airdate secrets rotate', changed: true },
    ])
  })

  test.each(STEPS)('killed at "%s" leaves everything readable, and is finished by the next', async (step) => {
    const before = await start()
    const sealed = await before.vault.seal(place, 'hush')
    await rotateKilled(step)
    const between = await start()
    expect(between.root).toEqual(before.root)
    expect(await between.vault.open(place, sealed)).toBe('hush')
    const inBetween = await between.vault.seal(place, 'in between')
    expect(await rotate()).toMatchObject({ state: expect.stringMatching(/^(rotated|finished)$/) })
    const after = await start()
    expect(after.root).toEqual(before.root)
    expect(keptKeys(folder)).toHaveLength(1)
    expect(await after.vault.open(place, sealed)).toBe('hush')
    expect(await after.vault.open(place, inBetween)).toBe('in between')
  })
})

describe('with the key in the environment, a rotation', () => {
  test('goes from the previous key to the new one, while processes that have both run on', async () => {
    const [old, next] = [newKey(), newKey()]
    const before = await start({ AIRDATE_MASTER_KEY: old })
    const sealed = await before.vault.seal(place, 'hush')
    const both = { AIRDATE_MASTER_KEY: next, AIRDATE_MASTER_KEY_PREVIOUS: old }
    const running = await start(both)
    expect(await rotate(both)).toEqual({ state: 'rotated', dataKeys: 1 })
    expect(await running.vault.open(place, await running.vault.seal(place, 'still'))).toBe('still')
    const after = await start({ AIRDATE_MASTER_KEY: next })
    expect(after.root).toEqual(before.root)
    expect(await after.vault.open(place, sealed)).toBe('hush')
    await expect(start({ AIRDATE_MASTER_KEY: old })).rejects.toEqual(refused)
    expect(await rotate(both)).toEqual({ state: 'finished', dataKeys: 0 })
  })

  test.each(STEPS)('cut short at "%s" leaves everything readable, and is finished by the next', async (step) => {
    const [old, next] = [newKey(), newKey()]
    const both = { AIRDATE_MASTER_KEY: next, AIRDATE_MASTER_KEY_PREVIOUS: old }
    const before = await start({ AIRDATE_MASTER_KEY: old })
    const sealed = await before.vault.seal(place, 'hush')
    await rotateUntil(both, step)
    expect(await (await start(both)).vault.open(place, sealed)).toBe('hush')
    expect(await rotate(both)).toMatchObject({ state: step === 'committed' ? 'finished' : 'rotated' })
    const after = await start({ AIRDATE_MASTER_KEY: next })
    expect(after.root).toEqual(before.root)
    expect(await after.vault.open(place, sealed)).toBe('hush')
  })

  test('takes over from a key that the folder kept, which is then forgotten', async () => {
    const before = await start()
    const sealed = await before.vault.seal(place, 'hush')
    const given = { AIRDATE_MASTER_KEY: newKey() }
    await rotateUntil(given, 'committed')
    expect(await rotate(given)).toEqual({ state: 'finished', dataKeys: 0 })
    expect(keptKeys(folder)).toEqual([])
    expect(await (await start(given)).vault.open(place, sealed)).toBe('hush')
    await expect(start()).rejects.toEqual(refused)
  })

  test('is refused when there is no new key', async () => {
    const given = { AIRDATE_MASTER_KEY: newKey() }
    await start(given)
    await expect(rotate(given)).rejects.toThrow('AIRDATE_MASTER_KEY is the key at work')
  })
})

describe('a wrong master key', () => {
  test('is refused before anything is changed, also with a data folder that has seen nothing', async () => {
    const right = { AIRDATE_MASTER_KEY: newKey() }
    await start(right)
    await db.sql(`delete from platform.migrations where name like '%platform_realtime'`)
    const fresh = prepareDataFolder(mkdtempSync(join(tmpdir(), 'airdate-rotation-fresh-')))
    try {
      for (const keys of [{ AIRDATE_MASTER_KEY: newKey() }, {}]) {
        await expect(start(keys, fresh)).rejects.toEqual(refused)
        await expect(start(keys, fresh)).rejects.toThrow(/is not the master key that this database was set up with/)
      }
      // it would have been applied again, and failed
      expect(await db.sql(`select name from platform.migrations where name like '%platform_realtime'`)).toEqual([])
    } finally {
      rmSync(fresh.root, { recursive: true, force: true })
    }
    await expect(start(right)).rejects.toThrow('Migration')
  })

  test('is refused for a database from before there were roots, by what the folder remembers', async () => {
    await db.sql('drop table platform.root_key')
    await db.sql(`delete from platform.migrations where name like '%platform_secrets'`)
    await db.sql('drop table platform.data_keys')
    const { current } = masterKeysOf(folder)
    await expect(start({ AIRDATE_MASTER_KEY: newKey() })).rejects.toEqual(refused)
    // everything that was derived from the master key then goes on being derived from it
    expect((await start()).root).toEqual(current)
    await rotate()
    expect((await start()).root).toEqual(current)
  })

  test('that is damaged, or a root that was changed, opens nothing', async () => {
    await start()
    await db.sql(`update platform.root_key set sealed = regexp_replace(sealed, '.{22}$', repeat('A', 22))`)
    await expect(start()).rejects.toThrow('was damaged')
  })
})

test('two that start at once on an empty database agree on one root', async () => {
  const key = { AIRDATE_MASTER_KEY: newKey() }
  const other = dataFolder(root)
  const roots = await Promise.all([start(key), start(key, other), start(key)])
  expect(new Set(roots.map((one) => one.root.toString('hex'))).size).toBe(1)
})
