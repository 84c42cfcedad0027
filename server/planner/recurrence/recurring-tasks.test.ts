import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import type { Task } from '../tasks/schema.ts'
import { localOf } from './local.ts'

const TASKS = '/api/v1/planner/tasks'
const RULE = 'FREQ=DAILY'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const make = async (body: object): Promise<Task> => {
  const reply = await airdate.call('POST', TASKS, { body: { title: 'Water the plants', ...body } })
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.json<Task>()
}
const read = async (id: string): Promise<Task> => (await airdate.call('GET', `${TASKS}/${id}`)).json<Task>()
const patch = (id: string, body: object): Promise<Reply> => airdate.call('PATCH', `${TASKS}/${id}`, { body })
const change = async (id: string, body: object): Promise<Task> => {
  const reply = await patch(id, body)
  expect(reply.status, reply.bytes.toString()).toBe(200)
  return reply.json<Task>()
}
const faults = (reply: Reply) => reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
const childrenOf = async (id: string) =>
  (await airdate.call('GET', `${TASKS}?parentId=${id}`)).json<{ items: Task[] }>().items
/** What came after an occurrence that is closed. */
const next = async ({ recurrence }: Task): Promise<Task> => read(recurrence?.nextTaskId ?? 'none')

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
const recurring = (body: object = {}, recurrence: object = {}) =>
  make({ dueDate: day(3), timeZone: 'UTC', ...body, recurrence: { rule: RULE, ...recurrence } })

describe('a task that recurs', () => {
  test('says how it does, in one way of writing', async () => {
    const task = await recurring({}, { rule: 'byday=fr,mo;freq=weekly;interval=1' })
    expect(task.recurrence).toEqual({
      ...{ rule: 'FREQ=WEEKLY;BYDAY=MO,FR', mode: 'fixed', catchUp: 'keep_one', paused: false, exceptions: [] },
      ...{ start: day(3), timeZone: 'UTC', occurrence: day(3), nextTaskId: null },
    })
    expect((await make({})).recurrence).toBeNull()
  })

  test('needs to be due, and a rule that comes true: every fault of it is said', async () => {
    const refused = (body: object) => airdate.call('POST', TASKS, { body: { title: 'x', ...body } })
    expect(faults(await refused({ recurrence: { rule: RULE } }))).toEqual(['/recurrence'])
    const bomb = await refused({ dueDate: day(0), recurrence: { rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' } })
    expect([bomb.status, ...faults(bomb)]).toEqual([400, '/recurrence/rule'])
    const wrong = await refused({ dueDate: day(0), recurrence: { rule: 'FREQ=SECONDLY;BYMONTH=13' } })
    expect(faults(wrong)).toEqual(['/recurrence/rule', '/recurrence/rule'])
  })

  test('brings the next occurrence when it is done, with what it began with and what lay below it, not done', async () => {
    const first = await recurring({
      labels: ['home'],
      priority: 2,
      notes: 'Not the cactus',
      startAt: `${day(2)}T00:00:00.000Z`,
    })
    const room = await make({ title: 'Kitchen', parentId: first.id })
    const step = await make({ title: 'Fill the can', parentId: room.id, status: 'done' })
    await make({ title: 'Never mind', parentId: first.id, status: 'dropped' })
    const second = await next(await change(first.id, { status: 'done' }))
    expect(second).toMatchObject({
      ...{
        title: first.title,
        notes: 'Not the cactus',
        labels: ['home'],
        priority: 2,
        status: 'next',
        dueDate: day(4),
      },
      startAt: `${day(3)}T00:00:00.000Z`,
      recurrence: { occurrence: day(4), start: day(3), nextTaskId: null },
    })
    const [copy, ...others] = await childrenOf(second.id)
    expect([copy?.title, copy?.status, others]).toEqual(['Kitchen', 'next', []])
    expect(await childrenOf(copy?.id ?? '')).toMatchObject([
      { title: 'Fill the can', status: 'next', level: step.level },
    ])
  })

  test('brings one next occurrence however many say at once that it is done', async () => {
    const { id } = await recurring()
    const replies = await Promise.all(Array.from({ length: 6 }, () => patch(id, { status: 'done' })))
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200))
    const rows = await airdate.db.sql(
      'select occurrence from planner.tasks where series_id = (select series_id from planner.tasks where id = $1) order by 1',
      [id],
    )
    expect(rows).toEqual([{ occurrence: day(3) }, { occurrence: day(4) }])
  })

  test('keeps the time on the wall over summer time', async () => {
    const zone = { timeZone: 'Europe/Berlin', dueAt: '2050-03-25T08:00:00.000Z' } // 09:00 in winter
    const first = await recurring({ ...zone, dueDate: null }, { rule: 'FREQ=WEEKLY' })
    const second = await next(await change(first.id, { status: 'done' }))
    expect(localOf(new Date(second.dueAt ?? 0), 'Europe/Berlin')).toBe('2050-04-01T09:00:00')
    expect(second.dueAt).toBe('2050-04-01T07:00:00.000Z')
  })

  test('catches up as it was told', async () => {
    const dues = await Promise.all(
      (['skip_missed', 'keep_one', 'keep_all'] as const).map(async (catchUp) => {
        const first = await recurring({ dueDate: day(-10) }, { rule: 'FREQ=DAILY;INTERVAL=4', catchUp })
        return (await next(await change(first.id, { status: 'done' }))).dueDate
      }),
    )
    expect(dues).toEqual([day(2), day(-2), day(-6)])
    const anew = await recurring({ dueDate: day(-10) }, { rule: 'FREQ=DAILY;INTERVAL=4', mode: 'after_completion' })
    expect((await next(await change(anew.id, { status: 'done' }))).dueDate).toBe(day(4))
  })

  test('ends with its last occurrence', async () => {
    const first = await recurring({}, { rule: 'FREQ=DAILY;COUNT=2' })
    const second = await next(await change(first.id, { status: 'done' }))
    expect((await change(second.id, { status: 'done' })).recurrence?.nextTaskId).toBeNull()
  })
})

describe('an occurrence that is done', () => {
  test('and opened again takes the next one back, if nobody touched it, and brings it again', async () => {
    const first = await recurring()
    await make({ title: 'Below', parentId: first.id })
    const second = await next(await change(first.id, { status: 'done' }))
    expect((await change(first.id, { status: 'next' })).recurrence?.nextTaskId).toBeNull()
    expect((await airdate.call('GET', `${TASKS}/${second.id}`)).status).toBe(404)
    const again = await next(await change(first.id, { status: 'done' }))
    expect([again.dueDate, again.id === second.id]).toEqual([day(4), false])
  })

  test('and opened again leaves a next one that somebody worked on', async () => {
    const first = await recurring()
    const second = await next(await change(first.id, { status: 'done' }))
    await make({ title: 'Begun already', parentId: second.id })
    await change(first.id, { status: 'next' })
    expect((await read(second.id)).status).toBe('next')
    expect((await change(first.id, { status: 'done' })).recurrence?.nextTaskId).toBe(second.id)
  })

  test('with its parent brings nothing', async () => {
    const top = await make({ title: 'The house' })
    const first = await recurring({ parentId: top.id })
    await change(top.id, { status: 'done' })
    expect(await read(first.id)).toMatchObject({ status: 'done', recurrence: { nextTaskId: null } })
  })
})

describe('an occurrence that is skipped', () => {
  const skip = (id: string) => airdate.call('POST', `${TASKS}/${id}/skip`)

  test('is dropped and left out, the next one comes, and it can be undone', async () => {
    const first = await recurring({}, { rule: 'FREQ=DAILY;COUNT=2' })
    const skipped = (await skip(first.id)).json<Task>()
    expect(skipped).toMatchObject({ status: 'dropped', recurrence: { exceptions: [day(3)] } })
    expect((await next(skipped)).dueDate).toBe(day(4))
    expect((await change(first.id, { status: 'next' })).recurrence).toMatchObject({ exceptions: [], nextTaskId: null })
  })

  test('is one that is open', async () => {
    const { id } = await make({})
    expect(await skip(id)).toMatchObject({ status: 409 })
    expect((await read(id)).status).toBe('inbox')
    const first = await recurring({ status: 'done' })
    expect((await skip(first.id)).status).toBe(409)
  })
})

describe('a change', () => {
  test('is of this occurrence alone, or of all that come', async () => {
    const first = await recurring({ priority: 1 })
    await change(first.id, { title: 'Only today', dueDate: day(9) })
    const second = await next(await change(first.id, { status: 'done' }))
    expect(second).toMatchObject({ title: 'Water the plants', dueDate: day(4) })
    await change(second.id, { title: 'Always', labels: ['x'], scope: 'future' })
    const third = await next(await change(second.id, { status: 'done' }))
    expect(third).toMatchObject({ title: 'Always', labels: ['x'], dueDate: day(5), priority: 1 })
    await change(third.id, { dueDate: day(7), scope: 'future' })
    const fourth = await next(await change(third.id, { status: 'done' }))
    expect(fourth).toMatchObject({ dueDate: day(8), recurrence: { start: day(7) } })
    expect(faults(await patch(first.id, { title: 'Too late', scope: 'future' }))).toEqual(['/recurrence'])
  })

  test('of the rule begins anew at this occurrence; null ends it; a pause brings nothing until it is over', async () => {
    const first = await recurring()
    expect(await change(first.id, { recurrence: { rule: 'FREQ=MONTHLY', catchUp: 'keep_all' } })).toMatchObject({
      recurrence: { rule: 'FREQ=MONTHLY', catchUp: 'keep_all', start: day(3) },
    })
    await change(first.id, { recurrence: { rule: 'FREQ=DAILY;INTERVAL=2' } })
    await change(first.id, { recurrence: { rule: 'FREQ=DAILY;INTERVAL=2', paused: true } })
    expect((await change(first.id, { status: 'done' })).recurrence).toMatchObject({ paused: true, nextTaskId: null })
    const resumed = await change(first.id, { recurrence: { rule: 'FREQ=DAILY;INTERVAL=2', paused: false } })
    const second = await next(resumed)
    expect(second).toMatchObject({ dueDate: day(5), recurrence: { catchUp: 'keep_all' } })
    expect(faults(await patch(second.id, { dueDate: null }))).toEqual(['/dueDate'])
    expect((await change(second.id, { recurrence: null })).recurrence).toBeNull()
    await change(second.id, { status: 'done' })
    expect((await read(first.id)).recurrence).toMatchObject({ nextTaskId: null })
  })

  test('of a task that was there makes it recur, with what lies below it', async () => {
    const { id } = await make({ dueAt: '2050-01-31T09:00:00.000Z', timeZone: 'Asia/Tokyo' })
    await make({ title: 'Below', parentId: id })
    const task = await change(id, { recurrence: { rule: 'FREQ=MONTHLY' } })
    expect(task.recurrence).toMatchObject({ occurrence: '2050-01-31T18:00:00', timeZone: 'Asia/Tokyo' })
    const second = await next(await change(id, { status: 'done' }))
    expect([second.dueAt, (await childrenOf(second.id)).length]).toEqual(['2050-03-31T09:00:00.000Z', 1])
  })
})
