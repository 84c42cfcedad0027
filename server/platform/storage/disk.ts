import { type Hash, createHash } from 'node:crypto'
import {
  type FileHandle,
  access,
  constants,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
} from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { monotonicMs } from '#kernel/clock.ts'
import { linkOrCopy } from './disk-copy.ts'
import { DiskDraft, syncFolder } from './disk-draft.ts'
import { codeOf, isAbsence, translateWriteError, writing } from './failures.ts'
import { assertKey, assertPrefix, isKey } from './keys.ts'
import {
  type ByteRange,
  type Draft,
  type DraftOptions,
  type ListedObject,
  ObjectNotFound,
  type PutOptions,
  type Storage,
  StorageFull,
  type StoredObject,
} from './storage.ts'
import { releaseTempName, removeLeftovers, tempName } from './temp.ts'

export interface DiskStorageOptions {
  /** The folder that holds the objects; made when it is missing. */
  readonly root: string
  /** Bytes of the filesystem that are left to others, the database first of all. */
  readonly reserveBytes: number
}

// No key has a part that begins with a dot: nothing in here can be taken for an object.
const UNFINISHED = '.unfinished'
const READ_BYTES = 1024 * 1024
// Asked before each write of known size; what is written within this time is far below any sensible reserve.
const FREE_KNOWN_MS = 250

/**
 * Opens the storage on a disk: each object is a file below `root` named by its key. What an earlier process left
 * unfinished is removed.
 * @throws StorageUnwritable when the folder cannot be made or written
 */
export async function openDiskStorage(options: DiskStorageOptions): Promise<DiskStorage> {
  const root = resolve(options.root)
  await writing(async () => {
    await mkdir(join(root, UNFINISHED), { recursive: true, mode: 0o700 })
    await removeLeftovers(join(root, UNFINISHED))
  })
  return new DiskStorage(root, options.reserveBytes)
}

/**
 * The driver for a local filesystem. A write goes to a file beside the objects, is flushed, renamed to its place, and the
 * folder is flushed: after a power cut an object is there whole or not at all.
 */
export class DiskStorage implements Storage {
  readonly #root: string
  readonly #reserveBytes: number
  #free = { bytes: 0, askedAtMs: -Infinity }

  constructor(root: string, reserveBytes: number) {
    this.#root = root
    this.#reserveBytes = reserveBytes
  }

  async put(key: string, body: Readable | Buffer, options: PutOptions = {}): Promise<StoredObject> {
    const path = this.#pathOf(key)
    await this.#demandRoom(Buffer.isBuffer(body) ? body.length : options.sizeBytes)
    const hash = createHash('sha256')
    const unfinished = this.#unfinishedPath()
    try {
      const sizeBytes = await writing(() => store(unfinished, body, hash, options.signal))
      await this.#moveInto(path, unfinished)
      return { key, sizeBytes, sha256: hash.digest('hex') }
    } finally {
      await this.#forget(unfinished)
    }
  }

  async putFile(key: string, path: string): Promise<StoredObject> {
    const target = this.#pathOf(key)
    const { sizeBytes, sha256 } = await flushAndHash(path)
    try {
      await this.#moveInto(target, path)
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error
      // Another filesystem: the bytes have to be carried over.
      await using source = await open(path, 'r')
      const stored = await this.put(key, source.createReadStream({ autoClose: false }), { sizeBytes })
      await rm(path)
      return stored
    }
    return { key, sizeBytes, sha256 }
  }

  async copy(fromKey: string, toKey: string): Promise<void> {
    const [from, target] = [this.#pathOf(fromKey), this.#pathOf(toKey)]
    const found = await this.head(fromKey)
    if (found === null) throw ObjectNotFound()
    const unfinished = this.#unfinishedPath()
    try {
      await linkOrCopy(from, unfinished, () => this.#demandRoom(found.sizeBytes))
      await this.#moveInto(target, unfinished)
    } finally {
      await this.#forget(unfinished)
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    const file = await this.#openFile(key)
    return file.createReadStream({ ...range, highWaterMark: 256 * 1024 })
  }

  async head(key: string): Promise<{ readonly sizeBytes: number } | null> {
    const found = await stat(this.#pathOf(key)).catch(absent)
    return found?.isFile() === true ? { sizeBytes: found.size } : null
  }

  async localFile(key: string): Promise<AsyncDisposable & { readonly path: string }> {
    if ((await this.head(key)) === null) throw ObjectNotFound()
    return { path: this.#pathOf(key), [Symbol.asyncDispose]: () => Promise.resolve() }
  }

  async openDraft(key: string, options: DraftOptions): Promise<Draft> {
    return DiskDraft.open(this.#pathOf(key), options.create, (other) => this.read(other))
  }

  async delete(keys: readonly string[]): Promise<void> {
    const paths = keys.map((key) => this.#pathOf(key))
    for (const path of paths) {
      await writing(() => rm(path, { force: true }))
      await this.#prune(dirname(path))
    }
  }

  async deletePrefix(prefix: string): Promise<void> {
    assertPrefix(prefix)
    if (prefix === '') throw new RangeError('The whole storage is not deleted by prefix')
    const folder = join(this.#root, prefix)
    const unfinished = this.#unfinishedPath()
    // One rename takes all of it away at once; the slow removal happens out of sight.
    const moved = await writing(() => rename(folder, unfinished).then(() => true, absent))
    if (moved === true) await this.#prune(dirname(folder))
    await this.#forget(unfinished)
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    assertPrefix(prefix)
    yield* this.#walk(prefix)
  }

  async freeBytes(): Promise<number> {
    if (monotonicMs() - this.#free.askedAtMs > FREE_KNOWN_MS) {
      const { bavail, bsize } = await statfs(this.#root)
      this.#free = { bytes: Math.max(0, bavail * bsize - this.#reserveBytes), askedAtMs: monotonicMs() }
    }
    return this.#free.bytes
  }

  async check(): Promise<void> {
    await access(this.#root, constants.R_OK | constants.W_OK | constants.X_OK)
  }

  sweep(): Promise<number> {
    return removeLeftovers(join(this.#root, UNFINISHED))
  }

  #pathOf(key: string): string {
    assertKey(key)
    return join(this.#root, key)
  }

  #unfinishedPath(): string {
    return join(this.#root, UNFINISHED, tempName())
  }

  async #forget(unfinished: string): Promise<void> {
    await rm(unfinished, { recursive: true, force: true })
    releaseTempName(unfinished)
  }

  async #demandRoom(sizeBytes: number | undefined): Promise<void> {
    if (sizeBytes !== undefined && sizeBytes > (await this.freeBytes())) throw StorageFull()
  }

  /** Renames `from` to `path` and makes the name durable. */
  async #moveInto(path: string, from: string): Promise<void> {
    const folder = dirname(path)
    for (let attempt = 0; ; attempt += 1) {
      try {
        const made = await mkdir(folder, { recursive: true, mode: 0o700 })
        await rename(from, path)
        await syncFolder(folder)
        if (made !== undefined) await syncUpTo(folder, dirname(made))
        return
      } catch (error) {
        // A folder that a delete found empty may go between mkdir and rename.
        if (codeOf(error) !== 'ENOENT' || attempt === 3 || (await stat(from).catch(absent)) === undefined) {
          throw translateWriteError(error)
        }
      }
    }
  }

  /** Removes folders that have become empty, from `folder` up to the root. */
  async #prune(folder: string): Promise<void> {
    for (let at = folder; at.length > this.#root.length; at = dirname(at)) {
      try {
        await rmdir(at)
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(codeOf(error))) return
        throw error
      }
    }
  }

  async #openFile(key: string): Promise<FileHandle> {
    const file = await open(this.#pathOf(key), 'r').catch(absent)
    if (file === undefined) throw ObjectNotFound()
    if ((await file.stat()).isFile()) return file
    await file.close()
    throw ObjectNotFound()
  }

  async *#walk(prefix: string): AsyncIterable<ListedObject> {
    const entries = (await readdir(join(this.#root, prefix), { withFileTypes: true }).catch(absent)) ?? []
    const keys = entries
      .filter((entry) => isKey(entry.name) && (entry.isFile() || entry.isDirectory()))
      .map((entry) => (entry.isDirectory() ? `${prefix}${entry.name}/` : prefix + entry.name))
    for (const key of keys.toSorted((a, b) => (a < b ? -1 : 1))) {
      if (key.endsWith('/')) yield* this.#walk(key)
      else {
        const found = await stat(join(this.#root, key)).catch(absent)
        if (found !== undefined) yield { key, sizeBytes: found.size, modifiedAt: found.mtime }
      }
    }
  }
}

/** Turns "there is none" into undefined. */
function absent(error: unknown): undefined {
  if (!isAbsence(error)) throw error
}

async function store(path: string, body: Readable | Buffer, hash: Hash, signal?: AbortSignal): Promise<number> {
  await using file = await open(path, 'wx', 0o600)
  let sizeBytes = 0
  const source: AsyncIterable<unknown> | Iterable<Buffer> = Buffer.isBuffer(body) ? [body] : body
  for await (const piece of source) {
    signal?.throwIfAborted()
    if (!(piece instanceof Uint8Array)) throw new TypeError('An object is made of bytes')
    const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    hash.update(bytes)
    await writeFully(file, bytes, sizeBytes)
    sizeBytes += bytes.length
  }
  await file.sync()
  return sizeBytes
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

async function flushAndHash(path: string): Promise<{ sizeBytes: number; sha256: string }> {
  await using file = await open(path, 'r+')
  await writing(() => file.sync())
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  let sizeBytes = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, sizeBytes)
    if (bytesRead === 0) return { sizeBytes, sha256: hash.digest('hex') }
    hash.update(buffer.subarray(0, bytesRead))
    sizeBytes += bytesRead
  }
}

async function syncUpTo(folder: string, top: string): Promise<void> {
  for (let at = dirname(folder); at.length >= top.length; at = dirname(at)) await syncFolder(at)
}
