import { execFile } from 'node:child_process'
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { type DiskStorage, openDiskStorage } from './disk.ts'
import { translateWriteError } from './failures.ts'
import { collected, storageConformance } from './storage.conformance.ts'
import { StorageFull, StorageUnwritable } from './storage.ts'
import { type TempDir, tempDir } from './temp.ts'

async function openIn(folder: TempDir, reserveBytes = 0): Promise<DiskStorage & AsyncDisposable> {
  const storage = await openDiskStorage({ root: join(folder.path, 'files'), reserveBytes })
  return Object.assign(storage, { [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() })
}

storageConformance('a disk', async () => openIn(await tempDir()))

test('the reserve is kept free for others', async () => {
  await using storage = await openIn(await tempDir(), Number.MAX_SAFE_INTEGER)
  expect(await storage.freeBytes()).toBe(0)
  await expect(storage.put('stream/x', Buffer.of(1))).rejects.toSatisfy((error) => isProblem(error, StorageFull))
})

test('many writers and deleters of one folder do not hinder each other', async () => {
  await using storage = await openIn(await tempDir())
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      await storage.put(`race/deep/${index}`, Buffer.of(index))
      await storage.delete([`race/deep/${index}`])
    }),
  )
  expect(await collected(storage.list('race/'))).toEqual([])
})

test('what a dead process left unfinished is removed at the next start, what lives stays', async () => {
  await using folder = await tempDir()
  const unfinished = join(folder.path, 'files', '.unfinished')
  await mkdir(unfinished, { recursive: true })
  const dead = Number((await promisify(execFile)('sh', ['-c', 'echo $$'])).stdout)
  await writeFile(join(unfinished, `airdate-${dead}-x`), 'half')
  await writeFile(join(unfinished, `airdate-${process.ppid}-x`), 'at work')
  await openDiskStorage({ root: join(folder.path, 'files'), reserveBytes: 0 })
  expect(await readdir(unfinished)).toEqual([`airdate-${process.ppid}-x`])
})

test('an object is flushed before it gets its name, and the name after', async (context) => {
  await using folder = await tempDir()
  const script = join(folder.path, 'put.mjs')
  const disk = join(import.meta.dirname, 'disk.ts')
  await writeFile(
    script,
    `const { openDiskStorage } = await import(${JSON.stringify(disk)})
     const storage = await openDiskStorage({ root: ${JSON.stringify(join(folder.path, 'files'))}, reserveBytes: 0 })
     await storage.put('stream/a/b', Buffer.alloc(100000, 7))`,
  )
  const trace = join(folder.path, 'trace')
  const calls = 'trace=write,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2'
  const strace = promisify(execFile)('strace', ['-f', '-y', '-e', calls, '-o', trace, process.execPath, script])
  const traced = await strace.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || String(error).includes('ptrace')) return false
      throw error
    },
  )
  if (!traced) context.skip('strace is missing, or may not trace here')
  const steps = (await readFile(trace, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('.unfinished/airdate') || /fsync\(\d+<[^>]*\/stream\/a>/.test(line))
    .map((line) => /\b(pwrite64|write|fsync|rename)\w*\(/.exec(line)?.[1])
    .filter((step) => step !== undefined)
  expect(steps.slice(-4)).toEqual([expect.stringContaining('write'), 'fsync', 'rename', 'fsync'])
})

test('a file of another filesystem is carried over', async () => {
  await using storage = await openIn(await tempDir())
  await using other = await foreignFolder()
  const path = join(other.path, 'made')
  await writeFile(path, 'carried')
  expect(await storage.putFile('stream/carried', path)).toMatchObject({ sizeBytes: 7 })
  expect(await readFile((await storage.localFile('stream/carried')).path, 'utf8')).toBe('carried')
})

test('a copy of an old object is not old, and takes no room', async () => {
  await using storage = await openIn(await tempDir())
  await storage.put('stream/old', Buffer.from('old'))
  const { path } = await storage.localFile('stream/old')
  await utimes(path, 1, 1)
  await storage.copy('stream/old', 'stream/copy')
  const [copy] = await collected(storage.list('stream/'))
  expect(copy?.key).toBe('stream/copy')
  expect(copy?.modifiedAt.getTime()).toBeGreaterThan(1_700_000_000_000)
  expect((await stat((await storage.localFile('stream/copy')).path)).ino).toBe((await stat(path)).ino)
})

async function foreignFolder(): Promise<TempDir> {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const path = await mkdtemp('/dev/shm/airdate-test-').catch(() => null)
  if (path === null) return tempDir()
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

test.each([
  ['ENOSPC', StorageFull],
  ['EDQUOT', StorageFull],
  ['EROFS', StorageUnwritable],
  ['EACCES', StorageUnwritable],
  ['EIO', StorageUnwritable],
])('%s is told as what it means to a client', (code, kind) => {
  expect(isProblem(translateWriteError(Object.assign(new Error(code), { code })), kind)).toBe(true)
})

test('a source that ends early leaves the old object', async () => {
  await using storage = await openIn(await tempDir())
  await storage.put('stream/kept', Buffer.from('old'))
  const source = new Readable({ read: () => source.destroy(new Error('gone')) })
  await expect(storage.put('stream/kept', source)).rejects.toThrow('gone')
  expect(await readFile((await storage.localFile('stream/kept')).path, 'utf8')).toBe('old')
})
