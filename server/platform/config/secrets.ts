import { hkdfSync, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { newSecret } from '#kernel/ids.ts'
import type { Config } from './config.ts'
import type { DataFolder } from './data-folder.ts'
import { isAbsence, readTextIfThere, remove, renameDurably, writeDurably, writeOnceDurably } from './files.ts'
import { key256 } from './parse.ts'
import { ExitCode, StartFailure } from './start-failure.ts'

/**
 * 32 bytes that belong to `purpose` alone (HKDF-SHA-256, RFC 5869): the same for ever, and no way back to `secret` or to
 * another purpose. Name purposes `database:app`, `cache`. What must outlast a rotation of the master key is derived from
 * the root of the installation, not from the master key.
 */
export function deriveSecret(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `airdate/${purpose}`, 32))
}

/** `deriveSecret` as 43 characters of base64url: a password that needs no quoting in a URL, a shell or SQL. */
export function derivePassword(secret: Buffer, purpose: string): string {
  return deriveSecret(secret, purpose).toString('base64url')
}

/** The master keys that a process knows. Which of them is right the database says, where something is sealed with it. */
export interface MasterKeys {
  /** The key at work, or the one that is to be: of the environment, or kept in the data folder. */
  readonly current: Buffer
  /** Where `current` is from, for messages. */
  readonly source: string
  /** Every key that may be right, `current` first; found anew at each call, since another process may rotate. */
  candidates(): readonly Buffer[]
  /**
   * For what is not sealed yet: the folder remembers a digest of the key that it was used with last.
   * @throws StartFailure (78) when that was not `current`
   */
  assertRemembered(): void
  /** Has the folder remember the key that was found to be right, and finishes a rotation that was cut short. */
  confirm(key: Buffer): void
}

/** What the environment says of the master key. */
export type GivenKeys = Pick<Config, 'masterKey' | 'masterKeyPrevious'>

const NOTHING_GIVEN: GivenKeys = { masterKey: null, masterKeyPrevious: null }

/**
 * The master keys of a data folder: what is given (AIRDATE_MASTER_KEY, and AIRDATE_MASTER_KEY_PREVIOUS while it is
 * rotated), or the one kept in the folder, or, at the very first start, a new one, which is on disk when this returns. One
 * that was lost is never made anew. Safe against two processes that start at once.
 * @throws StartFailure (78) when there is none, or it cannot be read
 */
export function masterKeysOf(folder: DataFolder, given: GivenKeys = NOTHING_GIVEN): MasterKeys {
  const { masterKey, masterKeyPrevious } = given
  if (masterKey !== null) {
    const known = masterKeyPrevious === null ? [masterKey] : [masterKey, masterKeyPrevious]
    return keysIn(folder, masterKey, 'AIRDATE_MASTER_KEY', () => known)
  }
  const kept = keptIn(folder.masterKey) ?? madeIn(folder)
  return keysIn(folder, kept, folder.masterKey, () => keptKeys(folder))
}

function keysIn(folder: DataFolder, current: Buffer, source: string, candidates: () => readonly Buffer[]): MasterKeys {
  return {
    ...{ current, source, candidates },
    assertRemembered: () => {
      const known = readTextIfThere(folder.masterKeyCheck)?.trim()
      if (known === undefined || isSame(known, digestOf(current))) return
      throw wrong(`${source} is not the master key that the data folder ${folder.root} was made with`)
    },
    confirm: (key) => {
      const next = keptIn(nextOf(folder))
      if (next?.equals(key) === true) promote(folder)
      const digest = digestOf(key)
      if (readTextIfThere(folder.masterKeyCheck)?.trim() !== digest) writeDurably(folder.masterKeyCheck, `${digest}\n`)
    },
  }
}

/** Every key kept in the folder: the one at work, and during a rotation the next. */
export function keptKeys(folder: DataFolder): readonly Buffer[] {
  return [keptIn(folder.masterKey), keptIn(nextOf(folder))].filter((key) => key !== null)
}

/**
 * The key that is to follow the one kept in the folder; it is on disk when this returns. One that was begun with before
 * is gone on with.
 */
export function nextMasterKey(folder: DataFolder): Buffer {
  writeOnceDurably(nextOf(folder), written(newKey()))
  const next = keptIn(nextOf(folder))
  if (next === null) throw wrong(`the master key in ${nextOf(folder)} vanished while it was made`)
  return next
}

/** Removes what the folder keeps of master keys: they are given by the environment from now on. */
export function forgetKeptKeys(folder: DataFolder): void {
  remove(folder.masterKey)
  remove(nextOf(folder))
}

/**
 * The password of the role that owns the embedded database. It is made by chance with the cluster and kept beside it, in a
 * file that only who may read the cluster's own files can read. A cluster from before that had it from the master key.
 * @throws StartFailure (78) for a cluster from before, when `keys` are not those that it was made with
 */
export function databaseOwnerPassword(folder: DataFolder, keys: MasterKeys): string {
  const kept = readTextIfThere(folder.databaseOwner)?.trim()
  if (kept !== undefined) return kept
  if (readTextIfThere(join(folder.pg, 'PG_VERSION')) === null) {
    writeOnceDurably(folder.databaseOwner, `${newSecret(32)}\n`)
  } else {
    keys.assertRemembered()
    writeOnceDurably(folder.databaseOwner, `${derivePassword(keys.current, 'database:owner')}\n`)
  }
  return readTextIfThere(folder.databaseOwner)?.trim() ?? ''
}

function nextOf(folder: DataFolder): string {
  return `${folder.masterKey}.next`
}

function promote(folder: DataFolder): void {
  try {
    renameDurably(nextOf(folder), folder.masterKey)
  } catch (error) {
    // another process has done the same
    if (!isAbsence(error)) throw error
  }
}

function madeIn(folder: DataFolder): Buffer {
  if (readTextIfThere(folder.masterKeyCheck) !== null) {
    throw wrong(
      `the data folder ${folder.root} was made with a master key that is not there: set AIRDATE_MASTER_KEY to it`,
    )
  }
  writeOnceDurably(folder.masterKey, written(newKey()))
  const made = keptIn(folder.masterKey)
  if (made === null) throw wrong(`the master key in ${folder.masterKey} vanished while it was made`)
  keysIn(folder, made, folder.masterKey, () => [made]).confirm(made)
  return made
}

function keptIn(path: string): Buffer | null {
  const text = readTextIfThere(path)
  if (text === null) return null
  const parsed = key256(text.trim())
  if ('wrong' in parsed) throw wrong(`the master key in ${path} is damaged: it ${parsed.wrong}`)
  return parsed.value
}

function newKey(): Buffer {
  return Buffer.from(newSecret(32), 'base64url')
}

function written(key: Buffer): string {
  return `${key.toString('base64')}\n`
}

function digestOf(key: Buffer): string {
  return derivePassword(key, 'master-key-check')
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

function wrong(message: string): StartFailure {
  return new StartFailure(message, { exitCode: ExitCode.configuration })
}
