import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { rational } from '#kernel/rational.ts'
import type { Video } from '#stream'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { dashViolations } from '#tests/support/dash-rules.ts'
import { hlsViolations } from '#tests/support/hls-rules.ts'
import { makeFile, makeMedia, numberedVideo, quarterTurn } from '#tests/support/media.ts'
import { fetchBelow, framesOver, jpegSize } from '#tests/support/playing.ts'
import { planStoryboard } from '../../server/stream/thumbnails/storyboard.ts'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp()
})
afterAll(() => airdate[Symbol.asyncDispose]())

/** A small file, and what has to come of it. */
interface Kind {
  readonly name: string
  readonly make: () => Promise<string>
  readonly width: number
  readonly height: number
  readonly frameRate: string
  readonly hasSound: boolean
  /** Those of the source; null at a variable rate, where encoding decides. */
  readonly frames: number | null
}

const PHONE_FILM: Kind = {
  name: 'a film that a phone held upright has made',
  make: async () => {
    const lying = await numberedVideo({ frames: 200, rate: rational(30), toneHz: 330 })
    return makeFile('upright.mp4', quarterTurn(readFileSync(lying)))
  },
  ...{ width: 172, height: 304, frameRate: '30/1', hasSound: true, frames: 200 },
}

const kinds: readonly Kind[] = [
  {
    name: 'a film of 29.97 frames a second with sound',
    make: () => numberedVideo({ frames: 380, rate: rational(30_000, 1001), toneHz: 440 }),
    ...{ width: 304, height: 172, frameRate: '30000/1001', hasSound: true, frames: 380 },
  },
  {
    name: 'a silent film in Matroska',
    make: () => numberedVideo({ frames: 170, rate: rational(25), width: 320, height: 180, extension: 'mkv' }),
    ...{ width: 320, height: 180, frameRate: '25/1', hasSound: false, frames: 170 },
  },
  PHONE_FILM,
  {
    name: 'a film of variable rate',
    make: () => numberedVideo({ frames: 200, rate: rational(30), isVariable: true }),
    ...{ width: 304, height: 172, frameRate: '30/1', hasSound: false, frames: null },
  },
]

const made = new Map<string, Promise<Video>>()

/** The video that comes of a kind; uploaded once, whoever asks. */
function ready(kind: Kind): Promise<Video> {
  const known = made.get(kind.name)
  if (known !== undefined) return known
  const making = (async () => {
    const metadata = { title: kind.name, visibility: 'unlisted' }
    const video = await airdate.settled(await airdate.upload(await kind.make(), metadata))
    expect(video).toMatchObject({ state: 'ready', playable: true, progress: 1, failure: null })
    return video
  })()
  made.set(kind.name, making)
  return making
}

/** The URLs of a video that has them all. */
function urlsOf({ playback }: Video): { hls: string; dash: string; poster: string; storyboard: string } {
  const { hlsUrl = null, dashUrl = null, posterUrl = null, storyboardUrl = null } = playback ?? {}
  if (hlsUrl === null || dashUrl === null || posterUrl === null || storyboardUrl === null) {
    throw new Error(`a ready video lacks an address: ${JSON.stringify(playback)}`)
  }
  return { hls: hlsUrl, dash: dashUrl, poster: posterUrl, storyboard: storyboardUrl }
}

async function bytesOf(url: string): Promise<{ status: number; type: string | null; bytes: Buffer }> {
  const reply = await fetch(url)
  return {
    status: reply.status,
    type: reply.headers.get('content-type'),
    bytes: Buffer.from(await reply.arrayBuffer()),
  }
}

test.each(kinds)('$name is uploaded, becomes ready, and breaks no rule of HLS or DASH', async (kind) => {
  const video = await ready(kind)
  const { width, height, frameRate } = kind
  expect(video).toMatchObject({ title: kind.name, width, height, frameRate })
  const urls = urlsOf(video)

  const fetchFile = fetchBelow(urls.hls)
  expect(await hlsViolations(fetchFile, 'master.m3u8')).toEqual([])
  expect(await dashViolations(fetchFile, 'manifest.mpd')).toEqual([])
  const master = (await fetchFile('master.m3u8')).bytes.toString()
  expect(master.includes('TYPE=AUDIO')).toBe(kind.hasSound)

  const [row] = await airdate.db.sql<{ planned: number; encoded: number; durationMs: number }>(
    `select (plan ->> 'frameCount')::int as planned, (probe ->> 'durationMs')::int as "durationMs",
       (select sum(frame_count)::int from stream.chunks where video_id = v.id and track = 'video') as encoded
     from stream.videos v where id = $1`,
    [video.id],
  )
  if (kind.frames !== null) expect(row).toMatchObject({ planned: kind.frames, encoded: kind.frames })
  const rungs = [...master.matchAll(/^(\d+p\/playlist\.m3u8)$/gm)].map((match) => match[1] ?? '')
  expect(rungs).toHaveLength(video.renditions.length)
  for (const path of rungs) expect(await framesOver(new URL(path, urls.hls).href)).toBe(row?.encoded)

  const poster = await bytesOf(urls.poster)
  expect(poster).toMatchObject({ status: 200, type: 'image/jpeg' })
  expect(jpegSize(poster.bytes)).toEqual({ width, height })
  const board = planStoryboard(width, height, row?.durationMs ?? 0)
  const sprite = await bytesOf(new URL('storyboard.jpg', urls.storyboard).href)
  expect(jpegSize(sprite.bytes)).toEqual({
    width: board.columns * board.tileWidth,
    height: board.rows * board.tileHeight,
  })
  const vtt = (await bytesOf(urls.storyboard)).bytes.toString()
  expect(vtt.match(/-->/g)).toHaveLength(board.tiles.length)
})

interface JourneyShown {
  readonly trail: readonly { readonly type: string }[]
}

test('the journey of an uploaded video begins with the upload', async () => {
  const { id, title } = await ready(PHONE_FILM)
  const journey = (await airdate.call('GET', `/api/v1/journeys/${id}`)).json<JourneyShown>()
  expect(journey).toMatchObject({
    ...{ thought: null, task: null, production: null, film: null, publication: null, views: null },
    video: { title, state: 'ready' },
  })
  expect(journey.trail.map(({ type }) => type)).toEqual(['stream.video.ready'])
  expect((await airdate.call('GET', `/api/v1/journeys/${newId()}`)).status).toBe(404)
})

/** The film of the phone, in this visibility. */
async function kept(visibility: Video['visibility']): Promise<Video> {
  const api = `/api/v1/stream/videos/${(await ready(PHONE_FILM)).id}`
  expect((await airdate.call('PATCH', api, { body: { visibility } })).status).toBe(200)
  return (await airdate.call('GET', api)).json<Video>()
}

test('a private film plays for whoever was given its address, and for nobody without the grant in it', async () => {
  const video = await kept('private')
  const { hls, dash, poster, storyboard } = urlsOf(video)
  expect(new URL(hls).pathname).toMatch(new RegExp(`^/media/${video.id}/g/[\\w-]{20,64}/master\\.m3u8$`))
  expect(await hlsViolations(fetchBelow(hls), 'master.m3u8')).toEqual([])
  for (const url of [hls, dash, poster, storyboard, new URL('240p/0.m4s', hls).href]) {
    expect((await bytesOf(url)).status).toBe(200)
    expect((await bytesOf(url.replace(/\/g\/[\w-]+/, ''))).status).toBe(404)
    expect((await bytesOf(url.replace(/\/g\/[\w-]+/, `/g/${'x'.repeat(32)}`))).status).toBe(404)
  }
  expect((await airdate.call('GET', `/api/v1/stream/videos/${video.id}`, { token: null })).status).toBe(404)
})

test('a deleted film is gone at once with all its addresses, and is there again when it is put back', async () => {
  const video = await kept('public')
  const { hls, poster } = urlsOf(video)
  const segment = new URL('240p/0.m4s', hls).href
  const api = `/api/v1/stream/videos/${video.id}`
  expect((await airdate.call('DELETE', api)).status).toBe(204)
  expect((await airdate.call('GET', api)).status).toBe(404)
  for (const url of [hls, poster, segment]) expect((await bytesOf(url)).status).toBe(404)
  expect((await airdate.call('POST', `${api}/restore`)).status).toBe(200)
  for (const url of [hls, poster, segment]) expect((await bytesOf(url)).status).toBe(200)
})

test('a film deleted while it is encoded leaves no work behind, and is encoded to its end when it is put back', async () => {
  const path = await numberedVideo({ frames: 450, rate: rational(25), width: 256, height: 144, toneHz: 440 })
  const id = await airdate.upload(path, { title: 'Changed my mind', visibility: 'unlisted' })
  const api = `/api/v1/stream/videos/${id}`
  const state = async (): Promise<string> => (await airdate.call('GET', api)).json<Video>().state
  await expect.poll(state, { interval: 10, timeout: 30_000 }).toBe('encoding')
  expect((await airdate.call('DELETE', api)).status).toBe(204)
  const unfinished = `select name from pgboss.job_common where name like 'stream.%' and state < 'completed'
    and data -> 'input' ->> 'videoId' = $1`
  expect(await airdate.db.sql(unfinished, [id])).toEqual([])

  expect((await airdate.call('POST', `${api}/restore`)).status).toBe(200)
  // the reconciler comes once a minute: its turn is now
  await airdate.db.sql(`update platform.schedules set next_at = now() where name like '%stream-encoding%'`)
  expect((await airdate.settled(id)).state).toBe('ready')
})

test('a file that cannot be decoded fails with its reason, and nothing is kept of it but the original', async () => {
  const whole = readFileSync(
    await makeMedia('cut.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=s=304x172:r=25:d=8', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ]),
  )
  const picture = whole.indexOf('mdat', 0, 'latin1') + 4
  const damaged = makeFile(
    'damaged.mp4',
    Buffer.from(whole).fill(0xff, picture, picture + Math.floor(whole.length / 2)),
  )
  const id = await airdate.upload(damaged, { visibility: 'unlisted' })
  const video = await airdate.settled(id)
  expect(video).toMatchObject({ state: 'failed', playback: null, renditions: [] })
  expect(video.failure?.code).toMatch(/^(corrupt_media|unsupported_media)$/)
  const left = await airdate.db.sql(
    `select 'chunk' as what from stream.chunks where video_id = $1
     union all select 'rendition' from stream.renditions where video_id = $1
     union all select 'thumbnail' from stream.thumbnails where video_id = $1
     union all select name from pgboss.job_common where state < 'completed' and data -> 'input' ->> 'videoId' = $1::text`,
    [id],
  )
  expect(left).toEqual([])
  // files go after the commit
  await expect.poll(() => existsSync(join(airdate.dataDir, 'files/stream', id)), { timeout: 10_000 }).toBe(false)
})
