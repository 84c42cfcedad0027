import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { Video } from '#stream'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { fate, givenMember, givenStranger } from '#tests/support/attacks.ts'
import { framesOver } from '#tests/support/playing.ts'
import { smallFilmBytes } from '#tests/support/walk.ts'
import type { DemoProduction } from '../../server/cli/demo-film.ts'
import { download, followProduction } from '../../server/cli/demo-film.ts'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp()
})
afterAll(() => airdate[Symbol.asyncDispose]())

const STAGES = ['script', 'voice', 'visuals', 'captions', 'music', 'assemble', 'check', 'publish']
const IDEA = 'Do bees sleep?'

interface JourneyShown {
  readonly thought: { readonly text: string | null } | null
  readonly task: { readonly status: string } | null
  readonly production: (DemoProduction & { readonly spent: readonly object[] }) | null
  readonly film: { readonly render: { readonly durationMs: number; readonly durationFrames: number } } | null
  readonly publication: { readonly state: string; readonly videoId: string } | null
  readonly video: { readonly title: string; readonly state: string }
  readonly views: number | null
  readonly trail: readonly { readonly type: string; readonly subject: string }[]
}

test('a thought becomes a task, a production, a film and a video, and the task completes itself', async () => {
  const captured = await airdate.call('POST', '/api/v1/planner/captures', { body: { text: IDEA } })
  const { taskId } = captured.json<{ taskId: string }>()
  const asked = await airdate.call('POST', `/api/v1/planner/tasks/${taskId}/productions`, {
    body: { visibility: 'unlisted' },
    headers: { 'Idempotency-Key': newId() },
  })
  const { productionId } = asked.json<{ productionId: string }>()
  const server = { url: airdate.url, token: airdate.token }
  const production = await followProduction(server, productionId, () => undefined)
  expect(production.failure).toBeNull()
  expect(production.stages.map(({ name, state }) => [name, state])).toEqual(STAGES.map((name) => [name, 'done']))
  const times = production.stages.flatMap(({ startedAt, endedAt }) => [startedAt ?? '', endedAt ?? ''])
  expect(times).toEqual(times.toSorted((one, other) => Date.parse(one) - Date.parse(other)))

  const videoId = production.videoId ?? ''
  await expect
    .poll(async () => (await airdate.call('GET', `/api/v1/planner/tasks/${taskId}`)).json()['status'])
    .toBe('done')
  const journey = (await airdate.call('GET', `/api/v1/journeys/${videoId}`)).json<JourneyShown>()
  expect(journey).toMatchObject({
    thought: { text: IDEA },
    task: { status: 'done' },
    production: { id: productionId, spent: [{ currency: 'USD', amountMicros: 0 }] },
    publication: { state: 'published', videoId },
    video: { state: 'ready' },
    views: null,
  })
  const told = journey.trail.map(({ type }) => type)
  for (const type of ['planner.task.production-requested', 'channels.production.completed', 'stream.video.ready']) {
    expect(told).toContain(type)
  }
  expect(told.filter((type) => type === 'channels.stage.finished').length).toBe(STAGES.length)

  const video = (await airdate.call('GET', `/api/v1/stream/videos/${videoId}`)).json<Video>()
  const { durationFrames, durationMs } = journey.film?.render ?? { durationFrames: 0, durationMs: 0 }
  expect(Math.abs((video.durationMs ?? 0) - durationMs)).toBeLessThanOrEqual(34)
  const [captions] = video.playback?.captions ?? []
  expect((await airdate.call('GET', captions?.url ?? '', { token: null })).bytes.toString()).toMatch(/^WEBVTT\n/)
  const [rendition] = video.renditions
  const playlist = `${airdate.url}/media/${videoId}/${rendition?.height}p/playlist.m3u8`
  expect(await framesOver(playlist)).toBe(durationFrames)

  const pieces: Uint8Array[] = []
  for await (const piece of await download(server, productionId, 'film')) pieces.push(piece)
  expect(Buffer.concat(pieces).subarray(4, 8).toString()).toBe('ftyp')

  // Whoever comes from elsewhere may watch the video, and learns nothing of how it was made.
  const stranger = await givenStranger(airdate)
  const others = { token: stranger.token }
  expect((await airdate.call('GET', `/api/v1/stream/videos/${videoId}`, others)).status).toBe(200)
  expect((await airdate.call('GET', `/api/v1/journeys/${videoId}`, others)).status).toBe(404)
  expect((await airdate.call('GET', `/api/v1/channels/productions/${productionId}/film`, others)).status).toBe(404)
  // A colleague sees the journey, and of the thought only that there was one.
  const [own] = await airdate.db.sql<{ id: string }>('select workspace_id as id from channels.productions')
  const { token } = await givenMember(airdate, { workspaceId: own?.id ?? '', role: 'viewer' })
  const seen = (await airdate.call('GET', `/api/v1/journeys/${videoId}`, { token })).json<JourneyShown>()
  expect(seen).toMatchObject({ thought: { text: null }, task: { status: 'done' } })
}, 300_000)

test('the journey of an uploaded video begins with the upload', async () => {
  const { id } = await fate(airdate, await smallFilmBytes(), { title: 'Brought along' })
  const journey = (await airdate.call('GET', `/api/v1/journeys/${id}`)).json<JourneyShown>()
  expect(journey).toMatchObject({
    ...{ thought: null, task: null, production: null, film: null, publication: null, views: null },
    video: { title: 'Brought along', state: 'ready' },
  })
  expect(journey.trail.map(({ type }) => type)).toEqual(['stream.video.ready'])
  expect((await airdate.call('GET', `/api/v1/journeys/${newId()}`)).status).toBe(404)
})
