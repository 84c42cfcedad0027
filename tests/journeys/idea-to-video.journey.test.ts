import { expect, test } from 'vitest'
import { run } from '#platform/process/run.ts'
import type { Video } from '#stream'
import { type FilmsMade, HEIGHT, IDEA, runFilmCampaign } from '#tests/kill/films.ts'
import { newDataFolder } from '#tests/kill/server.ts'
import { givenMember, givenStranger } from '#tests/support/attacks.ts'
import { makeFile } from '#tests/support/media.ts'
import { framesOver } from '#tests/support/playing.ts'
import type { DemoProduction } from '../../server/cli/demo-film.ts'
import { download, followProduction } from '../../server/cli/demo-film.ts'

/*
 * `node bench/kill.ts --films --kills 100 --seed N` is the long form: each stage is hit again and again, at any moment.
 * This seed strikes while the first pictures are drawn and in the music, where little has to be made again.
 */
const SEED = 20_261_231
const STAGES = ['script', 'voice', 'visuals', 'captions', 'music', 'assemble', 'check', 'publish']

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

test(`a thought becomes a task, a production, a film and a video, and the task completes itself, though everything is killed in two stages (seed ${SEED})`, async () => {
  await using folder = newDataFolder('idea-to-video')
  const { kills, ...campaign } = await runFilmCampaign({
    ...{ seed: SEED, kills: 2, dataDir: folder.path },
    onRest: expectTheWholeJourney,
  })
  expect(campaign).toEqual({ films: 1, exitCode: 0, faults: [] })
  expect(kills.length).toBe(2)
}, 600_000)

async function expectTheWholeJourney({ server, token, productions }: FilmsMade): Promise<void> {
  const [productionId = ''] = productions
  const call = (path: string, as: string | null = token): Promise<Response> =>
    fetch(new URL(path, server.url), as === null ? {} : { headers: { Authorization: `Bearer ${as}` } })
  const get = async <T>(path: string, as: string | null = token): Promise<T> => (await call(path, as)).json() as T
  const production = await followProduction({ url: server.url, token }, productionId, () => undefined)
  expect(production.failure).toBeNull()
  expect(production.stages.map(({ name, state }) => [name, state])).toEqual(STAGES.map((name) => [name, 'done']))
  const times = production.stages.flatMap(({ startedAt, endedAt }) => [startedAt ?? '', endedAt ?? ''])
  expect(times).toEqual(times.toSorted((one, other) => Date.parse(one) - Date.parse(other)))

  const videoId = production.videoId ?? ''
  const tasks = await get<{ items: { productionId: string | null }[] }>('/api/v1/planner/tasks?status=done')
  expect(tasks.items.map((task) => task.productionId)).toEqual([productionId])
  const journey = await get<JourneyShown>(`/api/v1/journeys/${videoId}`)
  expect(journey).toMatchObject({
    thought: { text: IDEA },
    task: { status: 'done' },
    production: { id: productionId, spent: [{ currency: 'USD', amountMicros: 0 }] },
    film: { render: { width: (HEIGHT * 16) / 9, height: HEIGHT } },
    publication: { state: 'published', videoId },
    video: { state: 'ready' },
    views: null,
  })
  const told = journey.trail.map(({ type }) => type)
  for (const type of ['planner.task.production-requested', 'channels.production.completed', 'stream.video.ready']) {
    expect(told).toContain(type)
  }
  expect(told.filter((type) => type === 'channels.stage.finished').length).toBe(STAGES.length)

  const video = await get<Video>(`/api/v1/stream/videos/${videoId}`)
  const { durationFrames, durationMs } = journey.film?.render ?? { durationFrames: 0, durationMs: 0 }
  expect(Math.abs((video.durationMs ?? 0) - durationMs)).toBeLessThanOrEqual(34)
  const [captions] = video.playback?.captions ?? []
  expect(await (await call(captions?.url ?? '', null)).text()).toMatch(/^WEBVTT\n/)
  const [rendition] = video.renditions
  expect(rendition).toMatchObject({ width: (HEIGHT * 16) / 9, height: HEIGHT })
  expect(await framesOver(`${server.url}/media/${videoId}/${rendition?.height}p/playlist.m3u8`)).toBe(durationFrames)

  const pieces: Uint8Array[] = []
  for await (const piece of await download({ url: server.url, token }, productionId, 'film')) pieces.push(piece)
  expect(await factsOf(makeFile('idea-to-video.mp4', Buffer.concat(pieces)))).toMatchObject([
    // 15,360 ticks in a second: no clip begins a tick late.
    { codec_name: 'h264', nb_read_packets: String(durationFrames), duration_ts: durationFrames * 512 },
    { codec_name: 'aac' },
  ])

  // Whoever comes from elsewhere may watch the video, and learns nothing of how it was made.
  const stranger = await givenStranger({ db: server })
  expect((await call(`/api/v1/stream/videos/${videoId}`, stranger.token)).status).toBe(200)
  expect((await call(`/api/v1/journeys/${videoId}`, stranger.token)).status).toBe(404)
  expect((await call(`/api/v1/channels/productions/${productionId}/film`, stranger.token)).status).toBe(404)
  // A colleague sees the journey, and of the thought only that there was one.
  const [own] = await server.sql<{ id: string }>('select workspace_id as id from channels.productions')
  const colleague = await givenMember({ db: server }, { workspaceId: own?.id ?? '', role: 'viewer' })
  const seen = await get<JourneyShown>(`/api/v1/journeys/${videoId}`, colleague.token)
  expect(seen).toMatchObject({ thought: { text: null }, task: { status: 'done' } })
}

async function factsOf(path: string): Promise<unknown> {
  const shown = 'stream=codec_name,nb_read_packets,duration_ts'
  const args = ['-v', 'error', '-count_packets', '-show_entries', shown, '-of', 'json', path]
  const { stdout } = await run('ffprobe', args, { cwd: '/', timeoutMs: 30_000 })
  return (JSON.parse(stdout.toString()) as { streams: unknown }).streams
}
