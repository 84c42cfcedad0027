import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs } from '#kernel/clock.ts'
import type { Video } from '#stream'
import { type TestApp, testApp } from '../support/app.ts'
import { type TestRedis, freePort, testRedis } from '../support/redis.ts'
import { smallFilm } from '../support/walk.ts'

interface Answered {
  readonly id: string
  readonly count: number
}

const NOBODY = { token: null }

describe.each([['without Redis'], ['with Redis']])('what is kept of open videos %s', (how) => {
  let redis: TestRedis | null = null
  let airdate: TestApp
  let id: string
  let answered: Answered[] = []
  /** The cache's clock in this process, which stands. */
  let nowMs = 0
  beforeAll(async () => {
    redis = how === 'with Redis' ? await testRedis() : null
    airdate = await testApp({
      settings: redis === null ? {} : { REDIS_URL: redis.url },
      observe: {
        onAnswered: (route, { count }) => void answered.push({ id: route.id, count }),
        cacheNowMs: () => nowMs,
      },
    })
    id = await airdate.upload(await smallFilm(), { title: 'Open' })
    await airdate.settled(id)
  })
  afterAll(async () => {
    await airdate[Symbol.asyncDispose]()
    await redis?.[Symbol.asyncDispose]()
  })

  const see = async (visibility: Video['visibility']): Promise<void> => {
    const reply = await airdate.call('PATCH', `/api/v1/stream/videos/${id}`, { body: { visibility } })
    expect(reply.status).toBe(200)
  }
  const status = async (name = 'master.m3u8'): Promise<number> =>
    (await airdate.call('GET', `/media/${id}/${name}`, NOBODY)).status

  test('opening and closing a video holds with the next request, for each of its files', async () => {
    const master = async (): Promise<string> =>
      (await airdate.call('GET', `/media/${id}/master.m3u8`, NOBODY)).bytes.toString()
    await see('public')
    const rung = /\n([a-z0-9-]+)\/playlist\.m3u8/.exec(await master())?.[1] ?? ''
    const names = ['master.m3u8', 'manifest.mpd', `${rung}/playlist.m3u8`, `${rung}/0.m4s`, 'poster.jpg']
    for (const visibility of ['private', 'unlisted', 'private', 'public'] as const) {
      await see(visibility)
      const expected = visibility === 'private' ? 404 : 200
      for (const name of names) expect([name, await status(name)]).toEqual([name, expected])
    }
    expect((await airdate.call('DELETE', `/api/v1/stream/videos/${id}`)).status).toBe(204)
    expect(await status()).toBe(404)
    expect((await airdate.call('POST', `/api/v1/stream/videos/${id}/restore`)).status).toBe(200)
    expect(await status()).toBe(200)
  })

  test('a viewer costs the database nothing, and the text is the same however it is sent', async () => {
    await see('public')
    await status()
    answered = []
    const beganMs = monotonicMs()
    const plain = await airdate.call('GET', `/media/${id}/master.m3u8`, {
      ...NOBODY,
      headers: { 'Accept-Encoding': 'identity' },
    })
    const zipped = await airdate.call('GET', `/media/${id}/master.m3u8`, {
      ...NOBODY,
      headers: { 'Accept-Encoding': 'gzip' },
    })
    await status('poster.jpg')
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.bytes.equals(zipped.bytes)).toBe(true)
    expect(plain.bytes.length).toBe(Number(plain.headers.get('content-length')))
    await expect.poll(() => answered.length).toBe(3)
    // Redis has a clock of its own: on a machine that is held up it may have to be asked again after 1.5 s.
    if (redis === null || monotonicMs() - beganMs < 1_000) expect(answered.map(({ count }) => count)).toEqual([0, 0, 0])
  })

  test('a video that was closed past the cache is closed when two seconds are over', async () => {
    await see('public')
    expect(await status()).toBe(200)
    await airdate.db.sql(`update stream.videos set visibility = 'private' where id = $1`, [id])
    nowMs += 2_000
    // Redis has a clock of its own.
    if (redis === null) expect(await status()).toBe(404)
    else await expect.poll(() => status(), { timeout: 20_000 }).toBe(404)
  })
})

test('a server whose Redis is not there is degraded, ready, and right', async () => {
  await using airdate = await testApp({ settings: { REDIS_URL: `redis://127.0.0.1:${await freePort()}` } })
  const reply = await airdate.call('GET', '/readyz', NOBODY)
  expect(reply.status).toBe(200)
  const { status, checks } = reply.json<{ status: string; checks: { name: string; ok: boolean }[] }>()
  expect(status).toBe('degraded')
  expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['redis'])
  expect(reply.bytes.toString()).not.toContain('127.0.0.1')
  const metrics = (await airdate.call('GET', '/metrics')).bytes.toString()
  expect(metrics).toMatch(/^airdate_cache_redis_up 0$/m)
})
