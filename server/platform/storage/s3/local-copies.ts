import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { newSecret } from '#kernel/ids.ts'
import { writing } from '../failures.ts'
import { StorageFull } from '../storage.ts'
import { type TempDir, tempDir } from '../temp.ts'

interface Copy {
  readonly key: string
  readonly path: string
  readonly sizeBytes: number
  readonly ready: Promise<void>
  users: number
}

/** An object at one moment: its key and ETag name its bytes. */
interface Version {
  readonly key: string
  readonly etag: string
  readonly sizeBytes: number
  /** Hex; null when it is not known. */
  readonly sha256: string | null
}

/**
 * Local copies of objects, each fetched once for all who use it at the same time, and kept for who comes later: a film is
 * encoded chunk by chunk. Those that nobody uses go, the longest unused first, as soon as all of them have more than
 * `mostBytes`; those in use stay.
 */
export class LocalCopies implements AsyncDisposable {
  readonly #mostBytes: number
  /** By key and ETag, the last used last. */
  readonly #copies = new Map<string, Copy>()
  #folder: Promise<TempDir> | null = null

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** The copy of `version`; `read` is called when there is none yet. Dispose it when the path is not needed any more. */
  async open(version: Version, read: () => Promise<Readable>): Promise<AsyncDisposable & { readonly path: string }> {
    const name = `${version.key} ${version.etag}`
    const folder = await this.#folderPath()
    // Nothing waits from here until the user counts.
    const copy = this.#copies.get(name) ?? this.#begin(folder, version, read)
    this.#copies.delete(name)
    this.#copies.set(name, copy)
    copy.users += 1
    let held = true
    const release = async (): Promise<void> => {
      if (!held) return
      held = false
      copy.users -= 1
      await this.#evict()
    }
    try {
      await copy.ready
    } catch (error) {
      if (this.#copies.get(name) === copy) this.#copies.delete(name)
      await release()
      throw error
    }
    return { path: copy.path, [Symbol.asyncDispose]: release }
  }

  /** Removes copies of an object that is gone, unless they are in use; those go with the others. */
  async forget(key: string): Promise<void> {
    for (const [name, copy] of this.#copies) if (copy.key === key) await this.#drop(name, copy)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#copies.values()].map((copy) => copy.ready))
    await (await this.#folder)?.[Symbol.asyncDispose]()
    this.#folder = null
    this.#copies.clear()
  }

  async #folderPath(): Promise<string> {
    try {
      return (await (this.#folder ??= tempDir())).path
    } catch (error) {
      this.#folder = null
      throw error
    }
  }

  #begin(folder: string, version: Version, read: () => Promise<Readable>): Copy {
    const { key, sizeBytes } = version
    const path = join(folder, newSecret(16))
    return { key, path, sizeBytes, users: 0, ready: this.#fetch(folder, path, version, read) }
  }

  async #fetch(folder: string, path: string, version: Version, read: () => Promise<Readable>): Promise<void> {
    const { sizeBytes } = version
    await this.#evict(sizeBytes)
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < sizeBytes) throw StorageFull({ detail: 'There is no room for a local copy' })
    try {
      const body = await read()
      const file = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: 1024 * 1024 })
      await writing(() => pipeline(body, checked(version), file))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  async #evict(comingBytes = 0): Promise<void> {
    let bytes = [...this.#copies.values()].reduce((sum, copy) => sum + copy.sizeBytes, comingBytes)
    for (const [name, copy] of this.#copies) {
      if (bytes <= this.#mostBytes) return
      if (await this.#drop(name, copy)) bytes -= copy.sizeBytes
    }
  }

  async #drop(name: string, copy: Copy): Promise<boolean> {
    if (copy.users > 0) return false
    this.#copies.delete(name)
    await rm(copy.path, { force: true })
    return true
  }
}

/** Passes bytes on, and fails when they are not those that were stored. */
function checked({ key, sizeBytes, sha256 }: Version): Transform {
  const hash = createHash('sha256')
  let passedBytes = 0
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece)
      passedBytes += piece.length
      done(null, piece)
    },
    flush(done) {
      const whole = passedBytes === sizeBytes && (sha256 === null || hash.digest('hex') === sha256)
      done(whole ? null : new Error(`${key} came with other bytes than were stored`))
    },
  })
}
