import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { BUCKET, bytesIn, startS3, storageOn } from '#tests/support/s3.ts'
import type { Misbehaviour } from '../../../../tests/doubles/s3/faults.ts'
import { ObjectNotFound, StorageFull, StorageUnavailable, StorageUnwritable } from '../storage.ts'

const MIB = 1024 * 1024
const double = await startS3()
// Short, so that silence is found out within a test.
const storage = storageOn(double, { timeouts: { connectMs: 500, idleMs: 400, answerMs: 400 } })
afterAll(async () => {
  await storage[Symbol.asyncDispose]()
  await double[Symbol.asyncDispose]()
})
beforeEach(() => double.faults.clear())

// A part of 8 MiB, and a second.
const big = randomBytes(8 * MIB + 12_345)
const bytesOf = async (key: string): Promise<Buffer> => bytesIn(await storage.read(key))

const BAD_MOMENTS: readonly [says: string, how: Misbehaviour][] = [
  ['500', { kind: 'error', status: 500, code: 'InternalError' }],
  ['503 SlowDown', { kind: 'error', status: 503, code: 'SlowDown' }],
  ['a cut before the work', { kind: 'cut' }],
  ['a cut after the work', { kind: 'cut-answer', bytes: 0 }],
  ['silence after the work', { kind: 'hang' }],
  ['another ETag than there is', { kind: 'wrong-etag' }],
  ['an error within a 200', { kind: 'error-in-200' }],
]
// Each step of a put in parts, of a put in one, and of a copy.
const WRITES = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'CopyObject']

const faults = BAD_MOMENTS.flatMap(([says, how]) =>
  WRITES.filter((operation) => how.kind !== 'error-in-200' || /Complete|Copy/.test(operation)).map(
    (operation) => [operation, says, how] as const,
  ),
)

test.each(faults)('%s bears %s: the object is whole, and nothing is left over', async (operation, _says, how) => {
  await storage.deletePrefix('f/')
  const inParts = !/Object/.test(operation)
  const bytes = inParts ? big : randomBytes(1000)
  double.misbehave({ operation, how })
  await storage.put('f/put', inParts ? Readable.from([big.subarray(0, 5 * MIB), big.subarray(5 * MIB)]) : bytes)
  await storage.copy('f/put', 'f/copy')
  for (const key of ['f/put', 'f/copy']) expect((await bytesOf(key)).equals(bytes)).toBe(true)
  const { keys, uploads } = double.contents(BUCKET)
  expect(keys).toEqual(['f/copy', 'f/put'])
  // A begin whose answer was lost has begun all the same: the sweep ends it, a day later.
  expect(await storage.sweep(new Date('2100-01-01'))).toBe(uploads.length)
  expect(double.contents(BUCKET).uploads).toEqual([])
})

test('a stream goes on where its connection was cut, or stood still', async () => {
  await storage.put('f/read', big)
  for (const how of [
    { kind: 'cut-answer', bytes: 3 * MIB },
    { kind: 'cut' },
    { kind: 'cut-answer', bytes: 0 },
  ] as const) {
    double.misbehave({ operation: 'GetObject', how })
    double.misbehave({ operation: 'GetObject', how })
    expect((await bytesOf('f/read')).equals(big)).toBe(true)
  }
  double.misbehave({ operation: 'GetObject', how: { kind: 'cut-answer', bytes: MIB } })
  const range = await bytesIn(await storage.read('f/read', { start: 1000, end: 4 * MIB }))
  expect(range.equals(big.subarray(1000, 4 * MIB + 1))).toBe(true)
})

test('a stream never goes on with another version of the object', async () => {
  await storage.put('f/read', big)
  double.misbehave({ operation: 'GetObject', how: { kind: 'cut-answer', bytes: MIB } })
  const reading = await storage.read('f/read')
  await storage.put('f/read', randomBytes(big.length))
  await expect(bytesIn(reading)).rejects.toThrow()
})

test('what was put a moment ago is found, even if the service shows it late', async () => {
  double.misbehave({ operation: 'PutObject', how: { kind: 'unseen', reads: 2 } })
  await storage.put('f/late', Buffer.from('late'))
  expect((await bytesOf('f/late')).toString()).toBe('late')
  double.misbehave({ operation: 'PutObject', how: { kind: 'unseen', reads: 2 } })
  await storage.put('f/late-too', Buffer.from('late'))
  await using local = await storage.localFile('f/late-too')
  expect(await readFile(local.path, 'utf8')).toBe('late')
})

test('a service that is gone is told as 503, a full one as 507, and what is not there stays 404', async () => {
  await using away = storageOn(double, { attempts: 2 })
  await away.put('f/there', Buffer.from('x'))
  double.misbehave({ times: 2, how: { kind: 'error', status: 503, code: 'ServiceUnavailable' } })
  await expect(away.put('f/x', Buffer.from('x'))).rejects.toSatisfy((error) => isProblem(error, StorageUnwritable))
  double.faults.clear()
  double.misbehave({ times: 2, how: { kind: 'cut' } })
  await expect(away.read('f/there')).rejects.toSatisfy((error) => isProblem(error, StorageUnavailable))
  double.faults.clear()
  double.misbehave({ times: 2, how: { kind: 'error', status: 507, code: 'XMinioStorageFull' } })
  await expect(away.put('f/x', Buffer.from('x'))).rejects.toSatisfy((error) => isProblem(error, StorageFull))
  double.faults.clear()
  await expect(away.read('f/none')).rejects.toSatisfy((error) => isProblem(error, ObjectNotFound))
})

test('a put whose service dies on the way leaves no object, and what it began is swept when it is back', async () => {
  await using away = storageOn(double, { attempts: 2 })
  double.misbehave({ operation: 'UploadPart', times: 100, how: { kind: 'cut' } })
  double.misbehave({ operation: 'AbortMultipartUpload', times: 100, how: { kind: 'cut' } })
  const body = Readable.from([big.subarray(0, 8 * MIB), big.subarray(8 * MIB)])
  await expect(away.put('f/half', body)).rejects.toThrow(/not stored/)
  await double.die()
  await double.revive()
  double.faults.clear()
  expect(await away.head('f/half')).toBeNull()
  expect(double.contents(BUCKET).uploads).toEqual(['f/half'])
  expect(await away.sweep(new Date('2100-01-01'))).toBe(1)
  expect(double.contents(BUCKET).uploads).toEqual([])
})
