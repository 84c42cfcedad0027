import { createHash, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { readBytes } from '#platform/storage/files.ts'
import type { S3Storage } from '#platform/storage/s3/storage.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { hlsViolations } from '#tests/support/hls-rules.ts'
import { numberedVideo } from '#tests/support/media.ts'
import { fetchBelow } from '#tests/support/playing.ts'
import { BUCKET, startS3, storageOn } from '#tests/support/s3.ts'
import type { S3Double } from '../doubles/s3/double.ts'

const MIB = 1024 * 1024
const FRAMES = 250
let double: S3Double
let storage: S3Storage
/** Two processes behind one address: one answers only, the other works as well. */
let one: TestApp
let two: TestApp

beforeAll(async () => {
  double = await startS3()
  storage = storageOn(double)
  const { accessKeyId, secretAccessKey, region } = double.credentials
  const settings = {
    ...{ S3_ENDPOINT: double.url, S3_BUCKET: BUCKET, S3_REGION: region },
    ...{ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
  }
  two = await testApp({ settings })
  one = await testApp({ settings, beside: two, roles: ['api'] })
})
afterAll(async () => {
  await one[Symbol.asyncDispose]()
  await two[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
  await double[Symbol.asyncDispose]()
})

/** A film that plays, made large by what players skip: a `free` box (ISO/IEC 14496-12 §8.1.2). */
async function largeFilm(): Promise<Buffer> {
  const film = await readBytes(
    await numberedVideo({ frames: FRAMES, rate: rational(30), width: 320, height: 180, toneHz: 330 }),
  )
  const padding = randomBytes(13 * MIB)
  padding.writeUInt32BE(padding.length, 0)
  padding.write('free', 4, 'latin1')
  return Buffer.concat([film, padding])
}

const TUS = { 'Tus-Resumable': '1.0.0' }
const PATCH = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }

test('an upload hops between two servers, becomes a video that plays, and all of it lies in the bucket', async () => {
  const film = await largeFilm()
  const created = await one.call('POST', '/api/v1/uploads', {
    headers: { ...TUS, 'Upload-Length': String(film.length), 'Upload-Metadata': `title ${btoa('A film on S3')}` },
  })
  expect(created.status).toBe(201)
  const [location, videoId] = [created.headers.get('location') ?? '', created.headers.get('airdate-video-id') ?? '']
  const servers = [one, two]
  for (let offset = 0, turn = 0; offset < film.length; turn += 1) {
    const body = film.subarray(offset, offset + 2_345_678)
    const server = servers[turn % 2] ?? one
    const reply = await server.call('PATCH', location, { headers: { ...PATCH, 'Upload-Offset': String(offset) }, body })
    expect({ status: reply.status, text: reply.bytes.toString() }).toEqual({ status: 204, text: '' })
    offset = Number(reply.headers.get('upload-offset'))
    const head = await (servers[(turn + 1) % 2] ?? two).call('HEAD', location, { headers: TUS })
    expect(head.headers.get('upload-offset')).toBe(String(offset))
  }
  const key = `uploads/${location.slice(-36)}`
  const stored = createHash('sha256').update(await buffer(await storage.read(key)))
  expect(stored.digest('hex')).toBe(createHash('sha256').update(film).digest('hex'))

  const video = await one.settled(videoId)
  expect(video).toMatchObject({ state: 'ready', playable: true, failure: null })
  const hlsUrl = new URL(video.playback?.hlsUrl ?? '')
  hlsUrl.host = new URL(one.url).host
  expect(await hlsViolations(fetchBelow(hlsUrl.href), 'master.m3u8')).toEqual([])
  const segment = await fetch(new URL('240p/0.m4s', hlsUrl), { headers: { Range: 'bytes=4-7' }, redirect: 'manual' })
  expect({ status: segment.status, text: await segment.text() }).toEqual({ status: 206, text: 'styp' })

  const { keys, uploads } = double.contents(BUCKET)
  expect(keys).toContain(key)
  expect(keys.filter((one_) => one_.startsWith(`stream/${videoId}/`)).length).toBeGreaterThan(5)
  expect(keys.filter((one_) => one_.startsWith('.'))).toEqual([])
  expect(uploads).toEqual([])
  expect(readdirSync(join(two.dataDir, 'files'))).toEqual([])
  // One fetch of the original serves all chunks, the sound and the pictures.
  const fetched = double.seen.filter(({ operation, key: asked }) => operation === 'GetObject' && asked === key)
  expect(fetched.length).toBeLessThanOrEqual(3)
})

test('readiness names a service that is gone, and is well again when it is back', async () => {
  expect((await one.call('GET', '/readyz')).status).toBe(200)
  await double.die()
  const reply = await one.call('GET', '/readyz')
  expect(reply.status).toBe(503)
  expect(reply.bytes.toString()).toMatch(/"name":"storage","ok":false/)
  await double.revive()
  expect((await one.call('GET', '/readyz')).status).toBe(200)
})

test('an upload whose bytes the bucket lost is told as gone', async () => {
  const created = await one.call('POST', '/api/v1/uploads', { headers: { ...TUS, 'Upload-Length': '100' } })
  const location = created.headers.get('location') ?? ''
  const patch = (offset: number, body: Buffer): ReturnType<TestApp['call']> =>
    two.call('PATCH', location, { headers: { ...PATCH, 'Upload-Offset': String(offset) }, body })
  expect((await patch(0, Buffer.alloc(60))).status).toBe(204)
  await storage.delete([`uploads/${location.slice(-36)}`])
  expect((await patch(60, Buffer.alloc(40))).status).toBe(410)
})
