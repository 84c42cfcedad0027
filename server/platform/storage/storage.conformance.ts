import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { ObjectNotFound, type Storage } from './storage.ts'
import { tempDir } from './temp.ts'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Everything that an iterable gives. */
export async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

const keysBelow = async (storage: Storage, prefix: string): Promise<string[]> =>
  (await collected(storage.list(prefix))).map((object) => object.key)

const bytesOf = async (storage: Storage, key: string): Promise<Buffer> => buffer(await storage.read(key))

/** What every driver of the storage must do. `open` gives an empty storage; it is disposed at the end. */
export function storageConformance(driver: string, open: () => Promise<Storage & AsyncDisposable>): void {
  describe(`the storage on ${driver}`, () => {
    let storage: Storage & AsyncDisposable
    beforeAll(async () => {
      storage = await open()
    })
    afterAll(() => storage[Symbol.asyncDispose]())

    test('gives back what was put, with its size and SHA-256, from bytes and from a stream', async () => {
      const bytes = randomBytes(700_000)
      const put = await storage.put('stream/a/one.m4s', bytes)
      expect(put).toEqual({ key: 'stream/a/one.m4s', sizeBytes: bytes.length, sha256: sha256(bytes) })
      const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 300_000), bytes.subarray(300_000)]
      expect(await storage.put('stream/a/two.m4s', Readable.from(pieces))).toMatchObject({ sha256: sha256(bytes) })
      expect(await bytesOf(storage, 'stream/a/one.m4s')).toEqual(bytes)
      expect(await bytesOf(storage, 'stream/a/two.m4s')).toEqual(bytes)
      expect(await storage.head('stream/a/two.m4s')).toEqual({ sizeBytes: bytes.length })
    })

    test('holds an empty object', async () => {
      await storage.put('stream/empty', Buffer.alloc(0))
      expect(await storage.head('stream/empty')).toEqual({ sizeBytes: 0 })
      expect(await bytesOf(storage, 'stream/empty')).toHaveLength(0)
    })

    test('replaces an object whole, and who reads the old one goes on reading it', async () => {
      const [before, after] = [Buffer.alloc(2_000_000, 1), Buffer.alloc(1_000_000, 2)]
      await storage.put('stream/replaced', before)
      const reading = (await storage.read('stream/replaced'))[Symbol.asyncIterator]()
      const pieces = [(await reading.next()).value as Buffer]
      await storage.put('stream/replaced', after)
      for await (const piece of reading) pieces.push(piece as Buffer)
      expect(Buffer.concat(pieces).equals(before)).toBe(true)
      expect((await bytesOf(storage, 'stream/replaced')).equals(after)).toBe(true)
    })

    test('gives every range of an object, cut at its end', async () => {
      const bytes = randomBytes(5000)
      await storage.put('stream/ranged', bytes)
      const ends = fc.tuple(fc.nat({ max: 4999 }), fc.nat({ max: 6000 })).filter(([start, end]) => start <= end)
      await fc.assert(
        fc.asyncProperty(ends, async ([start, end]) => {
          const read = await buffer(await storage.read('stream/ranged', { start, end }))
          expect(read.equals(bytes.subarray(start, end + 1))).toBe(true)
        }),
        { numRuns: 30 },
      )
    })

    test('takes a finished file and leaves none behind', async () => {
      await using folder = await tempDir()
      const [path, bytes] = [join(folder.path, 'made'), randomBytes(100_000)]
      await writeFile(path, bytes)
      expect(await storage.putFile('stream/b/made', path)).toEqual({
        key: 'stream/b/made',
        sizeBytes: bytes.length,
        sha256: sha256(bytes),
      })
      expect((await bytesOf(storage, 'stream/b/made')).equals(bytes)).toBe(true)
      await expect(storage.putFile('stream/b/made', path)).rejects.toThrow(/ENOENT/)
    })

    test('copies an object: both have its bytes, and each goes on its own', async () => {
      const bytes = randomBytes(300_000)
      await storage.put('copied/from', bytes)
      await storage.put('copied/to/there', Buffer.from('old'))
      await storage.copy('copied/from', 'copied/to/there')
      await storage.copy('copied/from', 'copied/to/there')
      expect(await keysBelow(storage, 'copied/')).toEqual(['copied/from', 'copied/to/there'])
      await storage.put('copied/from', Buffer.from('new'))
      expect((await bytesOf(storage, 'copied/to/there')).equals(bytes)).toBe(true)
      await storage.copy('copied/to/there', 'copied/again')
      await storage.delete(['copied/to/there'])
      expect((await bytesOf(storage, 'copied/again')).equals(bytes)).toBe(true)
      await storage.copy('copied/again', 'copied/again')
      expect(await storage.head('copied/again')).toEqual({ sizeBytes: bytes.length })
      for (const key of ['copied/none', 'copied', 'copied/again/below']) {
        await expect(storage.copy(key, 'copied/of-none')).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
      }
      expect(await storage.head('copied/of-none')).toBeNull()
    })

    test('says that an object is not there, also for what only begins like one', async () => {
      await storage.put('stream/c/deep/object', Buffer.of(1))
      for (const key of ['stream/c/none', 'stream/c', 'stream/c/deep/object/below']) {
        expect(await storage.head(key)).toBeNull()
        await expect(storage.read(key)).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
        await expect(storage.localFile(key)).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
        await expect(storage.openDraft(key, { create: false })).rejects.toSatisfy((error) =>
          isProblem(error, ObjectNotFound),
        )
      }
    })

    test('leaves nothing of a put that fails or is cancelled', async () => {
      const breaking = Readable.from(
        (function* () {
          yield Buffer.alloc(100_000)
          throw new Error('the source broke')
        })(),
      )
      await expect(storage.put('stream/broken', breaking)).rejects.toThrow('the source broke')
      const cancelled = AbortSignal.abort(new Error('no longer wanted'))
      const body = Readable.from([Buffer.alloc(10)])
      await expect(storage.put('stream/broken', body, { signal: cancelled })).rejects.toThrow('no longer wanted')
      expect(await storage.head('stream/broken')).toBeNull()
      expect(await keysBelow(storage, 'stream/broken/')).toEqual([])
    })

    test('lists what is below a prefix, in order of the keys, with sizes and times', async () => {
      const keys = ['listed/a-b', 'listed/a/z', 'listed/a/b/c', 'listed/a.b', 'listed/B', 'listed/a0']
      for (const key of keys) await storage.put(key, Buffer.from(key))
      expect(await keysBelow(storage, 'listed/')).toEqual(keys.toSorted())
      expect(await keysBelow(storage, 'listed/a/')).toEqual(['listed/a/b/c', 'listed/a/z'])
      expect(await keysBelow(storage, 'nothing/')).toEqual([])
      const [listed] = await collected(storage.list('listed/a/'))
      expect(listed).toEqual({ key: 'listed/a/b/c', sizeBytes: 12, modifiedAt: expect.any(Date) })
    })

    test('deletes objects and whole prefixes; what is not there is no error', async () => {
      for (const key of ['gone/a/1', 'gone/a/2', 'gone/ab', 'gone/b']) await storage.put(key, Buffer.of(1))
      await storage.delete(['gone/b', 'gone/none', 'gone/none/below'])
      await storage.deletePrefix('gone/a/')
      await storage.deletePrefix('gone/none/')
      expect(await keysBelow(storage, 'gone/')).toEqual(['gone/ab'])
    })

    test('takes no key that leads elsewhere', async () => {
      const bad = [
        '',
        '/',
        '../x',
        'a/../b',
        'a//b',
        '/etc/passwd',
        'a/',
        '.hidden',
        'a/.b',
        'a\\b',
        'a\0b',
        'ä',
        'a b',
      ]
      for (const key of [...bad, 'a\n', 'x'.repeat(513), `a/${'x'.repeat(201)}`]) {
        await expect(storage.put(key, Buffer.of(1))).rejects.toThrow(RangeError)
        await expect(storage.head(key)).rejects.toThrow(RangeError)
        await expect(storage.read(key)).rejects.toThrow(RangeError)
        await expect(storage.delete([key])).rejects.toThrow(RangeError)
        await expect(storage.copy(key, 'a/copy')).rejects.toThrow(RangeError)
        await expect(storage.copy('a/from', key)).rejects.toThrow(RangeError)
        await expect(storage.openDraft(key, { create: true })).rejects.toThrow(RangeError)
      }
      for (const prefix of ['', 'a', '../', '/', 'a//']) {
        await expect(storage.deletePrefix(prefix)).rejects.toThrow(RangeError)
      }
    })

    test('has a local path for a program to read', async () => {
      await storage.put('stream/local', Buffer.from('local'))
      await using local = await storage.localFile('stream/local')
      await using folder = await tempDir()
      const { copyFile, readFile } = await import('node:fs/promises')
      await copyFile(local.path, join(folder.path, 'copy'))
      expect(await readFile(join(folder.path, 'copy'), 'utf8')).toBe('local')
    })

    test('lets a draft grow in any pieces, cuts what was not acknowledged, and gives it back as an object', async () => {
      const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 8 })
      let made = 0
      await fc.assert(
        fc.asyncProperty(pieces, fc.nat({ max: 5000 }), async (arrays, tailBytes) => {
          made += 1
          const key = `uploads/draft-${made}`
          const buffers = arrays.map((array) => Buffer.from(array))
          let offset = 0
          for (const piece of buffers) {
            await using draft = await storage.openDraft(key, { create: offset === 0 })
            await draft.write([piece.subarray(0, 1), piece.subarray(1)], offset)
            await draft.sync()
            offset += piece.length
          }
          await using draft = await storage.openDraft(key, { create: false })
          await draft.write([Buffer.alloc(tailBytes + 1)], offset)
          await expect(draft.seal(offset + tailBytes + 2)).rejects.toThrow(/bytes/)
          await draft.seal(offset)
          expect((await bytesOf(storage, key)).equals(Buffer.concat(buffers))).toBe(true)
        }),
        { numRuns: 15 },
      )
    })

    test('appends whole objects to a draft', async () => {
      const [small, large] = [randomBytes(3000), randomBytes(11 * 1024 * 1024 + 7)]
      await storage.put('uploads/small', small)
      await storage.put('uploads/large', large)
      await using draft = await storage.openDraft('uploads/joined', { create: true, expectedBytes: 1 })
      await draft.write([small.subarray(0, 100)], 0)
      let end = await draft.append('uploads/large', 100)
      end = await draft.append('uploads/small', end)
      end = await draft.append('uploads/large', end)
      await expect(draft.append('uploads/none', end)).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
      const stop = (): void => {
        throw new Error('no longer wanted')
      }
      await expect(draft.append('uploads/large', end, stop)).rejects.toThrow('no longer wanted')
      await draft.seal(end)
      const joined = Buffer.concat([small.subarray(0, 100), large, small, large])
      expect((await bytesOf(storage, 'uploads/joined')).equals(joined)).toBe(true)
    })

    test('knows how much room there is, and refuses what cannot fit before it stores a byte', async () => {
      const freeBytes = await storage.freeBytes()
      if (freeBytes === null) return
      expect(freeBytes).toBeGreaterThan(0)
      const body = Readable.from([Buffer.alloc(10)])
      await expect(storage.put('stream/huge', body, { sizeBytes: freeBytes * 2 + 1 })).rejects.toMatchObject({
        status: 507,
      })
      expect(body.readableDidRead).toBe(false)
    })
  })
}
