import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId, newSecret } from '#kernel/ids.ts'
import { readBytes } from '#platform/storage/files.ts'
import type { Video } from '#stream'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, filesBelow, givenStranger } from '#tests/support/attacks.ts'
import { smallFilm } from '#tests/support/walk.ts'

/** Long enough for a storyboard. */
const FILM_SECONDS = 5
const VIDEOS = '/api/v1/stream/videos'

let airdate: TestApp
let stranger: Stranger
let [id, otherId] = ['', '']
/** Below the video's folder: one of everything that is served. */
let names: string[] = []

beforeAll(async () => {
  airdate = await testApp()
  stranger = await givenStranger(airdate)
  const film = await smallFilm(FILM_SECONDS)
  ;[id, otherId] = [await airdate.upload(film, { title: 'Private' }), await airdate.upload(film, { title: 'Another' })]
  await airdate.settled(id)
  await airdate.settled(otherId)
  names = (await filesBelow(join(airdate.dataDir, 'files', 'stream', id))).toSorted()
})
afterAll(() => airdate[Symbol.asyncDispose]())
beforeEach(async () => {
  await airdate.db.sql(`update stream.videos set visibility = 'private', deleted_at = null`)
  await airdate.db.sql('delete from stream.playback_grants')
})

/** The folder of a video's media with a grant of the owner, made or renewed by asking. */
async function grantedFolder(videoId: string): Promise<string> {
  const video = (await airdate.call('GET', `${VIDEOS}/${videoId}`)).json<Video>()
  return video.playback?.hlsUrl.replace('/master.m3u8', '') ?? ''
}

/** What is answered for every file of the video below this folder, as `status` each once, with media not redirected. */
async function statuses(folder: string, token: string | null = null): Promise<number[]> {
  const replies = await Promise.all(names.map((name) => airdate.call('GET', `${folder}/${name}`, { token })))
  return [...new Set(replies.map(({ status }) => status))]
}

test('everything that a video is made of is among what is asked here', () => {
  const kinds = [/^master\.m3u8$/, /^manifest\.mpd$/, /^poster\.jpg$/, /^storyboard\.vtt$/, /^storyboard\.jpg$/]
  const deeper = [/\/playlist\.m3u8$/, /\/iframes\.m3u8$/, /\/init\.mp4$/, /\/\d+\.m4s$/]
  for (const kind of [...kinds, ...deeper]) expect(names.filter((name) => kind.test(name))).not.toEqual([])
})

describe('a private video (B14)', () => {
  test('plays by its grant, with no header and no redirect', async () => {
    expect(await statuses(await grantedFolder(id))).toEqual([200])
  })

  test('does not play for nobody, for strangers, nor for its owner without a grant', async () => {
    const open = `/media/${id}`
    for (const token of [null, stranger.token, airdate.token, 'nonsense']) {
      expect(await statuses(open, token)).toEqual([404])
    }
  })

  test('is not found by nobody and by strangers, whatever they do', async () => {
    for (const token of [null, stranger.token]) {
      const read = await airdate.call('GET', `${VIDEOS}/${id}`, { token })
      expect(read.status).toBe(404)
      expect((await airdate.call('GET', `/watch/${id}`, { token })).bytes.toString()).not.toContain('Private"')
      expect((await airdate.call('GET', `/embed/${id}`, { token })).status).toBe(404)
      const embedded = encodeURIComponent(`${airdate.url}/watch/${id}`)
      expect((await airdate.call('GET', `/api/v1/stream/oembed?url=${embedded}`, { token })).status).toBe(404)
    }
    const asStranger = { token: stranger.token }
    const nonexistent = await airdate.call('GET', `${VIDEOS}/${newId()}`, asStranger)
    const hidden = await airdate.call('GET', `${VIDEOS}/${id}`, asStranger)
    expect([hidden.status, hidden.json()['type']]).toEqual([nonexistent.status, nonexistent.json()['type']])
    expect((await airdate.call('PATCH', `${VIDEOS}/${id}`, { ...asStranger, body: { title: 'Mine' } })).status).toBe(
      404,
    )
    expect((await airdate.call('DELETE', `${VIDEOS}/${id}`, asStranger)).status).toBe(404)
    await airdate.call('DELETE', `${VIDEOS}/${id}`)
    expect((await airdate.call('POST', `${VIDEOS}/${id}/restore`, asStranger)).status).toBe(404)
    expect((await airdate.call('GET', VIDEOS, asStranger)).json()).toEqual({ items: [], nextCursor: null })
  })

  test("does not play by another video's grant, a made-up one, or a part of its own", async () => {
    const own = (await grantedFolder(id)).split('/g/')[1] ?? ''
    const other = (await grantedFolder(otherId)).split('/g/')[1] ?? ''
    const wrong = [
      other,
      newSecret(24),
      own.slice(0, -1),
      `${own}A`,
      own.toLowerCase(),
      own.toUpperCase(),
      'A'.repeat(32),
    ]
    for (const grant of wrong.filter((text) => text !== own)) {
      expect(await statuses(`/media/${id}/g/${grant}`)).toEqual([404])
    }
    for (const nonsense of ['x', "' or 1=1 --", '%', '..', '%2e%2e', 'x'.repeat(65)]) {
      const [status, ...others] = await statuses(`/media/${id}/g/${encodeURIComponent(nonsense)}`)
      expect([400, 404]).toContain(status)
      expect(others.every((further) => [400, 404].includes(further))).toBe(true)
    }
  })

  test('keeps its address while it is renewed in time, and gets another after its death', async () => {
    const folder = await grantedFolder(id)
    const expiry = async (): Promise<number> => {
      const [row] = await airdate.db.sql<{ left: number }>(
        `select extract(epoch from expires_at - now())::float8 as left from stream.playback_grants where video_id = $1`,
        [id],
      )
      return row?.left ?? -1
    }
    expect(await expiry()).toBeLessThanOrEqual(60)
    await airdate.db.sql(`update stream.playback_grants set expires_at = now() + interval '5 seconds'`)
    expect(await grantedFolder(id)).toBe(folder)
    expect(await expiry()).toBeGreaterThan(50)
    await airdate.db.sql(`update stream.playback_grants set expires_at = now() - interval '1 second'`)
    expect(await statuses(folder)).toEqual([404])
    const next = await grantedFolder(id)
    expect(next).not.toBe(folder)
    expect([await statuses(folder), await statuses(next)]).toEqual([[404], [200]])
  })

  test.each([
    [
      'it is deleted',
      () => airdate.call('DELETE', `${VIDEOS}/${id}`),
      () => airdate.db.sql('update stream.videos set deleted_at = null'),
    ],
    [
      'its owner leaves the workspace',
      async () => {
        await airdate.db.sql('create table public.left_members as select * from commons.workspace_members')
        await airdate.db.sql('delete from commons.workspace_members')
      },
      () => airdate.db.sql('insert into commons.workspace_members select * from public.left_members'),
    ],
    [
      'its owner is deleted',
      () => airdate.db.sql('update commons.users set deleted_at = now()'),
      () => airdate.db.sql('update commons.users set deleted_at = null'),
    ],
  ])('plays no more at once when %s', async (_, end, undo) => {
    const folder = await grantedFolder(id)
    expect(await statuses(folder)).toEqual([200])
    await end()
    expect(await statuses(folder)).toEqual([404])
    expect(await statuses(`/media/${id}`)).toEqual([404])
    await undo()
  })

  test('was public: every address without a grant ends with its being private', async () => {
    await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'public' } })
    const open = (await airdate.call('GET', `${VIDEOS}/${id}`, { token: null })).json<Video>().playback
    expect(open?.hlsUrl).toBe(`${airdate.url}/media/${id}/master.m3u8`)
    expect(await statuses(`/media/${id}`)).toEqual([200])
    await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'private' } })
    expect(await statuses(`/media/${id}`)).toEqual([404])
    expect((await airdate.call('GET', `/watch/${id}`, { token: null })).status).toBe(404)
  })

  test('is marked for no shared cache, a public one may be kept', async () => {
    const cache = async (folder: string, name: string): Promise<string> =>
      (await airdate.call('GET', `${folder}/${name}`, { token: null })).headers.get('cache-control') ?? ''
    const folder = await grantedFolder(id)
    for (const name of names) expect(await cache(folder, name)).toMatch(/^private\b/)
    await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'unlisted' } })
    for (const name of names) expect(await cache(`/media/${id}`, name)).toMatch(/^public\b/)
  })

  test('has an original that is served to nobody, not even to its owner', async () => {
    const folder = await grantedFolder(id)
    const originals = await filesBelow(join(airdate.dataDir, 'files', 'uploads'))
    expect(originals.length).toBeGreaterThan(0)
    const source = createHash('sha256')
      .update(await readBytes(await smallFilm(FILM_SECONDS)))
      .digest('hex')
    const paths = originals.flatMap((name) => [
      ...[`/${name}`, `/uploads/${name}`, `/files/${name}`, `/media/${name}`, `/api/v1/uploads/${name}`],
      ...[`${folder}/${name}`, `${folder}/..%2f..%2fuploads%2f${name}`, `${folder}/%2e%2e/%2e%2e/uploads/${name}`],
    ])
    for (const path of [
      ...paths,
      `${folder}/original`,
      `${folder}/original.mp4`,
      `${folder}/source.mp4`,
      `${folder}/`,
    ]) {
      const reply = await airdate.call('GET', path)
      expect([400, 404]).toContain(reply.status)
      expect(createHash('sha256').update(reply.bytes).digest('hex')).not.toBe(source)
    }
  })
})

describe('a range (B13)', () => {
  const segment = (): string => names.find((name) => name.endsWith('/0.m4s')) ?? ''
  const ask = async (range: string) =>
    airdate.call('GET', `${await grantedFolder(id)}/${segment()}`, { headers: { Range: range } })

  test('is cut out of the file as it is asked for', async () => {
    const whole = (await airdate.call('GET', `${await grantedFolder(id)}/${segment()}`)).bytes
    const size = whole.length
    const ranges: [string, number, number][] = [
      ['bytes=0-', 0, size],
      ['bytes=-1', size - 1, size],
      ['bytes=0-0', 0, 1],
      ['bytes=10-19', 10, 20],
      [`bytes=5-${size + 1000}`, 5, size],
      [`bytes=-${size * 2}`, 0, size],
    ]
    for (const [range, start, end] of ranges) {
      const reply = await ask(range)
      expect([range, reply.status]).toEqual([range, 206])
      expect(reply.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${size}`)
      expect(reply.bytes.equals(whole.subarray(start, end))).toBe(true)
    }
    const unknown = await ask('lines=1-2')
    expect([unknown.status, unknown.bytes.length]).toEqual([200, size])
  })

  test.each([
    ['backwards', 'bytes=5-2'],
    ['beyond the end', 'bytes=999999999-'],
    ['of nothing', 'bytes=-0'],
    ['of nonsense', 'bytes=x-y'],
    ['a thousand times', `bytes=${Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join(',')}`],
    ['of 2^63', 'bytes=9223372036854775808-'],
  ])('%s is refused, and never answered in parts', async (_, range) => {
    const reply = await ask(range)
    expect(reply.status).toBe(416)
    expect(reply.headers.get('content-range')).toMatch(/^bytes \*\/\d+$/)
    expect(reply.headers.get('content-type')).toBe('application/problem+json')
    expect(reply.json()).toMatchObject({ type: '/problems/stream/range-not-satisfiable' })
  })
})
