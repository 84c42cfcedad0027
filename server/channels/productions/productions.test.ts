import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { problem } from '#kernel/errors.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { StorageFull } from '#platform/storage/storage.ts'
import { spentOn } from '#commons/metering/service.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type GivenProduction, givenProduction, madeBy } from '../fixtures/given.ts'
import { productionReconciler } from './reconcile.ts'
import {
  HandedOver,
  NotCancellable,
  NotFailed,
  ProductionNotFound,
  cancelProduction,
  orderProduction,
  productionWithTag,
  retryProduction,
  startProduction,
} from './service.ts'
import { StageName } from './stages.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

let given: GivenProduction
beforeEach(async () => {
  given = await givenProduction(db)
})

const shown = async () => (await productionWithTag(given.userCtx(), given.id)).production
const stageOf = async (name: StageName) => (await shown()).stages.find((stage) => stage.name === name)
const eventsTold = async (): Promise<string[]> => {
  const rows = await db.sql<{ type: string }>('select type from platform.events where subject = $1 order by id', [
    `production:${given.id}`,
  ])
  return rows.map(({ type }) => type)
}
const spends = () =>
  db.sql<{ source: string; micros: number }>(
    'select source, amount_micros as micros from commons.spends where starts_with(source, $1) order by id',
    [`production:${given.id}:`],
  )
const never = (): Promise<never> => Promise.reject(new Error('this stage was not to be made'))

test('a production begins with its first stage, once, whatever how often it is told', async () => {
  expect(await given.jobs()).toEqual(['script'])
  await startProduction(given.jobCtx(), {
    ...{ id: given.id, taskId: given.taskId, title: null, idea: 'Another idea', script: null, visibility: 'public' },
    ...{ workspaceId: given.person.workspaceId, createdBy: given.person.userId },
  })
  expect(await given.jobs()).toEqual(['script'])
  expect(await eventsTold()).toEqual(['channels.production.started'])
  expect(await shown()).toMatchObject({ state: 'running', visibility: 'unlisted', failure: null, costMicros: 0 })
  const films = await db.sql('select idea, height from studio.projects where workspace_id = $1', [
    given.person.workspaceId,
  ])
  expect(films).toEqual([{ idea: 'An idea', height: 720 }])
})

test('a film has as many lines as were ordered', async () => {
  const { projectId } = await orderProduction(given.userCtx(), { idea: 'A small film', height: 360 })
  expect(await db.sql('select height from studio.projects where id = $1', [projectId])).toEqual([{ height: 360 }])
})

test('words of which no film can be made leave no production', async () => {
  const id = newId()
  const starting = startProduction(given.jobCtx(), {
    ...{ id, taskId: null, title: null, idea: ' ', script: null, visibility: 'public' },
    ...{ workspaceId: given.person.workspaceId, createdBy: given.person.userId },
  })
  await expect(starting).rejects.toThrow('cannot be made')
  expect(await db.sql('select from channels.productions where id = $1', [id])).toEqual([])
})

test('stage follows stage; what each made and cost is written with the job of the next', async () => {
  for (const [index, stage] of StageName.slice(0, -1).entries()) {
    await given.run(stage)
    const next = StageName[index + 1]
    expect(await stageOf(stage)).toMatchObject({
      ...{ state: 'done', attempts: 1, costMicros: 100 + index, provider: 'test', summary: { stage } },
      ...{ startedAt: expect.any(String), endedAt: expect.any(String) },
    })
    expect((await given.jobs()).at(-1)).toBe(next)
  }
  const micros = [100, 101, 102, 103, 104, 105, 106]
  expect((await spends()).map(({ micros: each }) => each)).toEqual(micros)
  const total = micros.reduce((sum, each) => sum + each, 0)
  expect((await shown()).costMicros).toBe(total)
  expect(await spentOn(given.userCtx(), `production:${given.id}:`)).toEqual([{ currency: 'USD', amountMicros: total }])
})

describe('a stage', () => {
  test('that is done is not made again', async () => {
    await given.run('script')
    await given.run('script', never)
    expect(await stageOf('script')).toMatchObject({ state: 'done', attempts: 1 })
    expect((await spends()).length).toBe(1)
  })

  test('that was lost with its worker is begun anew, and its late first attempt changes nothing', async () => {
    const late = Promise.withResolvers<ReturnType<typeof madeBy>>()
    const begun = Promise.withResolvers<void>()
    const first = given.run('script', () => {
      begun.resolve()
      return late.promise
    })
    await begun.promise
    await given.run('script')
    expect(await stageOf('script')).toMatchObject({ state: 'done', attempts: 2, costMicros: 100 })
    late.resolve({ ...madeBy('script'), costMicros: 999 })
    await first
    expect(await stageOf('script')).toMatchObject({ state: 'done', attempts: 2, costMicros: 100 })
    expect((await spends()).map(({ micros }) => micros)).toEqual([100])
    expect((await eventsTold()).filter((type) => type === 'channels.stage.finished').length).toBe(1)
  })

  test('whose late first attempt fails does not fail the production', async () => {
    const late = Promise.withResolvers<never>()
    const begun = Promise.withResolvers<void>()
    const first = given.run('script', () => {
      begun.resolve()
      return late.promise
    })
    await begun.promise
    await given.run('script')
    late.reject(problem('studio/unusable-text', 400, 'No')())
    await first
    expect((await shown()).state).toBe('running')
  })

  test('whose last statement fails is as if it had not been made', async () => {
    await db.sql('alter table commons.spends add constraint no_more check (false) not valid')
    await expect(given.run('script')).rejects.toThrow('no_more')
    await db.sql('alter table commons.spends drop constraint no_more')
    expect(await stageOf('script')).toMatchObject({ state: 'running', endedAt: null, costMicros: 0 })
    expect(await spends()).toEqual([])
    await given.run('script')
    expect(await stageOf('script')).toMatchObject({ state: 'done', attempts: 2 })
  })
})

describe('what goes wrong', () => {
  const Refused = problem('studio/film-check-failed', 422, 'The film is not good enough')
  const refuse = () => Promise.reject(Refused({ errors: [{ pointer: '', detail: 'it is black from 1 s to 4 s' }] }))

  test('with the film ends the production with a code, and waits for somebody', async () => {
    await given.runUpTo('check')
    await given.run('check', refuse)
    expect(await shown()).toMatchObject({
      state: 'failed',
      failure: {
        ...{ stage: 'check', code: 'studio/film-check-failed' },
        detail: 'The film is not good enough; it is black from 1 s to 4 s',
      },
      endedAt: expect.any(String),
    })
    expect((await eventsTold()).at(-1)).toBe('channels.production.failed')
  })

  test('with us is tried again, and ends the production when the tries are used up', async () => {
    const broken = () => Promise.reject(new Error('select secret from inside'))
    for (const attempt of [1, 2, 3]) await expect(given.run('script', broken, attempt)).rejects.toThrow('inside')
    expect((await shown()).state).toBe('running')
    await given.run('script', broken, 4)
    const { failure, state } = await shown()
    expect([state, failure?.code]).toEqual(['failed', 'channels/stage-given-up'])
    expect(failure?.detail).not.toContain('secret')
  })

  test('a full disk is ours until the tries are used up', async () => {
    const full = () => Promise.reject(StorageFull())
    await expect(given.run('script', full, 3)).rejects.toThrow('no room')
    await given.run('script', full, 4)
    expect((await shown()).failure?.code).toBe('storage-full')
  })

  test('an attempt that is stopped tells nothing', async () => {
    const controller = new AbortController()
    const { runStage } = await import('./run.ts')
    const stopped = runStage(given.jobCtx(4), given.id, 'script', controller.signal, () => {
      controller.abort(new Error('the process ends'))
      return Promise.reject(Refused())
    })
    await expect(stopped).rejects.toThrow('not good enough')
    expect((await shown()).state).toBe('running')
  })

  test('is gone on from where it stopped; what was made before is neither made nor paid again', async () => {
    await given.runUpTo('music')
    await given.run('music', refuse)
    await expect(cancelThenRetry()).resolves.toBeUndefined()
    const resumed = await retryProduction(given.userCtx(), given.id)
    expect(resumed).toMatchObject({ state: 'running', failure: null, endedAt: null })
    expect((await given.jobs()).at(-1)).toBe('music')
    for (const stage of StageName.slice(0, 4)) await given.run(stage, never)
    await given.run('music')
    expect((await spends()).length).toBe(5)
    expect(await stageOf('music')).toMatchObject({ state: 'done', attempts: 2 })
    await expect(retryProduction(given.userCtx(), given.id)).rejects.toMatchObject({ kind: NotFailed })
  })

  /** Of another workspace there is nothing to retry or to cancel. */
  async function cancelThenRetry(): Promise<void> {
    const other = await givenProduction(db)
    await expect(retryProduction(other.userCtx(), given.id)).rejects.toMatchObject({ kind: ProductionNotFound })
    await expect(cancelProduction(other.userCtx(), given.id)).rejects.toMatchObject({ kind: ProductionNotFound })
  }
})

describe('a production that is cancelled', () => {
  test('stops at once, keeps what was made, and what is still under way has no effect', async () => {
    await given.run('script')
    const late = Promise.withResolvers<ReturnType<typeof madeBy>>()
    const begun = Promise.withResolvers<void>()
    const running = given.run('voice', () => {
      begun.resolve()
      return late.promise
    })
    await begun.promise
    const cancelled = await cancelProduction(given.userCtx(), given.id)
    expect(cancelled).toMatchObject({ state: 'cancelled', endedAt: expect.any(String) })
    expect(cancelled.stages.map(({ state }) => state)).toEqual(['done', ...Array(7).fill('skipped')])
    expect(await given.jobs()).toEqual(['script'])
    late.resolve(madeBy('voice'))
    await running
    expect((await spends()).length).toBe(1)
    expect((await eventsTold()).at(-1)).toBe('channels.production.cancelled')
    await expect(cancelProduction(given.userCtx(), given.id)).rejects.toMatchObject({ kind: NotCancellable })
  })

  test('is not cancelled any more when its film is handed over', async () => {
    await db.sql(
      `insert into channels.publications (id, workspace_id, production_id, target, state, video_id)
       values ($1, $2, $3, 'stream', 'pending', $4)`,
      [newId(), given.person.workspaceId, given.id, newId()],
    )
    await expect(cancelProduction(given.userCtx(), given.id)).rejects.toMatchObject({ kind: HandedOver })
    expect((await shown()).state).toBe('running')
  })
})

describe('the reconciler', () => {
  const asSystem = (): JobCtx => ({
    ...given.jobCtx(),
    actor: { kind: 'system', name: 'reconcile', workspaceId: null },
    scope: systemScope,
  })
  const reconcile = async (): Promise<void> => {
    const handler = await productionReconciler.job.handler()
    await handler(asSystem(), {}, new AbortController().signal)
  }
  const dropJobs = () => db.sql(`delete from pgboss.job_common where singleton_key like $1 || ':%'`, [given.id])
  const bury = (stage: StageName) =>
    db.sql(
      `insert into platform.dead_jobs (id, job_name, workspace_id, key, input, code, detail, priority, fair,
         expire_seconds, attempts, losses, enqueued_at) values ($1, $2, $3, $4, '{}', 'poison', '-', 0, true, 60, 1, 10, now())`,
      [newId(), `channels.${stage}`, given.person.workspaceId, `${given.id}:${stage}`],
    )

  test('finds the job that a production should have', async () => {
    await given.runUpTo('visuals')
    await dropJobs()
    await reconcile()
    await reconcile()
    expect(await given.jobs()).toEqual(['visuals'])
  })

  test('ends a production whose job was given up, and lets it be tried again', async () => {
    await dropJobs()
    await bury('script')
    await reconcile()
    expect(await shown()).toMatchObject({
      state: 'failed',
      failure: { stage: 'script', code: 'channels/stage-given-up' },
    })
    await retryProduction(given.userCtx(), given.id)
    await reconcile()
    expect(await shown()).toMatchObject({ state: 'running' })
    expect(await given.jobs()).toEqual(['script'])
  })
})

test('what was spent can be added and read, and never changed', async () => {
  await given.run('script')
  const scope = { role: 'app', workspaceId: given.person.workspaceId, userId: null } as const
  type Reader = Parameters<typeof import('#commons/metering/queries.ts').insertOpening>[0]
  const change = db.database.transaction(scope, (tx: Reader) =>
    tx.updateTable('commons.spends').set({ amountMicros: 0 }).execute(),
  )
  await expect(change).rejects.toThrow('permission denied')
  const remove = db.database.transaction(systemScope, (tx: Reader) => tx.deleteFrom('commons.spends').execute())
  await expect(remove).rejects.toThrow('permission denied')
  const stranger = await givenProduction(db)
  expect(await spentOn(stranger.userCtx(), `production:${given.id}:`)).toEqual([])
})
