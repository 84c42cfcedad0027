import { constants, fstatSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, isAbsence, translateWriteError, writing } from './failures.ts'
import { FileDigest } from './hasher.ts'
import { type DigestAlgorithm, type Draft, type DraftDigest, ObjectNotFound } from './storage.ts'

// Linux takes at most 1024 pieces in one call (IOV_MAX).
const MAX_PIECES = 1024

/** A growing file, at the path that it keeps once it is whole: FFmpeg reads it there without a copy. */
export class DiskDraft implements Draft {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** @throws ObjectNotFound when there is no such file and `create` is false */
  static async open(path: string, create: boolean): Promise<DiskDraft> {
    try {
      return new DiskDraft(await open(path, constants.O_RDWR))
    } catch (error) {
      if (!create && isAbsence(error)) throw ObjectNotFound({}, { cause: error })
      if (codeOf(error) !== 'ENOENT') throw translateWriteError(error)
    }
    return writing(async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
      // The name has to be as durable as the bytes that will be acknowledged.
      await syncFolder(dirname(path))
      return new DiskDraft(file)
    })
  }

  size(): Promise<number> {
    // The inode of an open file is in memory: a trip to the thread pool would cost more than the call.
    return Promise.resolve(fstatSync(this.#file.fd).size)
  }

  async write(buffers: readonly Buffer[], offset: number): Promise<void> {
    await writing(async () => {
      let position = offset
      for (let first = 0; first < buffers.length; first += MAX_PIECES) {
        position += await this.#writePieces(buffers.slice(first, first + MAX_PIECES), position)
      }
    })
  }

  async #writePieces(buffers: Buffer[], position: number): Promise<number> {
    const totalBytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    let { bytesWritten } = await this.#file.writev(buffers, position)
    // A call may store less than it was given (a nearly full disk): the rest goes piece by piece.
    let start = 0
    for (const buffer of buffers) {
      for (let from = bytesWritten - start; from < buffer.length; from = bytesWritten - start) {
        bytesWritten += (await this.#file.write(buffer, from, buffer.length - from, position + bytesWritten))
          .bytesWritten
      }
      start += buffer.length
    }
    return totalBytes
  }

  digest(algorithm: DigestAlgorithm): DraftDigest {
    return new FileDigest(this.#file.fd, algorithm)
  }

  async sync(): Promise<void> {
    await writing(() => this.#file.datasync())
  }

  async truncate(sizeBytes: number): Promise<void> {
    if ((await this.size()) > sizeBytes) await writing(() => this.#file.truncate(sizeBytes))
  }

  async seal(sizeBytes: number): Promise<void> {
    const size = await this.size()
    if (size < sizeBytes) throw new Error(`A draft has ${size} bytes where ${sizeBytes} were written`)
    await this.truncate(sizeBytes)
    await this.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** Makes names in a folder (new, renamed, removed) durable. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, constants.O_RDONLY)
  await folder.sync()
}
