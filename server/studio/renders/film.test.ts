import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { run } from '#platform/process/run.ts'
import { readTextFile } from '#platform/storage/files.ts'
import { tempDir } from '#platform/storage/temp.ts'
import {
  checkRender,
  composeMusic,
  drawVisuals,
  filmOf,
  recordVoice,
  renderFilm,
  renderOf,
  writeCaptions,
  writeScript,
} from '#studio'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { ffmpeg } from '#tests/support/media.ts'
import { directed } from '../direction/service.ts'
import { type GivenStudio, givenStudio } from '../fixtures/given.ts'
import { clipKey, stretchesOf } from '../visuals/service.ts'
import { voiceOf } from '../voices/service.ts'
import { samplesOf } from '../voices/wav.ts'
import { checkFilm } from './check.ts'
import { FilmCheckFailed, RenderNotFound, filmOwner } from './service.ts'

let db: TestDatabase
let given: GivenStudio
beforeAll(async () => {
  db = await testDatabase()
  given = await givenStudio(db)
})
afterAll(async () => {
  await given[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

const signal = new AbortController().signal
const IDEA = 'Lanterns <b>that</b> remember & whisper 🏮'

test('an idea becomes a film: exact, loud enough, moving, captioned as it is spoken, and made once', async () => {
  const ctx = given.ctx()
  const id = await given.project({ id: '019b0000-0000-7000-8000-000000000011', idea: IDEA })
  for (const stage of [writeScript, recordVoice]) await stage(ctx, id, signal)
  await expect(renderOf(ctx, id)).rejects.toSatisfy((error) => isProblem(error, RenderNotFound))

  // The drawing is stopped as soon as something is stored, which stays.
  const stopped = new AbortController()
  const drawing = expect(drawVisuals(ctx, id, stopped.signal)).rejects.toThrow('stopped')
  await expect.poll(() => keysBelow(`studio/${id}/clip-`), { timeout: 120_000 }).not.toEqual([])
  stopped.abort(new Error('stopped'))
  await drawing
  const stored = await keysBelow(`studio/${id}/clip-`)
  await showAgain(id, stored)
  const there = await keysBelow(`studio/${id}/clip-`)
  const before = await Promise.all(there.map((key) => modifiedAt(key)))
  const shares: number[] = []
  await drawVisuals(ctx, id, signal, (share) => shares.push(share))
  expect(shares.at(-1)).toBe(1)
  expect(await Promise.all(there.map((key) => modifiedAt(key)))).toEqual(before)

  for (const stage of [writeCaptions, composeMusic, renderFilm, checkRender]) await stage(ctx, id, signal)
  const film = await renderOf(ctx, id)
  expect(film).toMatchObject({ width: 1280, height: 720, language: 'en', frameRate: { num: 30, den: 1 }, title: IDEA })
  expect(film.durationMs).toBe(Math.round((film.durationFrames * 1000) / 30))
  expect(film.durationMs).toBeGreaterThanOrEqual(20_000)
  expect(film.durationMs).toBeLessThan(60_000)
  expect(Math.abs(film.loudnessLufs + 14)).toBeLessThan(1)
  expect(await facts(film.storageKey)).toMatchObject([
    {
      codec_name: 'h264',
      profile: 'High',
      pix_fmt: 'yuv420p',
      color_space: 'bt709',
      r_frame_rate: '30/1',
      nb_read_packets: String(film.durationFrames),
      // 15,360 ticks in a second: no clip begins a tick late.
      duration_ts: film.durationFrames * 512,
    },
    { codec_name: 'aac', sample_rate: '48000', channels: 2 },
  ])
  await expectCaptionsAsSpoken(id, film.captionsKey)

  const again = await Promise.all([renderFilm, drawVisuals, recordVoice].map((stage) => stage(ctx, id, signal)))
  expect(again.map(({ provider, costMicros }) => [provider, costMicros])).toEqual(
    Array.from({ length: 3 }, () => ['offline', 0]),
  )
  const { generations, render } = await filmOf(ctx, id)
  expect(generations.map(({ kind, state, attempts }) => [kind, state, attempts])).toEqual(
    expect.arrayContaining([
      ['visuals', 'done', 2],
      ['assemble', 'done', 1],
      ['check', 'done', 1],
    ]),
  )
  expect(render?.durationFrames).toBe(film.durationFrames)
  const events = await db.sql('select type from platform.events where subject = $1', [`project:${id}`])
  expect(events).toEqual([{ type: 'studio.render.finished' }])

  const keys = await keysBelow(`studio/${id}/`)
  expect(await filmOwner.isLive(given.ctx(null), [...keys, `studio/${given.workspaceId}/film.mp4`])).toEqual(
    new Set(keys),
  )
}, 300_000)

/**
 * Stores the first clip again in the place of each that is missing, cut to its length: a whole film is drawn in the journey
 * from an idea to a video, and what is put together here is as long, moves and sounds the same.
 */
async function showAgain(id: string, [drawn = '']: readonly string[]): Promise<void> {
  const ctx = given.ctx()
  const { plan } = await directed(ctx, id)
  await using clip = await ctx.storage.localFile(drawn)
  await using folder = await tempDir()
  for (const { index, startFrame, endFrame } of stretchesOf(plan.totalFrames)) {
    if ((await ctx.storage.head(clipKey(id, index))) !== null) continue
    const path = join(folder.path, `${index}.mp4`)
    const frames = ['-frames:v', String(endFrame - startFrame), '-c', 'copy', '-video_track_timescale', '15360']
    await ffmpeg(['-stream_loop', '1', '-i', clip.path, ...frames, path])
    await ctx.storage.putFile(clipKey(id, index), path)
  }
}

async function keysBelow(start: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of given.ctx().storage.list('studio/')) if (key.startsWith(start)) keys.push(key)
  return keys
}

async function modifiedAt(wanted: string): Promise<number> {
  for await (const { key, modifiedAt: at } of given.ctx().storage.list('studio/'))
    if (key === wanted) return at.getTime()
  return 0
}

/** What the container says of a film, and how many packets it holds: the check has decoded each of them before. */
async function facts(key: string): Promise<unknown[]> {
  await using file = await given.ctx().storage.localFile(key)
  const shown =
    'stream=codec_name,profile,pix_fmt,color_space,r_frame_rate,nb_read_packets,duration_ts,sample_rate,channels'
  const args = ['-v', 'error', '-count_packets', '-show_entries', shown, '-of', 'json', file.path]
  const { stdout } = await run('ffprobe', args, { cwd: '/', timeoutMs: 30_000 })
  return (JSON.parse(stdout.toString()) as { streams: unknown[] }).streams
}

/** Captions hold every word, and each cue begins where the narration's sound begins. */
async function expectCaptionsAsSpoken(id: string, captionsKey: string): Promise<void> {
  const { storage } = given.ctx()
  await using vttFile = await storage.localFile(captionsKey)
  const vtt = await readTextFile(vttFile.path)
  expect(vtt).toContain('Lanterns &lt;b&gt;that&lt;/b&gt; remember &amp; whisper 🏮')
  const voice = await voiceOf(given.ctx(), id)
  const wav = Buffer.concat(await Array.fromAsync(await storage.read(voice.storageKey), (chunk: Buffer) => chunk))
  const { samples } = samplesOf(wav)
  const starts = [...vtt.matchAll(/^(\d\d):(\d\d):(\d\d\.\d{3}) -->/gm)].map(
    ([, h, m, s]) => Number(h) * 3600 + Number(m) * 60 + Number(s),
  )
  expect(starts.length).toBe(voice.lines.length)
  for (const start of starts) {
    const from = Math.round((start - 0.15) * 22_050)
    expect(
      samples.subarray(from, from + 3_200).every((sample) => Math.abs(sample) < 0.004),
      `silent before ${start}`,
    ).toBe(true)
    expect(
      samples.subarray(from, from + 6_600).some((sample) => Math.abs(sample) > 0.01),
      `heard from ${start}`,
    ).toBe(true)
  }
}

test('the check names what is black, frozen, silent and short', async () => {
  await using folder = await tempDir()
  const path = join(folder.path, 'bad.mp4')
  const picture =
    'color=black:s=320x180:r=30:d=1.5[a];testsrc=s=320x180:r=30:d=1,loop=90:1:29,trim=duration=4[b];[a][b]concat=n=2[v]'
  const args = [
    '-v',
    'error',
    '-filter_complex',
    `${picture};anullsrc=r=48000:d=5.5[s]`,
    '-map',
    '[v]',
    '-map',
    '[s]',
    '-shortest',
    path,
  ]
  expect((await run('ffmpeg', args, { cwd: folder.path, timeoutMs: 30_000 })).exitCode).toBe(0)
  const errors = await checkFilm(
    path,
    { frames: 600, width: 1280, height: 720 },
    { cwd: folder.path, timeoutMs: 30_000, signal },
  )
  expect(errors.map(({ pointer }) => pointer)).toEqual([
    '/length',
    '/size',
    '/picture/black',
    '/picture/frozen',
    '/sound/silent',
    '/sound/silent',
  ])
  expect(FilmCheckFailed({ errors }).status).toBe(422)
})
