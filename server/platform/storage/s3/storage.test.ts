import { createHash, randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { systemClock } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import { BUCKET, bytesIn, s3ConfigOf, startS3, storageOn } from '#tests/support/s3.ts'
import type { Ctx } from '../../context.ts'
import { collectGarbage } from '../garbage.ts'
import { collected, storageConformance } from '../storage.conformance.ts'
import { ObjectNotFound } from '../storage.ts'
import { tempDir } from '../temp.ts'
import { S3Bucket } from './bucket.ts'
import { createMultipart, partBytesFor, sendPart } from './multipart.ts'
import { copyInParts } from './putting.ts'
import { S3Storage } from './storage.ts'

const MIB = 1024 * 1024

storageConformance('S3', async () => {
  const double = await startS3()
  const storage = storageOn(double)
  const dispose = storage[Symbol.asyncDispose].bind(storage)
  return Object.assign(storage, {
    [Symbol.asyncDispose]: async () => {
      await dispose()
      await double[Symbol.asyncDispose]()
    },
  })
})

const double = await startS3()
const storage = storageOn(double)
const bucket = new S3Bucket(s3ConfigOf(double))
afterAll(async () => {
  bucket[Symbol.dispose]()
  await storage[Symbol.asyncDispose]()
  await double[Symbol.asyncDispose]()
})

const bytesOf = async (key: string): Promise<Buffer> => bytesIn(await storage.read(key))

/** A stream in pieces that fit nowhere. */
const streamOf = (bytes: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 77_777) yield bytes.subarray(at, at + 77_777)
    })(),
  )

test('large streams and files go in parts, and nothing is left of one that breaks', async () => {
  const bytes = randomBytes(16 * MIB + 1)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const put = await storage.put('big/stream', streamOf(bytes))
  expect(put).toEqual({ key: 'big/stream', sizeBytes: bytes.length, sha256 })
  await using folder = await tempDir()
  const path = join(folder.path, 'film')
  await writeFile(path, bytes)
  expect(await storage.putFile('big/file', path)).toEqual({ key: 'big/file', sizeBytes: bytes.length, sha256 })
  for (const key of ['big/stream', 'big/file']) expect((await bytesOf(key)).equals(bytes)).toBe(true)
  expect((await bucket.head('big/file'))?.metadata['airdate-sha256']).toBe(sha256)
  const breaking = Readable.from(
    (async function* () {
      yield* streamOf(bytes) as AsyncIterable<Buffer>
      throw new Error('the source broke')
    })(),
  )
  await expect(storage.put('big/broken', breaking)).rejects.toThrow('the source broke')
  expect(double.contents(BUCKET).uploads).toEqual([])
  expect(await storage.head('big/broken')).toBeNull()
})

test('exactly one part, and exactly two, are whole', async () => {
  for (const sizeBytes of [8 * MIB, 16 * MIB]) {
    const bytes = randomBytes(sizeBytes)
    await storage.put('exact', streamOf(bytes))
    expect((await bytesOf('exact')).equals(bytes)).toBe(true)
  }
})

test('parts grow with the size, so that ten thousand are enough for 5 TiB', () => {
  expect(partBytesFor(1)).toBe(5 * MIB)
  expect(partBytesFor(10_000 * 5 * MIB)).toBe(5 * MIB)
  expect(partBytesFor(10_000 * 5 * MIB + 1)).toBe(6 * MIB)
  expect(partBytesFor(5 * 1024 ** 4) * 10_000).toBeGreaterThanOrEqual(5 * 1024 ** 4)
})

test('what is too large for one request is copied in parts', async () => {
  const bytes = randomBytes(9 * MIB)
  await storage.put('copy/from', bytes)
  const head = await bucket.head('copy/from')
  if (head === null) throw new Error('it was just put')
  await copyInParts(bucket, { key: 'copy/from', ...head }, 'copy/to')
  expect((await bytesOf('copy/to')).equals(bytes)).toBe(true)
  expect((await bucket.head('copy/to'))?.metadata['airdate-sha256']).toBe(head.metadata['airdate-sha256'])
  await storage.put('copy/from', Buffer.from('another'))
  await expect(copyInParts(bucket, { key: 'copy/from', ...head }, 'copy/to')).rejects.toThrow()
  expect(double.contents(BUCKET).uploads).toEqual([])
})

test('a local copy is fetched once for all, kept while there is room, and new when the object is', async () => {
  await using own = storageOn(double, { localBytes: 3 * MIB })
  const bytes = randomBytes(2 * MIB)
  await own.put('local/a', bytes)
  await own.put('local/b', randomBytes(2 * MIB))
  const before = double.count('GetObject')
  const [first, second] = await Promise.all([own.localFile('local/a'), own.localFile('local/a')])
  expect(second.path).toBe(first.path)
  expect((await readFile(first.path)).equals(bytes)).toBe(true)
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  // In use once more: there is no room for both, but nobody loses what they read.
  const other = await own.localFile('local/b')
  expect((await readFile(second.path)).equals(bytes)).toBe(true)
  await second[Symbol.asyncDispose]()
  await expect(stat(second.path)).rejects.toThrow(/ENOENT/)
  await other[Symbol.asyncDispose]()
  await (await own.localFile('local/b'))[Symbol.asyncDispose]()
  expect(double.count('GetObject') - before).toBe(2)
  await own.put('local/b', Buffer.from('new'))
  await using renewed = await own.localFile('local/b')
  expect(await readFile(renewed.path, 'utf8')).toBe('new')
  await own.delete(['local/b'])
  await expect(own.localFile('local/b')).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
})

test('drafts are listed among the objects, and go with their parts', async () => {
  for (const key of ['mixed/a', 'mixed/c/d', 'mixed/e']) await storage.put(key, Buffer.from('object'))
  for (const [key, sizeBytes] of [
    ['mixed/a-b', 6 * MIB],
    ['mixed/c/a', 10],
    ['mixed/c/z', 11],
  ] as const) {
    await using draft = await storage.openDraft(key, { create: true, expectedBytes: 7 * MIB })
    await draft.write([Buffer.alloc(3)], 0)
    await draft.sync()
    await draft.write([Buffer.alloc(sizeBytes - 3)], 3)
    await draft.sync()
  }
  const listed = await collected(storage.list('mixed/'))
  expect(listed.map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
    ...[
      ['mixed/a', 6],
      ['mixed/a-b', 6 * MIB],
      ['mixed/c/a', 10],
    ],
    ...[
      ['mixed/c/d', 6],
      ['mixed/c/z', 11],
      ['mixed/e', 6],
    ],
  ])
  await storage.delete(['mixed/a-b', 'mixed/none'])
  await storage.deletePrefix('mixed/c/')
  const { keys, uploads } = double.contents(BUCKET)
  expect(keys.filter((key) => key.includes('mixed'))).toEqual(['mixed/a', 'mixed/e'])
  expect(uploads).toEqual([])
})

test('the sweep ends forgotten uploads, and leaves young ones, those of drafts, and those of others', async () => {
  await using draft = await storage.openDraft('swept/draft', { create: true, expectedBytes: 1 })
  await draft.write([Buffer.alloc(6 * MIB)], 0)
  await draft.sync()
  for (const key of ['swept/forgotten', 'of/others with spaces']) {
    await sendPart(bucket, await createMultipart(bucket, key), 1, Buffer.from('x'))
  }
  expect(await storage.sweep(new Date(0))).toBe(0)
  expect(await storage.sweep(new Date('2100-01-01'))).toBe(1)
  expect(double.contents(BUCKET).uploads).toEqual(['of/others with spaces', 'swept/draft'])
  await draft.seal(6 * MIB)
  expect(await bytesOf('swept/draft')).toHaveLength(6 * MIB)
})

test('the garbage collection takes what no row names, drafts too, and leaves what one names', async () => {
  for (const key of ['rubbish/lost', 'rubbish/wanted']) await storage.put(key, Buffer.from('x'))
  for (const key of ['rubbish/lost-draft', 'rubbish/wanted-draft']) {
    await using draft = await storage.openDraft(key, { create: true })
    await draft.write([Buffer.from('x')], 0)
    await draft.sync()
  }
  const inTwoDays = new Date(Date.now() + 2 * 24 * 3_600_000)
  const ctx = { storage, clock: { now: () => inTwoDays } } as unknown as Ctx
  const isLive = (_ctx: Ctx, keys: readonly string[]): Promise<Set<string>> =>
    Promise.resolve(new Set(keys.filter((key) => key.includes('wanted'))))
  const owners = [{ prefix: 'rubbish/', isLive }]
  expect(await collectGarbage({ ...ctx, clock: systemClock }, { owners })).toEqual([])
  expect(await collectGarbage(ctx, { owners })).toEqual(['rubbish/lost', 'rubbish/lost-draft'])
  expect((await collected(storage.list('rubbish/'))).map(({ key }) => key)).toEqual([
    'rubbish/wanted',
    'rubbish/wanted-draft',
  ])
  await storage.deletePrefix('rubbish/')
  expect(double.contents(BUCKET).keys.filter((key) => key.includes('rubbish'))).toEqual([])
})

test('the check names what is wrong', async () => {
  await expect(storage.check()).resolves.toBeUndefined()
  const { url } = double
  for (const [wrong, says] of [
    [{ secretAccessKey: 'another' }, /S3_SECRET_ACCESS_KEY/],
    [{ accessKeyId: 'AKIDOTHER' }, /S3_ACCESS_KEY_ID/],
    [{ bucket: 'airdate-none' }, /bucket airdate-none does not exist .*create it/],
    [{ region: 'eu-central-1' }, /S3_REGION/],
    [{ endpoint: url.replace(/\d+$/, '9') }, /cannot be reached: ECONNREFUSED/],
  ] as const) {
    await using other = new S3Storage({ ...s3ConfigOf(double), ...wrong })
    await expect(other.check()).rejects.toThrow(says)
  }
  double.misbehave({ how: { kind: 'error', status: 403, code: 'AccessDenied' } })
  await expect(storage.check()).rejects.toThrow(/may not use the bucket/)
})
