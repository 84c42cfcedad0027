import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import type { Ctx } from '#platform/context.ts'
import { contextOf } from '#platform/jobs/fixtures/support.ts'
import type { Capture } from './captures/schema.ts'
import { requestProduction } from './productions/service.ts'
import type { Task } from './tasks/schema.ts'
import { completeTask, giveTaskBack, resumeTask } from './tasks/service.ts'

const CAPTURES = '/api/v1/planner/captures'
const TASKS = '/api/v1/planner/tasks'

let airdate: TestApp
let stranger: Stranger
beforeAll(async () => {
  // Nobody works on what is asked for here.
  airdate = await testApp({ roles: ['api'] })
  stranger = await givenStranger(airdate)
})
afterAll(() => airdate[Symbol.asyncDispose]())

const capture = async (text: string, headers: Record<string, string> = {}): Promise<Capture> => {
  const reply = await airdate.call('POST', CAPTURES, { body: { text }, headers })
  expect(reply.status).toBe(201)
  const made = reply.json<Capture>()
  expect(reply.headers.get('location')).toBe(`${CAPTURES}/${made.id}`)
  return made
}
const task = async (id: string | null): Promise<Task> => (await airdate.call('GET', `${TASKS}/${id}`)).json<Task>()
const produce = (id: string | null, body: object = {}, headers: Record<string, string> = {}): Promise<Reply> =>
  airdate.call('POST', `${TASKS}/${id}/productions`, { body, headers })

describe('a thought', () => {
  test('is kept to the letter and becomes a task of the inbox', async () => {
    const text = '  Why do cats purr? 🐈\n\nAnd <b>why</b> not dogs & birds?'
    const { id, taskId, ...rest } = await capture(text)
    expect(rest).toMatchObject({ text })
    expect((await airdate.call('GET', `${CAPTURES}/${id}`)).json()).toMatchObject({ id, text, taskId })
    expect(await task(taskId)).toMatchObject({
      ...{ id: taskId, title: 'Why do cats purr? 🐈', notes: text, status: 'inbox' },
      ...{ waitingFor: null, productionId: null, completedAt: null },
    })
  })

  test('and its task are one: with the same key they are made once', async () => {
    const headers = { 'Idempotency-Key': newId() }
    const [first, second] = [await capture('Once', headers), await capture('Once', headers)]
    expect(second).toEqual(first)
    const rows = await airdate.db.sql('select from planner.tasks where capture_id = $1', [first.id])
    expect(rows.length).toBe(1)
  })

  test.each([
    ['nothing', ''],
    ['blanks', ' \n\t'],
    ['what nobody sees', '\u200b\u2060'],
    ['NUL', 'a\0b'],
    ['half a character', 'a\ud800'],
    ['too much', 'x'.repeat(20_001)],
  ])('of %s is refused', async (_, text) => {
    const reply = await airdate.call('POST', CAPTURES, { body: { text } })
    expect(reply.status).toBe(400)
    expect(reply.json()).toMatchObject({ errors: [{ pointer: '/text' }] })
  })

  test('of 20,000 characters, each of two units, is kept', async () => {
    const text = '🌍'.repeat(20_000)
    const { id, taskId } = await capture(text)
    expect((await airdate.call('GET', `${CAPTURES}/${id}`)).json()['text']).toBe(text)
    expect((await task(taskId)).title).toBe(`${'🌍'.repeat(199)}…`)
  })

  test('is private to the person, also against others of the workspace, its owner and the system', async () => {
    const { id } = await capture('Mine alone')
    const [own] = await airdate.db.sql<{ workspace: string }>(
      'select workspace_id as workspace from planner.tasks where capture_id = $1',
      [id],
    )
    const workspaceId = own?.workspace ?? ''
    expect((await airdate.call('GET', `${CAPTURES}/${id}`, { token: stranger.token })).status).toBe(404)
    // Whoever else is in the workspace, as whatever they are there.
    const colleague = await givenMember(airdate, { workspaceId, role: 'owner' })
    expect((await airdate.call('GET', `${CAPTURES}/${id}`, { token: colleague.token })).status).toBe(404)
    const { items } = (await airdate.call('GET', TASKS, { token: colleague.token })).json<{ items: Task[] }>()
    expect(items.map(({ title }) => title)).toContain('Mine alone')
    const count = 'select count(*)::int from planner.captures'
    const inScope = { role: 'app', workspaceId, userId: colleague.userId } as const
    const { database } = airdate.db
    const seen = await database.read(inScope, (db: Parameters<typeof countCaptures>[0]) => countCaptures(db))
    expect(seen).toBe(0)
    const asSystem = database.read({ role: 'system' }, (db: Parameters<typeof countCaptures>[0]) => countCaptures(db))
    await expect(asSystem).rejects.toThrow('permission denied')
    expect((await airdate.db.sql<{ count: number }>(count))[0]?.count).toBeGreaterThan(0)
  })
})

type Reader = Parameters<typeof import('./captures/queries.ts').captureById>[0]
async function countCaptures(db: Reader): Promise<number> {
  return (await db.selectFrom('planner.captures').select('id').execute()).length
}

describe('tasks', () => {
  test('are listed newest first, by status, page by page', async () => {
    await capture('Older')
    await capture('Newer')
    const page = (await airdate.call('GET', `${TASKS}?status=inbox&limit=1`)).json<{
      items: Task[]
      nextCursor: string
    }>()
    expect(page.items.map(({ title }) => title)).toEqual(['Newer'])
    const next = await airdate.call('GET', `${TASKS}?status=inbox&limit=1&cursor=${page.nextCursor}`)
    expect(next.json<{ items: Task[] }>().items.map(({ title }) => title)).toEqual(['Older'])
    expect((await airdate.call('GET', `${TASKS}?status=dropped`)).json()).toEqual({ items: [], nextCursor: null })
  })

  test('of others are not there', async () => {
    const { taskId } = await capture('Here')
    const asStranger = { token: stranger.token }
    expect((await airdate.call('GET', `${TASKS}/${taskId}`, asStranger)).status).toBe(404)
    const asked = await airdate.call('POST', `${TASKS}/${taskId}/productions`, { ...asStranger, body: {} })
    expect(asked.status).toBe(404)
    expect((await airdate.call('GET', TASKS, asStranger)).json()).toEqual({ items: [], nextCursor: null })
  })

  test('an unchanged task is not sent again', async () => {
    const { taskId } = await capture('Unchanged')
    const etag = (await airdate.call('GET', `${TASKS}/${taskId}`)).headers.get('etag') ?? ''
    const again = await airdate.call('GET', `${TASKS}/${taskId}`, { headers: { 'If-None-Match': etag } })
    expect([again.status, again.bytes.length]).toEqual([304, 0])
  })
})

describe('asking for a film of a task', () => {
  test('begins it, writes down what was asked for, and tells of it in one transaction', async () => {
    const { taskId } = await capture('The words of the task')
    const reply = await produce(taskId)
    expect(reply.status).toBe(202)
    const { productionId } = reply.json<{ productionId: string }>()
    expect(await task(taskId)).toMatchObject({ status: 'doing', productionId })
    const request = 'select idea, script, title, visibility from planner.production_requests where id = $1'
    expect(await airdate.db.sql(request, [productionId])).toEqual([
      { idea: 'The words of the task', script: null, title: null, visibility: 'private' },
    ])
    const told = `select data from platform.events where type = 'planner.task.production-requested' and subject = $1`
    expect(await airdate.db.sql(told, [`task:${taskId}`])).toEqual([{ data: { taskId, productionId } }])
  })

  test('with a script takes the title from the task', async () => {
    const { taskId } = await capture('What it is called')
    const { productionId } = (await produce(taskId, { script: 'What is told.', visibility: 'unlisted' })).json()
    const request = 'select idea, script, title, visibility from planner.production_requests where id = $1'
    expect(await airdate.db.sql(request, [productionId])).toEqual([
      { idea: null, script: 'What is told.', title: 'What it is called', visibility: 'unlisted' },
    ])
  })

  test('twice is refused, with the same key it is one', async () => {
    const { taskId } = await capture('Only once')
    const headers = { 'Idempotency-Key': newId() }
    const [first, again] = [await produce(taskId, {}, headers), await produce(taskId, {}, headers)]
    expect(again.json()).toEqual(first.json())
    const other = await produce(taskId)
    expect([other.status, other.json()['type']]).toEqual([409, '/problems/planner/task-not-producible'])
  })

  test.each([
    ['an empty script', { script: '' }],
    ['a script of blanks', { script: ' \n ' }],
    ['an endless script', { script: 'x'.repeat(20_001) }],
    ['an unknown visibility', { visibility: 'friends' }],
    ['a field of its own', { ownerId: 1 }],
    ['a null', { script: null }],
  ])('with %s is refused and leaves the task where it was', async (_, body) => {
    const { taskId } = await capture('Still here')
    expect((await produce(taskId, body)).status).toBe(400)
    expect((await task(taskId)).status).toBe('inbox')
  })

  test('that fails in its last statement leaves nothing', async () => {
    const { taskId } = await capture('All or nothing')
    const [owner] = await airdate.db.sql<{ user: string; workspace: string }>(
      'select created_by as user, workspace_id as workspace from planner.tasks where id = $1',
      [taskId],
    )
    await airdate.db.sql('alter table platform.events add constraint no_more check (false) not valid')
    const actor = {
      ...{ kind: 'user', userId: owner?.user ?? '', workspaceId: owner?.workspace ?? '' },
      permissions: new Set(['*']),
    } as const
    const scope = { role: 'app', workspaceId: actor.workspaceId, userId: actor.userId } as const
    const ctx = { actor, scope, database: airdate.db.database, clock: { now: () => new Date('2026-11-21T08:00:00Z') } }
    await expect(requestProduction(ctx as never, taskId ?? '', {})).rejects.toThrow('no_more')
    await airdate.db.sql('alter table platform.events drop constraint no_more')
    expect((await task(taskId)).status).toBe('inbox')
    expect(await airdate.db.sql('select from planner.production_requests where task_id = $1', [taskId])).toEqual([])
  })
})

describe('what becomes of a production', () => {
  const begun = async (): Promise<{ taskId: string; productionId: string; ctx: Ctx }> => {
    const taskId = (await capture('A film of this')).taskId ?? ''
    const { productionId } = (await produce(taskId)).json<{ productionId: string }>()
    const [row] = await airdate.db.sql<{ id: string }>('select workspace_id as id from planner.tasks where id = $1', [
      taskId,
    ])
    const actor = { kind: 'system', name: 'test', workspaceId: row?.id ?? '' } as const
    return { taskId, productionId, ctx: contextOf(airdate.db.database)(actor, 'test') }
  }

  test('completes its task, once', async () => {
    const { taskId, productionId, ctx } = await begun()
    await completeTask(ctx, taskId, productionId)
    const first = await task(taskId)
    expect(first).toMatchObject({ status: 'done', completedAt: expect.any(String), waitingFor: null })
    await completeTask(ctx, taskId, productionId)
    await giveTaskBack(ctx, taskId, productionId, 'told too late')
    expect(await task(taskId)).toEqual(first)
  })

  test('that failed lets it wait and says why; it may be asked for again', async () => {
    const { taskId, productionId, ctx } = await begun()
    await giveTaskBack(ctx, taskId, productionId, `it is black ${'🎬'.repeat(2000)}`)
    const waiting = await task(taskId)
    expect(waiting).toMatchObject({ status: 'waiting', productionId })
    expect([...(waiting.waitingFor ?? '')].length).toBe(1000)
    await resumeTask(ctx, taskId, productionId)
    await giveTaskBack(ctx, taskId, productionId, '')
    expect((await task(taskId)).waitingFor).not.toBe('')
    const second = (await produce(taskId)).json<{ productionId: string }>()
    expect(await task(taskId)).toMatchObject({ status: 'doing', productionId: second.productionId, waitingFor: null })
    // The first one is not the task's any more.
    await completeTask(ctx, taskId, productionId)
    await giveTaskBack(ctx, taskId, productionId, 'told too late')
    expect((await task(taskId)).status).toBe('doing')
  })

  test('that goes on is worked on again, and completes the task whatever is heard first', async () => {
    const { taskId, productionId, ctx } = await begun()
    await giveTaskBack(ctx, taskId, productionId, 'it is silent')
    await resumeTask(ctx, taskId, productionId)
    expect(await task(taskId)).toMatchObject({ status: 'doing', waitingFor: null })
    await giveTaskBack(ctx, taskId, productionId, 'heard after it went on')
    await completeTask(ctx, taskId, productionId)
    expect((await task(taskId)).status).toBe('done')
  })
})
