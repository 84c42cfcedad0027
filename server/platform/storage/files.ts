import { createReadStream } from 'node:fs'
import { access, constants, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newSecret } from '#kernel/ids.ts'
import { isAbsence } from './failures.ts'

const MIB = 1024 * 1024

/**
 * The text of a file that belongs to the product (a migration, a page, a generated document), UTF-8.
 * @throws RangeError when it is larger than `maxBytes` (16 MiB)
 * @throws TypeError when it is not UTF-8
 */
export async function readTextFile(path: string, maxBytes = 16 * MIB): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(path, maxBytes))
}

/**
 * A whole local file that a program of ours has made, such as an encoded chunk.
 * @throws RangeError when it is larger than `maxBytes` (1 GiB)
 */
export async function readBytes(path: string, maxBytes = 1024 * MIB): Promise<Buffer> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  if (size > maxBytes) throw new RangeError(`${path} is larger than ${maxBytes} bytes`)
  return file.readFile()
}

/** The first `sizeBytes` of a local file, or all of it when it is shorter. */
export async function readHead(path: string, sizeBytes: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  const head = Buffer.alloc(sizeBytes)
  let filled = 0
  while (filled < sizeBytes) {
    const { bytesRead } = await file.read(head, filled, sizeBytes - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return head.subarray(0, filled)
}

/** A local file piece by piece (256 KiB each, the last one shorter), in order: for what is too large to hold. */
export async function* readPieces(path: string): AsyncIterable<Buffer> {
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    if (!Buffer.isBuffer(piece)) throw new TypeError('A file is made of bytes')
    yield piece
  }
}

/**
 * Writes a new file of pieces as they come: it is there whole, or not at all when they end with an error.
 * @throws the system's error when it cannot be written
 */
export async function writePieces(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${newSecret(6)}.new`
  try {
    await using file = await open(temporary, 'wx', 0o600)
    for await (const piece of pieces) await file.write(piece)
    await file.sync()
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/**
 * The size of a file that can be read, or null when there is no file.
 * @throws NodeJS.ErrnoException when there is one that cannot be read, or a folder on the way cannot be entered
 */
export async function fileSize(path: string): Promise<number | null> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return null
    await access(path, constants.R_OK)
    return stats.size
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

/** Absolute paths of the files directly in `folder` whose names end in `extension` (`.sql`; '' for all), by name. */
export async function listFiles(folder: string, extension = ''): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(folder, entry.name))
    .toSorted()
}

/** Writes a whole file into a folder of `tempDir`, for a program of ours to read. What is there is replaced. */
export async function writeTempFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content, { mode: 0o600 })
}
