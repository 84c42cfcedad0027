import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { newSecret } from '#kernel/ids.ts'

/*
 * The few small files of the house itself: keys, the records of a run, the database's control files. They are read and
 * written in one go before anything else runs, so the calls are synchronous. What users store goes through storage.
 */

const NOTHING_THERE = new Set(['ENOENT', 'ENOTDIR', 'ESRCH'])

/** Whether a system call failed because there is no such file, folder or process. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NOTHING_THERE.has(String(error.code))
}

/** The text of a small file, or null when there is none. @throws RangeError when it is larger than `maxBytes` */
export function readTextIfThere(path: string, maxBytes = 64 * 1024): string | null {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
  try {
    return readOpenFile(descriptor, maxBytes)
  } catch (error) {
    // a file of /proc may vanish between opening and reading
    if (isAbsence(error)) return null
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The text of a file that was open when we were started. It is closed, so that no child inherits it.
 * @throws RangeError when it is larger than `maxBytes`
 */
export function readHandedOver(descriptor: number, maxBytes: number): string {
  try {
    return readOpenFile(descriptor, maxBytes)
  } finally {
    closeSync(descriptor)
  }
}

function readOpenFile(descriptor: number, maxBytes: number): string {
  if (fstatSync(descriptor).size === 0) {
    // files of /proc say 0; reading tells
    const text = readFileSync(descriptor)
    if (text.length > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`)
    return text.toString('utf8')
  }
  const buffer = Buffer.alloc(maxBytes + 1)
  let length = 0
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, length)
    if (read === 0) return buffer.toString('utf8', 0, length)
    length += read
    if (length > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`)
  }
}

/**
 * Replaces a file in one step; after a crash the old text or the new one is there, never a part. The new text is on
 * disk when this returns.
 */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const temporary = writeTemporary(path, text, mode)
  renameSync(temporary, path)
  syncFolder(dirname(path))
}

/** Like `writeDurably`, but leaves a file that is there already alone and answers false. */
export function writeOnceDurably(path: string, text: string, mode = 0o600): boolean {
  const temporary = writeTemporary(path, text, mode)
  try {
    linkSync(temporary, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Replaces a file in one step without waiting for the disk: for records that mean nothing after a restart. */
export function writeQuickly(path: string, text: string, mode = 0o600): void {
  const temporary = `${path}.${newSecret(6)}.new`
  const descriptor = openSync(temporary, 'wx', mode)
  try {
    writeSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, path)
}

function writeTemporary(path: string, text: string, mode: number): string {
  const temporary = `${path}.${newSecret(6)}.new`
  const descriptor = openSync(temporary, 'wx', mode)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
  return temporary
}

/** Makes the names in a folder durable (fsync of the folder itself). */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Makes a folder with this mode, whatever the umask; one that is there keeps its mode. Its parent must exist. */
export function makeFolder(path: string, mode = 0o700): void {
  try {
    mkdirSync(path, { mode })
    chmodSync(path, mode)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST' && statSync(path).isDirectory()) return
    throw error
  }
}

/** Makes the folders above `path` where they are missing. */
export function makeParents(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
}

/** The names in a folder, sorted; empty when there is no such folder. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).toSorted()
  } catch (error) {
    if (isAbsence(error)) return []
    throw error
  }
}

/** Whether two paths lead to the same file or folder; false when one of them is not there or not ours to see. */
export function isSamePlace(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one), statSync(other)]
    return a.dev === b.dev && a.ino === b.ino
  } catch (error) {
    if (isAbsence(error) || (error instanceof Error && 'code' in error && error.code === 'EACCES')) return false
    throw error
  }
}

/** Removes a file or a folder with all it holds; nothing happens when it is not there. */
export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/** Removes all that a folder holds, and keeps the folder. */
export function emptyFolder(path: string): void {
  for (const name of namesIn(path)) remove(join(path, name))
}

/** Renames within one file system and makes it durable. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to)
  syncFolder(dirname(to))
}

/** @throws the system's error when this user may not read, write and enter the folder */
export function assertUsable(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
}

/** Bytes that this user may still write to the file system that holds `path`. */
export function freeSpaceBytes(path: string): number {
  const found = statfsSync(path)
  return found.bavail * found.bsize
}
