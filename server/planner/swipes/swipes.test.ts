import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import type { Task } from '../tasks/schema.ts'
import type { Running, Swipe, Swiped } from './schema.ts'

const PLANNER = '/api/v1/planner'

let airdate: TestApp
let person: Stranger
let fellow: Stranger
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
  person = await givenStranger(airdate)
  fellow = await givenMember(airdate, { workspaceId: person.workspaceId, role: 'editor' })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const send = (method: string, path: string, body?: object, { token } = person): Promise<Reply> =>
  airdate.call(method, `${PLANNER}/${path}`, { token, ...(body === undefined ? {} : { body }) })
const ask = async <T>(method: string, path: string, body?: object, by = person): Promise<T> => {
  const reply = await send(method, path, body, by)
  expect(reply.status, reply.bytes.toString()).toBeLessThan(300)
  return reply.json<T>()
}
const task = async (title = 'Write the description'): Promise<string> =>
  (await ask<Task>('POST', 'tasks', { title })).id
const taskNow = (id: string) => ask<Task>('GET', `tasks/${id}`)
const swipe = async (wish: object) => ask<Swiped>('POST', 'swipes', { taskId: await task(), ...wish })
const solo = { direction: 'right', how: 'solo' }
const running = async () => (await ask<Running>('GET', 'swipes/running')).swipe
/** The timer began so much earlier. */
const began = (id: string, minutes: number) =>
  airdate.db.sql(
    `update planner.swipes set created_at = created_at - $2 * interval '1 minute', ends_at = ends_at - $2 * interval '1 minute'
     where id = $1`,
    [id, minutes],
  )

test('left lets a task be, with the reason or without', async () => {
  const { swipe: made, task: after } = await swipe({ direction: 'left', reason: 'Nobody will miss it' })
  expect([made.reason, made.timer, after.status]).toEqual(['Nobody will miss it', null, 'dropped'])
  expect((await swipe({ direction: 'left' })).task.status).toBe('dropped')
  const reply = await send('POST', 'swipes', { taskId: after.id, direction: 'left' })
  expect(reply.json()['type']).toBe('/problems/planner/task-is-closed')
})

test('up hands it over', async () => {
  const assignee = `user:${fellow.userId}`
  const { swipe: made, task: after } = await swipe({ direction: 'up', assignee, instructions: 'Two sentences' })
  expect([after.status, after.assignee]).toEqual(['waiting', assignee])
  expect(await ask('GET', `delegations/${made.delegationId}`, undefined, fellow)).toMatchObject({
    ...{ state: 'pending', mode: 'delegate', taskId: after.id, instructions: 'Two sentences' },
  })
})

test('right with me splits it, once, and tells what to begin with', async () => {
  const { task: after, steps } = await swipe({ direction: 'right', how: 'with-me' })
  expect([after.status, steps.length]).toEqual(['doing', 3])
  expect(steps.every(({ parentId }) => parentId === after.id)).toBe(true)
  await ask('PATCH', `tasks/${steps[0]?.id}`, { status: 'done' })
  const again = await ask<Swiped>('POST', 'swipes', { taskId: after.id, direction: 'right', how: 'with-me' })
  expect(again.task.progress.total).toBe(after.progress.total)
  expect(again.steps[0]?.id).toBe(steps[1]?.id)
})

describe('right alone', () => {
  test('runs a timer by the clock of the server, seen from everywhere, and told how long it took', async () => {
    const { swipe: made } = await swipe({ ...solo, minutes: 30 })
    await began(made.id, 12)
    const seen = await running()
    expect(seen?.timer).toMatchObject({ minutes: 30, finishedAt: null })
    const left = 18 * 60_000
    expect([
      seen?.id,
      (seen?.timer?.remainingMs ?? 0) > left - 60_000,
      (seen?.timer?.remainingMs ?? left + 1) <= left,
    ]).toEqual([...[made.id, true, true]])
    const ended = await ask<Swipe>('POST', `swipes/${made.id}/finish`, { isDone: true })
    expect(ended.timer).toMatchObject({ actualMinutes: 12, remainingMs: 0 })
    expect(await taskNow(made.taskId)).toMatchObject({ status: 'done', actualMinutes: 12 })
    expect(await running()).toBe(null)
    const again = await send('POST', `swipes/${made.id}/finish`, { isDone: true })
    expect(again.json()['type']).toBe('/problems/planner/timer-ended')
  })

  test('adds to what the task took before; what one says oneself goes before the clock', async () => {
    const { swipe: first } = await swipe(solo)
    expect(first.timer?.minutes).toBe(25)
    await ask('POST', `swipes/${first.id}/finish`, { isDone: false, actualMinutes: 40 })
    const { swipe: second } = await ask<Swiped>('POST', 'swipes', { ...solo, taskId: first.taskId, minutes: 5 })
    await began(second.id, 600)
    await ask('POST', `swipes/${second.id}/finish`, { isDone: false })
    expect(await taskNow(first.taskId)).toMatchObject({ status: 'doing', actualMinutes: 45 })
  })

  test('one timer runs at a time: the next ends it', async () => {
    const { swipe: first } = await swipe(solo)
    await began(first.id, 7)
    const { swipe: second } = await swipe(solo)
    expect((await running())?.id).toBe(second.id)
    expect(await taskNow(first.taskId)).toMatchObject({ status: 'doing', actualMinutes: 7 })
    const both = await Promise.all([task(), task()])
    const replies = await Promise.all(both.map((taskId) => send('POST', 'swipes', { ...solo, taskId })))
    expect(replies.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1)
    const rows = await airdate.db.sql(
      'select from planner.swipes where user_id = $1 and timer_minutes is not null and finished_at is null',
      [person.userId],
    )
    expect(rows.length).toBe(1)
  })

  test('ends also when its task was deleted meanwhile, and only in the state that was read', async () => {
    const reply = await send('POST', 'swipes', { ...solo, taskId: await task() })
    const { id, taskId } = reply.json<Swiped>().swipe
    await send('DELETE', `tasks/${taskId}`)
    const finish = (tag: string) =>
      airdate.call('POST', `${PLANNER}/swipes/${id}/finish`, {
        ...{ token: person.token, body: { isDone: false }, headers: { 'If-Match': tag } },
      })
    const etag = reply.headers.get('etag') ?? ''
    expect([(await finish('"other"')).status, (await finish(etag)).status, (await finish(etag)).status]).toEqual([
      ...[412, 200, 412],
    ])
  })
})

test('swipes are their person’s own', async () => {
  const { swipe: made } = await swipe(solo)
  expect((await send('POST', `swipes/${made.id}/finish`, { isDone: true }, fellow)).status).toBe(404)
  expect(await ask('GET', 'swipes', undefined, fellow)).toEqual({ items: [], nextCursor: null })
  const { items } = await ask<{ items: Swipe[] }>('GET', 'swipes?limit=1')
  expect(items.map(({ id }) => id)).toEqual([made.id])
})

test.each([
  ['right without how', { direction: 'right' }, '/how'],
  ['how of a swipe to the left', { direction: 'left', how: 'solo' }, '/how'],
  ['a timer of two minutes', { ...solo, minutes: 4 }, '/minutes'],
  ['a timer of two hours', { ...solo, minutes: 61 }, '/minutes'],
  ['a timer with company', { direction: 'right', how: 'with-me', minutes: 10 }, '/minutes'],
  ['a reason of a swipe up', { direction: 'up', reason: 'No' }, '/reason'],
  [
    'somebody of a swipe to the left',
    { direction: 'left', assignee: `user:${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}` },
    '/assignee',
  ],
])('%s is refused, and the task stays as it is', async (_, wish, pointer) => {
  const taskId = await task()
  const reply = await send('POST', 'swipes', { taskId, ...wish })
  expect([reply.status, reply.json<{ errors: { pointer: string }[] }>().errors.map((fault) => fault.pointer)]).toEqual([
    ...[400, [pointer]],
  ])
  expect((await taskNow(taskId)).status).toBe('inbox')
})
