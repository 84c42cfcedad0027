import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { fileSize, listFiles, readBytes, readHead, readPieces, readTextFile } from './files.ts'
import { removeLeftovers, tempDir } from './temp.ts'

test('files are listed by name, folders and others left out', async () => {
  await using folder = await tempDir()
  for (const name of ['b.sql', 'a.sql', 'c.txt']) await writeFile(join(folder.path, name), name)
  await mkdir(join(folder.path, 'd.sql'))
  expect(await listFiles(folder.path, '.sql')).toEqual([join(folder.path, 'a.sql'), join(folder.path, 'b.sql')])
})

test('a file is read whole, by its head, or in pieces, and never beyond a limit', async () => {
  await using folder = await tempDir()
  const [path, bytes] = [join(folder.path, 'x'), Buffer.alloc(600_000, 'airdate ')]
  await writeFile(path, bytes)
  expect((await readBytes(path)).equals(bytes)).toBe(true)
  expect((await readHead(path, 100)).equals(bytes.subarray(0, 100))).toBe(true)
  expect(await readHead(path, 700_000)).toHaveLength(600_000)
  expect((await buffer(readPieces(path))).equals(bytes)).toBe(true)
  await expect(readTextFile(path, 1000)).rejects.toThrow(RangeError)
  expect(await readTextFile(path)).toHaveLength(600_000)
  await writeFile(path, Buffer.of(0xff))
  await expect(readTextFile(path)).rejects.toThrow(TypeError)
})

test('a file has a size, what is none has none, and what may not be read is an error', async () => {
  await using folder = await tempDir()
  const path = join(folder.path, 'x')
  await writeFile(path, 'four')
  expect(await fileSize(path)).toBe(4)
  expect(await fileSize(folder.path)).toBeNull()
  expect(await fileSize(join(path, 'below'))).toBeNull()
  await expect(fileSize(join(folder.path, 'x'.repeat(300)))).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
})

test('a temporary folder goes with all it holds, and one that is in use is not a leftover', async () => {
  await using root = await tempDir()
  await mkdir(join(root.path, `airdate-${process.pid}-of-an-earlier-start`))
  await mkdir(join(root.path, 'of-somebody-else'))
  await removeLeftovers(root.path)
  expect(await readdir(root.path)).toEqual(['of-somebody-else'])
  let path = ''
  {
    await using folder = await tempDir()
    path = folder.path
    await writeFile(join(path, 'x'), 'x')
    await removeLeftovers(join(path, '..'))
    expect(await readdir(path)).toEqual(['x'])
  }
  await expect(readdir(path)).rejects.toThrow(/ENOENT/)
})
