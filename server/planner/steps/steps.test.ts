import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, type TestApp, keyed, testApp } from '#tests/support/app.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import type { EstimateResult, PrioritiesResult } from '../advice/schema.ts'
import type { Task } from '../tasks/schema.ts'
import type { NextSteps, SplitResult } from './schema.ts'

const PLANNER = '/api/v1/planner'
const TASKS = `${PLANNER}/tasks`

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const make = async (title: string, rest: object = {}, token?: string): Promise<string> => {
  const options = { body: { title, ...rest }, ...(token === undefined ? {} : { token }) }
  const reply = await airdate.call('POST', TASKS, options)
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.json<Task>().id
}
const read = async (id: string): Promise<Task> => (await airdate.call('GET', `${TASKS}/${id}`)).json<Task>()
const change = (id: string, body: object): Promise<Reply> => airdate.call('PATCH', `${TASKS}/${id}`, { body })
const split = (id: string, body: object = {}): Promise<Reply> =>
  airdate.call('POST', `${TASKS}/${id}/split`, { body, headers: keyed() })
const splitWell = async (id: string, body: object = {}): Promise<SplitResult> => {
  const reply = await split(id, body)
  expect(reply.status, reply.bytes.toString()).toBe(200)
  return reply.json<SplitResult>()
}
const next = async (query: string, token?: string): Promise<NextSteps> =>
  (await airdate.call('GET', `${PLANNER}/steps?${query}`, token === undefined ? {} : { token })).json<NextSteps>()
const titlesOf = ({ items }: NextSteps): string[] => items.map(({ task }) => task.title)
const below = async (parentId: string): Promise<Task[]> =>
  (await airdate.call('GET', `${TASKS}?parentId=${parentId}&limit=100`))
    .json<{ items: Task[] }>()
    .items.toSorted((one, other) => one.position - other.position)

describe('a split', () => {
  test('writes steps below the task, in order, with all that is known of them', async () => {
    const id = await make('Clean the kitchen', { priority: 3 })
    const { items, path, result, kind } = await splitWell(id)
    expect({ path, kind }).toEqual({ path: 'rules', kind: 'clean-kitchen' })
    const steps = await below(id)
    expect(steps.map((step) => step.id)).toEqual(items.map((item) => item.id))
    expect(steps.map((step) => step.title)).toEqual(items.map((item) => item.title))
    for (const [at, step] of steps.entries()) {
      const { minutes: estimateMinutes, icon, champs, doneWhen } = items[at]!
      expect(step).toMatchObject({ level: 6, status: 'next', priority: 3, kind: 'human' })
      expect(step).toMatchObject({ estimateMinutes, icon, champs, doneWhen })
    }
    expect(steps.at(-1)?.doneWhen).toBe(result)
    expect((await read(id)).progress).toEqual({ done: 0, total: steps.length })
  })

  test('that is tried writes nothing', async () => {
    const id = await make('Pay the rent')
    const { items } = await splitWell(id, { dryRun: true })
    expect(items.length).toBeGreaterThanOrEqual(3)
    expect(items.every((item) => item.id === null)).toBe(true)
    expect(await below(id)).toEqual([])
  })

  test('with a key that is used again is written once', async () => {
    const id = await make('Water the plants')
    const headers = { 'Idempotency-Key': 'water-once' }
    const replies = [1, 2].map(() => () => airdate.call('POST', `${TASKS}/${id}/split`, { body: {}, headers }))
    const first = (await replies[0]!()).json<SplitResult>()
    expect((await replies[1]!()).json()).toEqual(first)
    expect(await below(id)).toHaveLength(first.items.length)
  })

  test('of something long is parts, each of which is split in turn, and any step of a task once more', async () => {
    const id = await make('Edit the vlog about Lisbon', { estimateMinutes: 240 })
    const { items: parts } = await splitWell(id)
    expect(new Set(parts.map(({ level }) => level))).toEqual(new Set([5]))
    const { items: steps } = await splitWell(parts[0]!.id!)
    expect(new Set(steps.map(({ level }) => level))).toEqual(new Set([6]))
    const deeper = await split(steps[0]!.id!)
    expect(deeper.json()).toMatchObject({ status: 409, type: '/problems/planner/too-deep' })

    const short = await make('Wipe the kitchen counter', { estimateMinutes: 20 })
    const { items } = await splitWell(short)
    const { items: tiny } = await splitWell(items[0]!.id!)
    expect(tiny).toHaveLength(3)
    expect(await read(items[0]!.id!)).toMatchObject({ level: 5, progress: { done: 0, total: 3 } })
  })

  test('is refused to what is split already, to what is done, and to strangers', async () => {
    const id = await make('Tidy the attic')
    await splitWell(id)
    expect((await split(id)).json()).toMatchObject({ status: 409, type: '/problems/planner/task-has-parts' })
    const done = await make('Tidy the cellar', { status: 'done' })
    expect((await split(done)).json()).toMatchObject({ status: 409, type: '/problems/planner/task-is-closed' })
    const { token } = await givenStranger(airdate)
    const theirs = await airdate.call('POST', `${TASKS}/${id}/split`, { body: {}, token, headers: keyed() })
    expect(theirs.status).toBe(404)
  })
})

describe('the next step', () => {
  test('is the first that is open, with how far what it belongs to has come', async () => {
    const id = await make('Call the insurance', { priority: 4 })
    const { items } = await splitWell(id)
    await change(items[0]!.id!, { status: 'done' })
    const { items: offered, path } = await next(`parentId=${id}`)
    expect(path).toBe('rules')
    expect(offered).toHaveLength(1)
    expect(offered[0]).toMatchObject({
      task: { id: items[1]!.id },
      parent: { id, title: 'Call the insurance', progress: { done: 1, total: items.length } },
    })
  })

  test('suits the moment', async () => {
    const { token } = await givenStranger(airdate)
    await make('Call the bank', { priority: 4, estimateMinutes: 5 }, token)
    await make('Read the contract', { priority: 1, estimateMinutes: 5 }, token)
    await make('Wipe the kitchen counter', { estimateMinutes: 4 }, token)
    await make('Write the thesis', { priority: 2, estimateMinutes: 600 }, token)
    expect(titlesOf(await next('inMeeting=true&energy=1', token))).toEqual(['Read the contract'])
    expect(titlesOf(await next('restless=true', token))).toEqual(['Wipe the kitchen counter'])
    expect(titlesOf(await next('minutes=10', token))).toEqual([
      'Call the bank',
      'Read the contract',
      'Wipe the kitchen counter',
    ])
    expect(titlesOf(await next('energy=2&limit=10', token))).not.toContain('Write the thesis')
  })

  test('waits for nothing, has begun, and is nobody else’s', async () => {
    const { token } = await givenStranger(airdate)
    const first = await make('Buy the paint', {}, token)
    const second = await make('Paint the fence', { priority: 4 }, token)
    await make('Renew the passport', { startAt: '2999-01-01T00:00:00Z' }, token)
    const theirs = await make('Sell the bike', {}, token)
    const somebody = 'user:018f0000-0000-7000-8000-000000000000'
    await airdate.db.sql('update planner.tasks set assignee = $2 where id = $1', [theirs, somebody])
    await airdate.call('PUT', `${TASKS}/${second}/dependencies/${first}`, { token })
    expect(titlesOf(await next('limit=20', token))).toEqual(['Buy the paint'])
  })
})

describe('the order of tasks', () => {
  test('follows from what is due, priority and what waits, with reasons', async () => {
    const { token } = await givenStranger(airdate)
    const buy = await make('Buy the paint', {}, token)
    const paint = await make('Paint the fence', { dueDate: '2000-01-01' }, token)
    await make('Read', { priority: 1 }, token)
    await airdate.call('PUT', `${TASKS}/${paint}/dependencies/${buy}`, { token })
    const reply = await airdate.call('GET', `${PLANNER}/priorities?timeZone=Europe/Lisbon`, { token })
    const { items, path } = reply.json<PrioritiesResult>()
    expect(path).toBe('rules')
    expect(items.map(({ task }) => task.title)).toEqual(['Buy the paint', 'Paint the fence', 'Read'])
    expect(items[0]?.reasons).toEqual([{ code: 'unblocks', tasks: 1 }])
    expect(items[1]?.reasons.map(({ code }) => code)).toEqual(['overdue', 'waits-for'])
  })

  test('needs a zone that there is', async () => {
    const reply = await airdate.call('GET', `${PLANNER}/priorities?timeZone=Mars/Olympus`)
    expect(reply.status).toBe(400)
  })
})

describe('an estimate', () => {
  test('keeps what a person thinks until ten tasks are done, then follows what they took', async () => {
    const { token } = await givenStranger(airdate)
    const id = await make('Write the report', { estimateMinutes: 20 }, token)
    const ask = async () =>
      (await airdate.call('POST', `${TASKS}/${id}/estimate`, { token, headers: keyed() })).json<EstimateResult>()
    expect(await ask()).toMatchObject({ p50Minutes: 20, path: 'rules', basedOn: 0 })
    for (let at = 0; at < 10; at++) {
      await make(`Report ${at}`, { status: 'done', estimateMinutes: 10, actualMinutes: 15 }, token)
    }
    expect(await ask()).toMatchObject({ p50Minutes: 30, p80Minutes: 30, path: 'statistics', basedOn: 10 })
    const task = (await airdate.call('GET', `${TASKS}/${id}`, { token })).json<Task>()
    expect(task).toMatchObject({ estimateMinutes: 20, p50Minutes: 30, p80Minutes: 30 })
  })
})
