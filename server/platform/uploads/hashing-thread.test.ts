import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ThreadedHash } from './hashing-thread.ts'

const KIB = 1024

test('the digest is that of all pieces in order, however they are cut, beside other hashes', async () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 * KIB }), fc.constantFrom(1, 64 * KIB, 256 * KIB)), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (one, other) => {
      const made = await Promise.all([digested('sha1', one), digested('sha256', other)])
      for (const { given, digest, algorithm } of made) {
        expect(digest).toEqual(createHash(algorithm).update(Buffer.concat(given)).digest())
      }
    }),
    { numRuns: 30 },
  )
})

async function digested(algorithm: 'sha1' | 'sha256', sizes: readonly number[]) {
  using hash = new ThreadedHash(algorithm)
  const given = sizes.map((size) => randomBytes(size))
  for (const piece of given) hash.take(piece)
  return { algorithm, given, digest: await hash.result() }
}

test('a hash that is given more than the thread can take says so, and when it has caught up', async () => {
  const piece = randomBytes(256 * KIB)
  using hash = new ThreadedHash('sha1')
  const caughtUp = new Promise<void>((resolve) => {
    hash.onCaughtUp = resolve
  })
  let given = 0
  for (; !hash.behind; given += 1) hash.take(piece)
  await caughtUp
  expect(hash.behind).toBe(false)
  const expected = createHash('sha1').update(Buffer.concat(Array.from({ length: given }, () => piece)))
  expect(await hash.result()).toEqual(expected.digest())
})

test('when the thread dies its hashes fail without holding anybody up, and the next hash has a new thread', async () => {
  const piece = randomBytes(256 * KIB)
  using hash = new ThreadedHash('sha1')
  hash.take(piece)
  using deadly = new ThreadedHash('no such algorithm' as 'sha1')
  deadly.take(piece)
  await expect(deadly.result()).rejects.toThrow('The hashing thread ended')
  for (let given = 0; given < 20; given += 1) hash.take(piece)
  expect(hash.behind).toBe(false)
  await expect(hash.result()).rejects.toThrow('The hashing thread ended')
  using next = new ThreadedHash('sha1')
  next.take(piece)
  expect(await next.result()).toEqual(createHash('sha1').update(piece).digest())
})

test('a hash that is given up leaves the others as they are', async () => {
  const piece = randomBytes(100 * KIB)
  using kept = new ThreadedHash('sha1')
  kept.take(piece)
  {
    using givenUp = new ThreadedHash('sha1')
    givenUp.take(piece)
    givenUp.take(piece)
  }
  kept.take(piece)
  expect(await kept.result()).toEqual(createHash('sha1').update(piece).update(piece).digest())
})
