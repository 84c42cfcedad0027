import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { BUCKET, bytesIn, s3ConfigOf, startS3, storageOn } from '#tests/support/s3.ts'
import { type Draft, ObjectNotFound } from '../storage.ts'
import { S3Bucket } from './bucket.ts'
import { openMultiparts, sendPart } from './multipart.ts'

const MIB = 1024 * 1024
const PART_BYTES = 5 * MIB
const double = await startS3()
// Two processes.
const nodes = [storageOn(double, { attempts: 2 }), storageOn(double, { attempts: 2 })] as const
const [one, two] = nodes
afterAll(async () => {
  for (const node of nodes) await node[Symbol.asyncDispose]()
  await double[Symbol.asyncDispose]()
})

// Two parts and a little.
const film = randomBytes(11 * MIB + 123)
const junk = randomBytes(12 * MIB)
const KEY = 'uploads/film'

/** One request: opens the draft in a process, writes, flushes, and lets go. */
async function patch(node: typeof one, offset: number, bytes: Buffer, key = KEY): Promise<number> {
  await using draft = await opened(node, offset, key)
  await draft.write([bytes.subarray(0, 70_000), bytes.subarray(70_000)], offset)
  await draft.sync()
  return offset + bytes.length
}

const opened = (node: typeof one, offset: number, key = KEY): Promise<Draft> =>
  node.openDraft(key, { create: offset === 0, expectedBytes: film.length })

async function sealed(node: typeof one, sizeBytes: number, key = KEY): Promise<Buffer> {
  await using draft = await opened(node, sizeBytes, key)
  await draft.seal(sizeBytes)
  return bytesIn(await node.read(key))
}

beforeEach(async () => {
  double.faults.clear()
  await one.deletePrefix('uploads/')
})
// Whatever happened: beside the sealed objects nothing is there.
afterEach(() => {
  const { keys, uploads } = double.contents(BUCKET)
  expect({ keys: keys.filter((key) => !key.startsWith('uploads/')), uploads }).toEqual({ keys: [], uploads: [] })
})

test('a draft that hops between processes becomes the same bytes, whatever the pieces', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: film.length - 1 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(cuts, async (inner) => {
      await one.deletePrefix('uploads/')
      const ends = [...new Set([...inner, film.length])].toSorted((a, b) => a - b)
      let offset = 0
      for (const [index, end] of ends.entries()) {
        offset = await patch(index % 2 === 0 ? one : two, offset, film.subarray(offset, end))
      }
      expect((await sealed(two, film.length)).equals(film)).toBe(true)
    }),
    { numRuns: 6, examples: [[[PART_BYTES, 2 * PART_BYTES]], [[PART_BYTES - 1, PART_BYTES + 1]], [[1, 2, 3]]] },
  )
})

test('a small draft is one object, without parts', async () => {
  const before = double.count('CreateMultipartUpload')
  await patch(one, 0, film.subarray(0, 1000))
  await patch(two, 1000, film.subarray(1000, 2000))
  expect((await sealed(one, 2000)).equals(film.subarray(0, 2000))).toBe(true)
  expect(double.count('CreateMultipartUpload')).toBe(before)
})

test('parts are all equal but the last', async () => {
  await patch(one, 0, film.subarray(0, 3 * MIB))
  await patch(two, 3 * MIB, film.subarray(3 * MIB))
  await sealed(one, film.length)
  const sizes = double.seen.filter(({ operation, key }) => operation === 'UploadPart' && key === KEY)
  expect(sizes.slice(-3).map(({ headers }) => Number(headers['content-length']))).toEqual([
    ...[PART_BYTES, PART_BYTES],
    film.length - 2 * PART_BYTES,
  ])
})

// Where a process may die: what it wrote behind the acknowledged offset is written again by another.
test.each([
  ['within the first part', 1000, 2 * MIB],
  ['at the end of a part', PART_BYTES, PART_BYTES + MIB],
  ['behind a part that was flushed and not acknowledged', 6 * MIB, 9 * MIB],
  ['behind several parts', 6 * MIB, 12 * MIB],
  ['at the very beginning', 0, 11 * MIB],
])('a request that dies %s costs nothing but itself', async (_says, acknowledged, lost) => {
  if (acknowledged > 0) await patch(one, 0, film.subarray(0, acknowledged))
  await patch(one, acknowledged, junk.subarray(0, lost))
  const offset = await patch(two, acknowledged, film.subarray(acknowledged, acknowledged + MIB))
  await patch(one, offset, film.subarray(offset))
  expect((await sealed(two, film.length)).equals(film)).toBe(true)
})

test('also an offset within a part that was sent, which no flush ended at, can be gone back to', async () => {
  await patch(one, 0, film)
  const offset = 7 * MIB + 1
  {
    await using draft = await opened(two, offset)
    await draft.truncate(offset)
    expect(await draft.size()).toBe(offset)
  }
  await patch(two, offset, film.subarray(offset))
  expect((await sealed(one, film.length)).equals(film)).toBe(true)
})

test('many flushes within one request leave few tails, and each can be gone back to that matters', async () => {
  await patch(one, 0, film.subarray(0, 1000))
  {
    await using draft = await opened(one, 1000)
    for (let at = 1000; at < 8 * MIB; at += MIB) {
      await draft.write([junk.subarray(0, MIB)], at)
      await draft.sync()
    }
  }
  expect(double.contents(BUCKET).keys.filter((key) => key.startsWith('.drafts/'))).toHaveLength(3)
  const copies = double.count('UploadPartCopy')
  await patch(two, 1000, film.subarray(1000))
  expect((await sealed(two, film.length)).equals(film)).toBe(true)
  expect(double.count('UploadPartCopy')).toBe(copies)
})

test('a flush while more is written is of what was written before', async () => {
  await using draft = await opened(one, 0)
  let offset = 0
  const flushes: Promise<void>[] = []
  while (offset < film.length) {
    const piece = film.subarray(offset, offset + 700_001)
    // The caller uses its memory again at once.
    const lent = Buffer.from(piece)
    await draft.write([lent], offset)
    lent.fill(0)
    flushes.push(draft.sync())
    offset += piece.length
  }
  await Promise.all(flushes)
  await draft.seal(film.length)
  expect((await bytesIn(await two.read(KEY))).equals(film)).toBe(true)
})

test('a seal whose acknowledgement was lost is done again, with all or with other bytes', async () => {
  await patch(one, 0, film.subarray(0, 11 * MIB))
  await patch(one, 11 * MIB, film.subarray(11 * MIB))
  await sealed(one, film.length)
  expect((await sealed(two, film.length)).equals(film)).toBe(true)
  await patch(two, 11 * MIB, film.subarray(11 * MIB))
  expect((await sealed(two, film.length)).equals(film)).toBe(true)
})

test('a process that dies between the seal and the clearing up loses nothing', async () => {
  await patch(one, 0, film.subarray(0, 11 * MIB))
  await patch(one, 11 * MIB, film.subarray(11 * MIB))
  double.misbehave({ operation: 'DeleteObjects', times: 2, how: { kind: 'error', status: 500, code: 'InternalError' } })
  await expect(sealed(one, film.length)).rejects.toMatchObject({ status: 503 })
  await patch(two, 11 * MIB, film.subarray(11 * MIB))
  expect((await sealed(two, film.length)).equals(film)).toBe(true)
})

test('the sweep removes tails of what was sealed', async () => {
  await patch(one, 0, film)
  double.misbehave({ operation: 'DeleteObjects', times: 2, how: { kind: 'error', status: 500, code: 'InternalError' } })
  await expect(sealed(one, film.length)).rejects.toMatchObject({ status: 503 })
  expect(await two.sweep(new Date('2100-01-01'))).toBeGreaterThan(0)
  expect((await bytesIn(await two.read(KEY))).equals(film)).toBe(true)
})

test('a part that another put in place of an acknowledged one is found out', async () => {
  await patch(one, 0, film.subarray(0, 6 * MIB))
  // A writer that lost its right to write, and whose last request arrives after all.
  using bucket = new S3Bucket(s3ConfigOf(double))
  for await (const { key, uploadId } of openMultiparts(bucket)) {
    await sendPart(bucket, { key, uploadId, writeId: 'lost' }, 1, junk.subarray(0, PART_BYTES))
  }
  await expect(sealed(two, 6 * MIB)).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
  await two.delete([KEY])
})

test('a draft whose parts the service threw away is not there any more', async () => {
  await patch(one, 0, film.subarray(0, 6 * MIB))
  const draft = await opened(two, 6 * MIB)
  double.forgetUploads(BUCKET)
  await draft.write([film.subarray(6 * MIB)], 6 * MIB)
  await expect(draft.sync()).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
  await draft[Symbol.asyncDispose]()
  await two.delete([KEY])
})

test('a service that is away for a while stops a request, and the next one goes on', async () => {
  const offset = await patch(one, 0, film.subarray(0, 6 * MIB))
  double.misbehave({
    operation: 'UploadPart',
    times: 2,
    how: { kind: 'error', status: 503, code: 'ServiceUnavailable' },
  })
  {
    await using draft = await opened(one, offset)
    await draft.write([film.subarray(offset, 11 * MIB)], offset)
    await expect(draft.sync()).rejects.toMatchObject({ status: 503 })
    await draft.truncate(offset)
  }
  await patch(two, offset, film.subarray(offset))
  expect((await sealed(one, film.length)).equals(film)).toBe(true)
})
