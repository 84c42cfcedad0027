import * as fs from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { codeOf, isAbsence, translateWriteError, writing } from './failures.ts'
import { type Draft, ObjectNotFound } from './storage.ts'

// Linux takes at most 1024 pieces in one call (IOV_MAX).
const MAX_PIECES = 1024

// Numbers of open files instead of FileHandle, which closes by a trip to the thread pool: for that an answer would wait.
const { constants, closeSync, fstatSync } = fs
const openFile = promisify(fs.open)
const write = promisify(fs.write)
const writev = promisify(fs.writev)
const fdatasync = promisify(fs.fdatasync)
const ftruncate = promisify(fs.ftruncate)

type ReadObject = (key: string) => Promise<Readable>

/** A growing file, at the path that it keeps once it is whole: FFmpeg reads it there without a copy. */
export class DiskDraft implements Draft {
  readonly flushEveryBytes = 2 * 1024 * 1024
  readonly #fd: number
  readonly #read: ReadObject
  #closed = false

  private constructor(fd: number, read: ReadObject) {
    this.#fd = fd
    this.#read = read
  }

  /**
   * `read` reads other objects of the storage.
   * @throws ObjectNotFound when there is no such file and `create` is false
   */
  static async open(path: string, create: boolean, read: ReadObject): Promise<DiskDraft> {
    try {
      return new DiskDraft(await openFile(path, constants.O_RDWR), read)
    } catch (error) {
      if (!create && isAbsence(error)) throw ObjectNotFound({}, { cause: error })
      if (codeOf(error) !== 'ENOENT') throw translateWriteError(error)
    }
    return writing(async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const draft = new DiskDraft(await openFile(path, constants.O_RDWR | constants.O_CREAT, 0o600), read)
      try {
        // The name has to be as durable as the bytes that will be acknowledged.
        await syncFolder(dirname(path))
        return draft
      } catch (error) {
        draft.#close()
        throw error
      }
    })
  }

  size(): Promise<number> {
    // The inode of an open file is in memory: a trip to the thread pool would cost more than the call.
    const { size, nlink } = fstatSync(this.#fd)
    // A file that was removed while it is open has bytes that nobody will find.
    return Promise.resolve(nlink === 0 ? 0 : size)
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
    let { bytesWritten } = await writev(this.#fd, buffers, position)
    // A call may store less than it was given (a nearly full disk): the rest goes piece by piece.
    let start = 0
    for (const buffer of buffers) {
      for (let from = bytesWritten - start; from < buffer.length; from = bytesWritten - start) {
        bytesWritten += (await write(this.#fd, buffer, from, buffer.length - from, position + bytesWritten))
          .bytesWritten
      }
      start += buffer.length
    }
    return totalBytes
  }

  async append(fromKey: string, offset: number, beforeStep?: () => void): Promise<number> {
    let end = offset
    for await (const piece of (await this.#read(fromKey)) as AsyncIterable<Buffer>) {
      beforeStep?.()
      await this.write([piece], end)
      end += piece.length
    }
    return end
  }

  async sync(): Promise<void> {
    await writing(() => fdatasync(this.#fd))
  }

  async truncate(sizeBytes: number): Promise<void> {
    if ((await this.size()) > sizeBytes) await writing(() => ftruncate(this.#fd, sizeBytes))
  }

  async seal(sizeBytes: number): Promise<void> {
    const size = await this.size()
    if (size < sizeBytes) throw new Error(`A draft has ${size} bytes where ${sizeBytes} were written`)
    await this.truncate(sizeBytes)
    await this.sync()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    return Promise.resolve()
  }

  #close(): void {
    // A number that was closed may be another file's by now.
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }
}

/** Makes names in a folder (new, renamed, removed) durable. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, constants.O_RDONLY)
  await folder.sync()
}
