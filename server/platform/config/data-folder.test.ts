import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataFolder, isDataFolder, prepareDataFolder } from './data-folder.ts'
import {
  databaseOwnerPassword,
  derivePassword,
  deriveSecret,
  forgetKeptKeys,
  keptKeys,
  masterKeysOf,
  nextMasterKey,
} from './secrets.ts'
import { StartFailure } from './start-failure.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'airdate-folder-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test('the folder and all in it are made for the owner alone, whatever the umask', () => {
  const before = process.umask(0)
  try {
    const folder = prepareDataFolder(join(place, 'not', 'there'))
    for (const path of [folder.root, folder.files, folder.tmp, folder.secrets, folder.run, folder.children]) {
      expect(statSync(path).mode & 0o777).toBe(0o700)
    }
  } finally {
    process.umask(before)
  }
})

test('an empty folder becomes a data folder, and preparing it again changes nothing', () => {
  expect(isDataFolder(place)).toBe(false)
  prepareDataFolder(place)
  expect(isDataFolder(place)).toBe(true)
  expect(prepareDataFolder(place)).toEqual(dataFolder(place))
})

test('a folder with other things in it is refused and left alone', () => {
  writeFileSync(join(place, 'letter.txt'), 'dear')
  expect(() => prepareDataFolder(place)).toThrow(/not empty and no data folder/)
  expect(isDataFolder(place)).toBe(false)
})

test('a file in the place of the folder, and a layout of later, are told in one line', () => {
  const file = join(place, 'file')
  writeFileSync(file, '')
  expect(() => prepareDataFolder(join(file, 'below'))).toThrow(StartFailure)
  const later = join(place, 'later')
  mkdirSync(later)
  writeFileSync(join(later, 'VERSION'), '99\n')
  expect(() => prepareDataFolder(later)).toThrow(/layout 99/)
})

const given = (masterKey: Buffer, masterKeyPrevious: Buffer | null = null) => ({ masterKey, masterKeyPrevious })

test('the master key is made once, for its owner alone, and stays', () => {
  const folder = prepareDataFolder(place)
  const key = masterKeysOf(folder).current
  expect(key).toHaveLength(32)
  expect(statSync(folder.masterKey).mode & 0o777).toBe(0o600)
  expect(masterKeysOf(folder).current).toEqual(key)
  expect(masterKeysOf(folder, given(key)).candidates()).toEqual([key])
})

test('the folder remembers which key was right last, and the others are told apart', () => {
  const folder = prepareDataFolder(place)
  const { current } = masterKeysOf(folder)
  const other = masterKeysOf(folder, given(Buffer.alloc(32, 1), current))
  expect(other.candidates()).toEqual([Buffer.alloc(32, 1), current])
  expect(() => other.assertRemembered()).toThrow(/AIRDATE_MASTER_KEY is not the master key/)
  other.confirm(Buffer.alloc(32, 1))
  other.assertRemembered()
  expect(() => masterKeysOf(folder).assertRemembered()).toThrow(/is not the master key/)
})

test('a key that is lost or damaged is never made anew', () => {
  const folder = prepareDataFolder(place)
  const key = Buffer.alloc(32, 3)
  masterKeysOf(folder, given(key)).confirm(key)
  expect(() => masterKeysOf(folder)).toThrow(/set AIRDATE_MASTER_KEY/)
  writeFileSync(folder.masterKey, 'gone bad')
  expect(() => masterKeysOf(folder)).toThrow(/damaged/)
  expect(readFileSync(folder.masterKey, 'utf8')).toBe('gone bad')
})

test('the next key is made once, known to who looks again, and follows when it is found to be right', () => {
  const folder = prepareDataFolder(place)
  const keys = masterKeysOf(folder)
  const next = nextMasterKey(folder)
  expect(nextMasterKey(folder)).toEqual(next)
  expect(keys.candidates()).toEqual([keys.current, next])
  keys.confirm(keys.current)
  expect(keptKeys(folder)).toEqual([keys.current, next])
  masterKeysOf(folder).confirm(next)
  expect(keptKeys(folder)).toEqual([next])
  masterKeysOf(folder).assertRemembered()
  forgetKeptKeys(folder)
  expect(() => masterKeysOf(folder)).toThrow(/set AIRDATE_MASTER_KEY/)
})

test('the password of the database’s owner outlasts the key, and a cluster from before keeps its own', () => {
  const folder = prepareDataFolder(join(place, 'new'))
  const password = databaseOwnerPassword(folder, masterKeysOf(folder))
  expect(password).toMatch(/^[\w-]{43}$/)
  expect(databaseOwnerPassword(folder, masterKeysOf(folder, given(Buffer.alloc(32, 9))))).toBe(password)
  expect(statSync(folder.databaseOwner).mode & 0o777).toBe(0o600)
  const older = prepareDataFolder(join(place, 'older'))
  const keys = masterKeysOf(older)
  mkdirSync(older.pg)
  writeFileSync(join(older.pg, 'PG_VERSION'), '18\n')
  expect(() => databaseOwnerPassword(older, masterKeysOf(older, given(Buffer.alloc(32, 9))))).toThrow(StartFailure)
  expect(databaseOwnerPassword(older, keys)).toBe(derivePassword(keys.current, 'database:owner'))
})

test('secrets differ by purpose and by key, and stay the same', () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  expect(deriveSecret(one, 'a')).toEqual(deriveSecret(one, 'a'))
  expect(deriveSecret(one, 'a')).not.toEqual(deriveSecret(one, 'b'))
  expect(deriveSecret(one, 'a')).not.toEqual(deriveSecret(other, 'a'))
  // frozen: a change would lock everybody out of their database
  expect(deriveSecret(Buffer.alloc(32), 'test').toString('hex')).toMatchInlineSnapshot(
    `"6617a1280f547af0caa695ea918ba9ab2e12aa9b1e52dd0daa7f1e4987de1028"`,
  )
})
