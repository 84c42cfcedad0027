import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { collectGarbage } from '#platform/storage/garbage.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { openDiskStorage } from '#platform/storage/disk.ts'
import { contextOf } from '#platform/jobs/fixtures/support.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Video } from '../videos/schema.ts'
import { type Film, importFilm, importedVideo, originalsOwner } from './service.ts'

const CAPTIONS = 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n'

let airdate: TestApp
let storage: Storage
let person: Stranger
let ctx: Ctx
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
  storage = await openDiskStorage({ root: dataFolder(airdate.dataDir).files, reserveBytes: 0 })
  person = await givenStranger(airdate)
  const { workspaceId } = person
  ctx = { ...contextOf(airdate.db.database)({ kind: 'system', name: 'test', workspaceId }, 'test'), storage }
  await storage.put('studio/x/film.mp4', Buffer.from('a film'))
  await storage.put('studio/x/captions.vtt', Buffer.from(CAPTIONS))
})
afterAll(() => airdate[Symbol.asyncDispose]())

let film: Film
beforeEach(() => {
  film = {
    ...{ videoId: newId(), workspaceId: person.workspaceId, createdBy: person.userId, source: `production:${newId()}` },
    ...{ title: 'A film', visibility: 'unlisted', storageKey: 'studio/x/film.mp4' },
    captions: { storageKey: 'studio/x/captions.vtt', language: 'pt-BR' },
  }
})

const videosOf = (source: string) =>
  airdate.db.sql<{ id: string; state: string }>('select id, state from stream.videos where source = $1', [source])
const probes = async (videoId: string): Promise<number> =>
  (await airdate.db.sql(`select from pgboss.job_common where name = 'stream.probe' and singleton_key = $1`, [videoId]))
    .length

test('a film becomes a video that waits to be probed, with its own copy and captions', async () => {
  expect(await importFilm(ctx, film)).toEqual({ videoId: film.videoId, state: 'uploaded', failure: null })
  expect(await probes(film.videoId)).toBe(1)
  const [row] = await airdate.db.sql<{ key: string; size: number }>(
    'select original_key as key, original_size_bytes as size from stream.videos where id = $1',
    [film.videoId],
  )
  expect(Number(row?.size)).toBe(6)
  expect(await storage.head(row?.key ?? '')).toEqual({ sizeBytes: 6 })
  const captions = await airdate.call('GET', `/media/${film.videoId}/captions.vtt`, { token: null })
  expect([captions.status, captions.bytes.toString()]).toEqual([200, CAPTIONS])
  expect(captions.headers.get('content-type')).toBe('text/vtt; charset=utf-8')
  await airdate.db.sql(`update stream.videos set state = 'ready', playable = true where id = $1`, [film.videoId])
  const video = (await airdate.call('GET', `/api/v1/stream/videos/${film.videoId}`)).json<Video>()
  expect(video.playback?.captions).toEqual([
    { language: 'pt-BR', url: `${airdate.url}/media/${film.videoId}/captions.vtt` },
  ])
})

test('captions of a private video are not for strangers', async () => {
  await importFilm(ctx, { ...film, visibility: 'private' })
  expect((await airdate.call('GET', `/media/${film.videoId}/captions.vtt`, { token: null })).status).toBe(404)
})

test('asked again, even at the same moment and with another id, it is the same video', async () => {
  const other = { ...film, videoId: newId() }
  const made = await Promise.all([importFilm(ctx, film), importFilm(ctx, other), importFilm(ctx, film)])
  const again = await importFilm(ctx, other)
  expect(new Set([...made, again].map(({ videoId }) => videoId)).size).toBe(1)
  expect((await videosOf(film.source)).length).toBe(1)
})

test('a video that failed makes room for the next, and goes out of sight', async () => {
  await importFilm(ctx, film)
  await airdate.db.sql(`update stream.videos set state = 'failed', failure_code = 'encoding_failed' where id = $1`, [
    film.videoId,
  ])
  expect((await importedVideo(ctx, person.workspaceId, film.source))?.failure?.code).toBe('encoding_failed')
  const next = { ...film, videoId: newId() }
  expect((await importFilm(ctx, next)).videoId).toBe(next.videoId)
  expect((await videosOf(film.source)).map(({ id }) => id)).toEqual([next.videoId])
  expect((await airdate.call('GET', `/api/v1/stream/videos/${film.videoId}`)).status).toBe(404)
})

test('a video that was deleted makes room, and can be restored beside the next', async () => {
  await importFilm(ctx, film)
  const own = { token: person.token }
  const path = `/api/v1/stream/videos/${film.videoId}`
  expect((await airdate.call('DELETE', path, own)).status).toBe(204)
  expect(await importedVideo(ctx, person.workspaceId, film.source)).toBeNull()
  const next = { ...film, videoId: newId() }
  expect((await importFilm(ctx, next)).videoId).toBe(next.videoId)
  expect((await airdate.call('POST', `${path}/restore`, own)).status).toBe(200)
})

test('a film whose video was never written is garbage, one whose video is there is not', async () => {
  await importFilm(ctx, film)
  const lost = `originals/${newId()}/film`
  await storage.put(lost, Buffer.from('lost'))
  const later = new Date(Date.now() + 3 * 24 * 3600 * 1000)
  const system: Ctx = { ...ctx, scope: { role: 'system' }, clock: { now: () => later } }
  const collected = await collectGarbage(system, { owners: [originalsOwner] })
  expect(collected).toEqual([lost])
})
