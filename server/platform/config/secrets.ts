import { hkdfSync, timingSafeEqual } from 'node:crypto'
import { newSecret } from '#kernel/ids.ts'
import type { DataFolder } from './data-folder.ts'
import { readTextIfThere, writeOnceDurably } from './files.ts'
import { key256 } from './parse.ts'
import { ExitCode, StartFailure } from './start-failure.ts'

/**
 * 32 bytes that belong to `purpose` alone (HKDF-SHA-256, RFC 5869): the same for ever, and no way back to the master
 * key or to another purpose. Name purposes `database:airdate_app`, `cookies`, `playback-grants`.
 */
export function deriveSecret(masterKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `airdate/${purpose}`, 32))
}

/** `deriveSecret` as 43 characters of base64url: a password that needs no quoting in a URL, a shell or SQL. */
export function derivePassword(masterKey: Buffer, purpose: string): string {
  return deriveSecret(masterKey, purpose).toString('base64url')
}

/**
 * The data folder's master key: `given` (from AIRDATE_MASTER_KEY), or the one kept in the folder, or, at the very first
 * start, a new one, which is on disk when this returns. A key is never replaced: a folder remembers a digest of the key
 * that it began with and refuses every other. Safe against two processes that start at once.
 * @throws StartFailure (78) when the key is not this folder's, is missing, or cannot be read
 */
export function masterKeyOf(folder: DataFolder, given: Buffer | null): Buffer {
  const check = readTextIfThere(folder.masterKeyCheck)
  if (given !== null) return checked(folder, given, 'AIRDATE_MASTER_KEY')
  const kept = keptKey(folder)
  if (kept !== null) return checked(folder, kept, folder.masterKey)
  if (check !== null) {
    throw wrong(
      `the data folder ${folder.root} was made with a master key that is not there: set AIRDATE_MASTER_KEY to it`,
    )
  }
  writeOnceDurably(folder.masterKey, `${Buffer.from(newSecret(32), 'base64url').toString('base64')}\n`)
  const made = keptKey(folder)
  if (made === null) throw wrong(`the master key in ${folder.masterKey} vanished while it was made`)
  return checked(folder, made, folder.masterKey)
}

function keptKey(folder: DataFolder): Buffer | null {
  const written = readTextIfThere(folder.masterKey)
  if (written === null) return null
  const parsed = key256(written.trim())
  if ('wrong' in parsed) throw wrong(`the master key in ${folder.masterKey} is damaged: it ${parsed.wrong}`)
  return parsed.value
}

function checked(folder: DataFolder, key: Buffer, source: string): Buffer {
  const digest = derivePassword(key, 'master-key-check')
  if (writeOnceDurably(folder.masterKeyCheck, `${digest}\n`)) return key
  const known = Buffer.from(readTextIfThere(folder.masterKeyCheck)?.trim() ?? '')
  if (known.length === digest.length && timingSafeEqual(known, Buffer.from(digest))) return key
  throw wrong(`${source} is not the master key that the data folder ${folder.root} was made with`)
}

function wrong(message: string): StartFailure {
  return new StartFailure(message, { exitCode: ExitCode.configuration })
}
