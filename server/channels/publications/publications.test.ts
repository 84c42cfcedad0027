import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemScope } from '#platform/database/scope.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { openDiskStorage } from '#platform/storage/disk.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type GivenProduction, givenProduction } from '../fixtures/given.ts'
import { productionReconciler } from '../productions/reconcile.ts'
import { runStage } from '../productions/run.ts'
import { productionWithTag, retryProduction } from '../productions/service.ts'
import { settlePublication } from './service.ts'

let db: TestDatabase
let folder: string
let storage: Storage
beforeAll(async () => {
  db = await testDatabase()
  folder = mkdtempSync(join(tmpdir(), 'airdate-test-publications-'))
  storage = await openDiskStorage({ root: folder, reserveBytes: 0 })
})
afterAll(async () => {
  await db[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

let given: GivenProduction
beforeEach(async () => {
  given = await givenProduction(db, storage)
  await given.runUpTo('publish')
  const { projectId } = await shown()
  const [storageKey, captionsKey] = [`studio/${projectId}/film.mp4`, `studio/${projectId}/captions.vtt`]
  await storage.put(storageKey, Buffer.from('a film'))
  await storage.put(captionsKey, Buffer.from('WEBVTT\n'))
  await db.sql(
    `insert into studio.renders (project_id, workspace_id, title, language, storage_key, captions_key, size_bytes,
       duration_frames, frame_rate, width, height, loudness_lufs, true_peak_db)
     values ($1, $2, 'Purring', 'en', $3, $4, 6, 900, '30/1', 1280, 720, -14, -1)`,
    [projectId, given.person.workspaceId, storageKey, captionsKey],
  )
})

const shown = async () => (await productionWithTag(given.userCtx(), given.id)).production
const publish = () => runStage(given.jobCtx(), given.id, 'publish', new AbortController().signal)
const videos = () =>
  db.sql<{ id: string; title: string; visibility: string }>(
    'select id, title, visibility from stream.videos where source = $1 and deleted_at is null',
    [`production:${given.id}`],
  )
const publications = () =>
  db.sql<{ state: string; id: string }>(
    'select state, video_id as id from channels.publications where production_id = $1',
    [given.id],
  )
const become = (state: string, videoId: string | null) =>
  db.sql(
    `update stream.videos set state = $1, failure_code = case when $1 = 'failed' then 'corrupt_media' end,
       failure_detail = case when $1 = 'failed' then 'It is broken.' end where id = $2`,
    [state, videoId],
  )
const events = async (type: string): Promise<number> =>
  (await db.sql('select from platform.events where subject = $1 and type = $2', [`production:${given.id}`, type]))
    .length

test('a film is handed over once, and the production is complete when its video is ready', async () => {
  await publish()
  await publish()
  const [video, ...more] = await videos()
  expect([video, more]).toMatchObject([{ title: 'Purring', visibility: 'unlisted' }, []])
  expect(await publications()).toEqual([{ state: 'sent', id: video?.id }])
  expect(await shown()).toMatchObject({ state: 'running', videoId: video?.id })
  await settlePublication(given.jobCtx(), video?.id ?? '')
  expect((await shown()).state).toBe('running')
  await become('ready', video?.id ?? '')
  for (const _ of [1, 2]) await settlePublication(given.jobCtx(), video?.id ?? '')
  expect(await shown()).toMatchObject({ state: 'completed', videoId: video?.id, failure: null })
  expect((await publications()).map(({ state }) => state)).toEqual(['published'])
  expect(await events('channels.production.completed')).toBe(1)
  const spends = await db.sql('select from commons.spends where source = $1', [`production:${given.id}:publish`])
  expect(spends.length).toBe(1)
})

test('killed after the video was made and before that was written down, the next attempt finds it ready', async () => {
  await publish()
  await db.sql(`update channels.publications set state = 'pending' where production_id = $1`, [given.id])
  const [video] = await videos()
  await become('ready', video?.id ?? '')
  await publish()
  expect(await shown()).toMatchObject({ state: 'completed', videoId: video?.id })
  expect((await videos()).length).toBe(1)
})

describe('a video that comes to nothing', () => {
  test('fails the production with its code; tried again, another takes its place', async () => {
    await publish()
    const [first] = await videos()
    await become('failed', first?.id ?? '')
    await settlePublication(given.jobCtx(), first?.id ?? '')
    expect(await shown()).toMatchObject({
      ...{ state: 'failed', videoId: null },
      failure: { stage: 'publish', code: 'stream/corrupt_media', detail: 'It is broken.' },
    })
    await retryProduction(given.userCtx(), given.id)
    await publish()
    const second = await videos()
    expect(second.length).toBe(1)
    expect(second[0]?.id).not.toBe(first?.id)
    // What is told of the first one late is of no concern.
    await settlePublication(given.jobCtx(), first?.id ?? '')
    expect((await shown()).state).toBe('running')
    await become('ready', second[0]?.id ?? '')
    await settlePublication(given.jobCtx(), second[0]?.id ?? '')
    expect(await shown()).toMatchObject({ state: 'completed', videoId: second[0]?.id })
  })

  test('because it was deleted is found by the reconciler', async () => {
    await publish()
    const [video] = await videos()
    await db.sql('update stream.videos set deleted_at = now() where id = $1', [video?.id])
    await reconcile()
    expect((await shown()).failure).toMatchObject({ stage: 'publish', code: 'channels/video-deleted' })
  })
})

test('what nobody was told of is found by the reconciler', async () => {
  await publish()
  await db.sql(`delete from pgboss.job_common where singleton_key like $1 || ':%'`, [given.id])
  await reconcile()
  // The film is out of our hands: nothing is to be done again.
  expect(await given.jobs()).toEqual([])
  const [video] = await videos()
  await become('ready', video?.id ?? '')
  await reconcile()
  expect((await shown()).state).toBe('completed')
})

test('a video of somebody else is of no concern', async () => {
  await publish()
  await settlePublication(given.jobCtx(), given.id)
  expect((await shown()).state).toBe('running')
})

async function reconcile(): Promise<void> {
  const actor = { kind: 'system', name: 'reconcile', workspaceId: null } as const
  const ctx: JobCtx = { ...given.jobCtx(), actor, scope: systemScope }
  const handler = await productionReconciler.job.handler()
  await handler(ctx, {}, new AbortController().signal)
}
