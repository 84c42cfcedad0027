import { afterAll, beforeAll, expect, test } from 'vitest'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import type { Writing } from '#platform/database/database.ts'
import { emit } from '#platform/events/event.ts'
import { contextOf, worker } from '#platform/jobs/fixtures/support.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import type { Jobs } from '#platform/jobs/runner.ts'
import { videoFailed, videoReady } from '#stream'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { madeBy } from './channels/fixtures/given.ts'
import { type Maker, runStage } from './channels/productions/run.ts'
import { cancelProduction, productionWithTag, retryProduction } from './channels/productions/service.ts'
import { StageName } from './channels/productions/stages.ts'
import { capture } from './planner/captures/service.ts'
import { requestProduction } from './planner/productions/service.ts'
import { taskWithTag } from './planner/tasks/service.ts'
import { eventJobs, events, reactions } from './wiring.ts'

let db: TestDatabase
let person: Stranger
let jobs: Jobs & AsyncDisposable
beforeAll(async () => {
  db = await testDatabase()
  person = await givenStranger({ db })
  // Only what carries events: the stages are worked on by the tests.
  jobs = await worker(db, { jobs: eventJobs() })
})
afterAll(async () => {
  await jobs[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

function userCtx(): Ctx {
  const { userId, workspaceId } = person
  const scope = { role: 'app', userId, workspaceId } as const
  const actor = { kind: 'user', userId, workspaceId, permissions: new Set(['*']) } as const
  return { ...contextOf(db.database)({ kind: 'system', name: 'test', workspaceId }, newId()), actor, scope }
}

function jobCtx(): JobCtx {
  const { workspaceId } = person
  const ctx = contextOf(db.database)({ kind: 'system', name: 'test', workspaceId }, newId())
  return { ...ctx, job: { id: newId(), name: 'test', attempt: 1, losses: 0 }, progress: () => Promise.resolve() }
}

const run = (id: string, stage: StageName, maker: Maker = () => Promise.resolve(madeBy(stage))): Promise<void> =>
  runStage(jobCtx(), id, stage, new AbortController().signal, maker)
const refuse: Maker = () => Promise.reject(problem('studio/unusable-text', 400, 'Nothing can be said about this')())

/** A task whose film was asked for, and nothing heard of it yet but by who listens. */
async function asked(change = ''): Promise<{ taskId: string; id: string; task: () => Promise<object> }> {
  const { taskId } = await capture(userCtx(), { text: 'Do bees sleep?' })
  const { productionId: id } = await requestProduction(userCtx(), taskId ?? '', { visibility: 'unlisted' })
  if (change !== '') await db.sql(`update planner.production_requests set ${change} where id = $1`, [id])
  await jobs.idle()
  return { taskId: taskId ?? '', id, task: async () => (await taskWithTag(userCtx(), taskId ?? '')).task }
}

const production = async (id: string) => (await productionWithTag(userCtx(), id)).production

test('an event is delivered where somebody hears it, and nothing is enqueued for the others', () => {
  const heard = new Set(reactions.map(({ event }) => event))
  expect(events.filter((event) => event.isHeard !== heard.has(event)).map(({ type }) => type)).toEqual([])
})

test('what a task asks for begins a production of its words', async () => {
  const { id, taskId, task } = await asked()
  expect(await production(id)).toMatchObject({ state: 'running', taskId, visibility: 'unlisted' })
  expect(await task()).toMatchObject({ status: 'doing', productionId: id })
})

test('a production that fails lets its task wait, one that goes on has it done again, one that is cancelled too', async () => {
  const { id, task } = await asked()
  await run(id, 'script', refuse)
  await jobs.idle()
  expect(await task()).toMatchObject({ status: 'waiting', waitingFor: 'Nothing can be said about this' })
  await retryProduction(userCtx(), id)
  await jobs.idle()
  expect(await task()).toMatchObject({ status: 'doing', waitingFor: null })
  await cancelProduction(userCtx(), id)
  await jobs.idle()
  expect(await task()).toMatchObject({ status: 'waiting', waitingFor: 'Its production was cancelled.' })
})

type Told = (tx: Writing, videoId: string) => Promise<unknown>
const isReady: Told = (tx, videoId) =>
  emit(tx, videoReady, { videoId, durationMs: 1000 }, { subject: `video:${videoId}` })
const hasFailed: Told = (tx, videoId) =>
  emit(tx, videoFailed, { videoId, code: 'corrupt_media' }, { subject: `video:${videoId}` })

test.each([
  ['ready', isReady, 'done', 'completed'],
  ['failed', hasFailed, 'waiting', 'failed'],
] as const)('a video that is %s ends its production and the task', async (state, tell, status, ended) => {
  const { id, task } = await asked()
  for (const stage of StageName.slice(0, -1)) await run(id, stage)
  const videoId = newId<'Video'>()
  // The film is handed over as its last stage would do it.
  await run(id, 'publish', async () => {
    await db.sql(
      `insert into stream.videos (id, workspace_id, created_by, source, title, visibility, state, failure_code)
       values ($1, $2, $3, $4, 'A film', 'unlisted', $5, $6)`,
      [
        videoId,
        person.workspaceId,
        person.userId,
        `production:${id}`,
        state,
        state === 'failed' ? 'corrupt_media' : null,
      ],
    )
    await db.sql(
      `insert into channels.publications (id, workspace_id, production_id, target, state, video_id)
       values ($1, $2, $3, 'stream', 'sent', $4)`,
      [newId(), person.workspaceId, id, videoId],
    )
    return null
  })
  const { scope } = jobCtx()
  await db.database.transaction(scope, (tx) => tell(tx, videoId))
  await jobs.idle()
  expect((await production(id)).state).toBe(ended)
  expect(await task()).toMatchObject({ status })
})

test('a task of whose words no film can be made is told why, and there is no production', async () => {
  const { id, task } = await asked(`idea = ' '`)
  expect(await task()).toMatchObject({ status: 'waiting', waitingFor: expect.stringContaining('cannot be made') })
  await expect(production(id)).rejects.toThrow('No production')
})
