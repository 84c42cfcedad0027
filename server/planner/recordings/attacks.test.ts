import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, type TestApp, keyed, testApp } from '#tests/support/app.ts'
import {
  type Canary,
  type Stranger,
  filesBelow,
  givenStranger,
  openCanary,
  sendUpload,
} from '#tests/support/attacks.ts'
import type { Recording } from './schema.ts'

const CAPTURES = '/api/v1/planner/captures'
const UPLOADS = '/api/v1/uploads'

let airdate: TestApp
let canary: Canary
let stranger: Stranger
beforeAll(async () => {
  airdate = await testApp({ roles: ['api', 'worker'] })
  canary = await openCanary()
  stranger = await givenStranger(airdate)
})
afterAll(async () => {
  await airdate[Symbol.asyncDispose]()
  await canary[Symbol.asyncDispose]()
})

/** Sound of a second each byte: a few bytes are long. */
function sound(seconds: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + seconds, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  // PCM of one channel, 1 Hz, 1 byte a second, 1 byte a sample of 8 bits
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    head.writeUInt16LE(value, at)
  head.writeUInt32LE(1, 24)
  head.writeUInt32LE(1, 28)
  head.write('data', 36)
  head.writeUInt32LE(seconds, 40)
  return Buffer.concat([head, Buffer.alloc(seconds, 0x80)])
}

const read = async (id: string): Promise<Recording> =>
  (await airdate.call('GET', `${CAPTURES}/${id}/recording`)).json<Recording>()
const play = (id: string, range?: string, token = airdate.token): Promise<Reply> =>
  airdate.call('GET', `${CAPTURES}/${id}/recording/file`, { token, ...(range && { headers: { Range: range } }) })

/** Uploads a note; returns the id of its thought. */
async function uploaded(bytes: Buffer, metadata: Record<string, string> = {}): Promise<string> {
  const reply = await sendUpload(airdate, bytes, { purpose: 'note', ...metadata })
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.headers.get('airdate-capture-id') ?? ''
}

/** The same, once somebody has listened to it. */
async function kept(bytes: Buffer, metadata: Record<string, string> = {}): Promise<Recording> {
  const id = await uploaded(bytes, metadata)
  await expect.poll(async () => (await read(id)).state, { timeout: 15_000 }).toBe('kept')
  return read(id)
}

describe('a note that is no recording (B1, B10)', () => {
  const page = '<!doctype html><script>alert(1)</script>'
  test.each<[string, () => string]>([
    ['a page', () => page],
    ['a picture with a script', () => `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`],
    ['a playlist of files', () => `#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\n${canary.url}/x.ts\n`],
    ['a list to join', () => `ffconcat version 1.0\nfile /etc/passwd\nfile ${canary.url}/x.ts\n`],
    [
      'a description of a session',
      () => `v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio ${new URL(canary.url).port} RTP/AVP 0\r\n`,
    ],
    ['a script for another program', () => '#!/bin/sh\nid\n'],
  ])('%s is kept as bytes that no browser takes for anything, whatever it says it is', async (_, text) => {
    const bytes = Buffer.from(text())
    const recording = await kept(bytes, { filetype: 'audio/webm', filename: 'note.webm' })
    expect(recording).toMatchObject({
      reason: 'unsupported_media',
      mediaType: null,
      durationMs: null,
      transcript: null,
    })
    const file = await play(recording.captureId)
    expect([file.status, file.bytes.equals(bytes)]).toEqual([200, true])
    const said = (name: string) => file.headers.get(name)
    expect([said('content-type'), said('content-disposition'), said('x-content-type-options')]).toEqual([
      ...['application/octet-stream', 'attachment; filename="recording"', 'nosniff'],
    ])
    expect(said('content-security-policy')).toContain("default-src 'none'")
    expect(canary.hits).toEqual([])
  })

  test.each(['text/html', 'image/svg+xml', 'application/pdf'])('that says it is %s is refused', async (filetype) => {
    const reply = await sendUpload(airdate, Buffer.from(page), { purpose: 'note', filetype })
    expect([reply.status, reply.headers.get('airdate-capture-id')]).toEqual([415, null])
  })
})

describe('a recording that claims too much (B5, B7)', () => {
  test('is kept and heard by nobody when it lasts longer than anybody speaks', async () => {
    const recording = await kept(sound(4 * 3600 + 60))
    expect(recording).toMatchObject({ reason: 'too_long', transcript: null })
  })

  test('is kept when it is cut off, or nothing at all', async () => {
    const [cut, none] = [await kept(sound(60).subarray(0, 40)), await kept(Buffer.alloc(0))]
    expect([cut.mediaType, cut.transcript, none.sizeBytes, none.transcript]).toEqual([null, null, 0, null])
    const file = await play(none.captureId)
    expect([file.status, file.bytes.length]).toEqual([200, 0])
  })

  test.each([String(512 * 1024 ** 2 + 1), String(2 ** 50), '-1'])(
    'of %s bytes makes neither a thought nor a file',
    async (length) => {
      const before = await filesBelow(join(airdate.dataDir, 'files'))
      const reply = await airdate.call('POST', UPLOADS, {
        headers: {
          ...{ 'Tus-Resumable': '1.0.0', 'Upload-Length': length },
          'Upload-Metadata': `purpose ${Buffer.from('note').toString('base64')}`,
        },
      })
      expect([400, 413]).toContain(reply.status)
      expect(reply.headers.get('airdate-capture-id')).toBeNull()
      expect(await filesBelow(join(airdate.dataDir, 'files'))).toEqual(before)
    },
  )
})

describe('a name of a recording (B3)', () => {
  test.each([
    ['../../../../etc/cron.d/x.webm'],
    [String.raw`C:\Windows\x.webm`],
    ['-vf'],
    ['$(id).webm'],
    ['\u202emw.exe'],
    ['x"; filename="page.html'],
  ])('%s is a label and nothing else', async (filename) => {
    const recording = await kept(sound(2), { filename })
    expect(recording).toMatchObject({ title: filename, mediaType: 'audio/wav', durationMs: 2000 })
    const file = await play(recording.captureId)
    expect(file.headers.get('content-disposition')).toBe('inline; filename="recording"')
    const files = await filesBelow(join(airdate.dataDir, 'files'))
    expect(files.filter((name) => !/^uploads\/[a-z0-9/.-]+$/.test(name))).toEqual([])
  })

  test.each([
    ['a NUL', 'a\0b.webm'],
    ['a line end', 'a\r\nSet-Cookie: x=1.webm'],
  ])('with %s is refused before a byte is stored', async (_, filename) => {
    const before = await filesBelow(join(airdate.dataDir, 'files'))
    expect((await sendUpload(airdate, sound(2), { purpose: 'note', filename })).status).toBe(400)
    expect(await filesBelow(join(airdate.dataDir, 'files'))).toEqual(before)
  })
})

describe('a recording', () => {
  const bytes = sound(30)
  let id = ''
  beforeAll(async () => {
    id = await uploaded(bytes, { title: 'Mine alone' })
  })

  test.each<[string, number, number]>([
    ['bytes=10-19', 10, 20],
    ['bytes=-5', 69, 74],
    ['bytes=70-9999', 70, 74],
  ])('is cut out of the file as it is asked for: %s (B13)', async (range, from, to) => {
    const part = await play(id, range)
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/74`])
    expect(part.bytes.equals(bytes.subarray(from, to))).toBe(true)
  })

  test.each([
    ...[
      ['backwards', 'bytes=5-2'] as const,
      ['beyond the end', 'bytes=74-'] as const,
      ['of nothing', 'bytes=-0'] as const,
    ],
    ...[['of no numbers', 'bytes=x'] as const, ['twice', 'bytes=0-1,3-4'] as const],
    ['a thousand times', `bytes=${'0-,'.repeat(1000)}0-`] as const,
  ])('asked for %s is refused, and never answered in parts (B13)', async (_, range) => {
    const refused = await play(id, range)
    expect([refused.status, refused.headers.get('content-range')]).toEqual([416, 'bytes */74'])
  })

  test('is played to its person alone, kept by no cache between, and gone with its thought (B14)', async () => {
    const own = await play(id)
    expect([own.status, own.headers.get('cache-control')]).toEqual([200, 'private, no-cache'])
    for (const path of ['', '/file', '/transcription']) {
      const method = path === '/transcription' ? 'POST' : 'GET'
      const at = `${CAPTURES}/${id}/recording${path}`
      const headers = keyed()
      expect((await airdate.call(method, at, { token: null, headers })).status).toBe(401)
      const reply = await airdate.call(method, at, { token: stranger.token, headers })
      expect([reply.status, reply.json()['type']]).toEqual([404, '/problems/planner/recording-not-found'])
    }
    // Where the file lies is no address.
    const [row] = await airdate.db.sql<{ key: string }>(
      'select storage_key as key from planner.recordings where id = $1',
      [id],
    )
    for (const path of [`/${row?.key}`, `/files/${row?.key}`, `/media/${row?.key}`, `/media/${id}/recording`])
      expect([400, 404]).toContain((await airdate.call('GET', path)).status)
    expect((await airdate.call('DELETE', `${CAPTURES}/${id}`)).status).toBe(204)
    expect((await play(id)).status).toBe(404)
  })
})
