import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import type { Task } from '../tasks/schema.ts'
import type { Applied, Share, Template } from './schema.ts'
import { SEEDS } from './seeds.ts'

const TEMPLATES = '/api/v1/planner/templates'
const SHARES = '/api/v1/planner/shares'
const TASKS = '/api/v1/planner/tasks'

let airdate: TestApp
let maker: Stranger
let fellow: Stranger
let stranger: Stranger
beforeAll(async () => {
  // A thousandth of the thousandfold of tests: as people have it.
  airdate = await testApp({ roles: ['api'], settings: { AIRDATE_RATE_LIMIT_SCALE: '1' } })
  maker = await givenStranger(airdate)
  fellow = await givenMember(airdate, { workspaceId: maker.workspaceId, role: 'editor' })
  stranger = await givenStranger(airdate)
})
afterAll(() => airdate[Symbol.asyncDispose]())

const step = (label: string, minutes: number, offsetDays: number | null = null) => ({
  ...{ label, minutes, kind: 'human', icon: '✏️', offsetDays },
})
const HOMEWORK = {
  ...{ name: 'Homework', description: 'What was asked', category: 'academic', icon: '📚', dueOffsetDays: 3 },
  steps: [step('Read the question aloud', 2, 0), step('Write a first answer', 10, 2), step('Check it', 5)],
}
const call = (by: Stranger, method: string, path: string, body?: object, headers = {}): Promise<Reply> =>
  airdate.call(method, path, { token: by.token, headers, ...(body === undefined ? {} : { body }) })
const make = async (rest: object = {}, by = maker): Promise<Template> => {
  const reply = await call(by, 'POST', TEMPLATES, { ...HOMEWORK, ...rest })
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.json<Template>()
}
const share = async (id: string): Promise<Share> => (await call(maker, 'PUT', `${TEMPLATES}/${id}/share`)).json<Share>()
const pointers = (reply: Reply) => reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)

describe('a template', () => {
  test('is kept to the letter, and changed in the state that was read', async () => {
    const made = await make()
    expect(made).toMatchObject({ ...HOMEWORK, visibility: 'private', minutes: 17, isBuiltIn: false, share: null })
    const at = `${TEMPLATES}/${made.id}`
    const read = await call(maker, 'GET', at)
    expect(read.json()).toEqual(made)
    const etag = read.headers.get('etag') ?? ''
    expect((await call(maker, 'GET', at, undefined, { 'If-None-Match': etag })).status).toBe(304)
    const change = (name: string) => call(maker, 'PATCH', at, { name, steps: [step('One', 1)] }, { 'If-Match': etag })
    expect((await change('Second')).json()).toMatchObject({ name: 'Second', minutes: 1, category: 'academic' })
    expect((await change('Third')).status).toBe(412)
  })

  test('takes a step that says no more than what is done, how long and by whom', async () => {
    const { steps } = await make({ steps: [{ label: 'Breathe', minutes: 1, kind: 'human' }] })
    expect(steps).toEqual([{ label: 'Breathe', minutes: 1, kind: 'human', icon: null, offsetDays: null }])
  })

  test.each([
    ['no step', { steps: [] }, '/steps'],
    ['eleven steps', { steps: Array.from({ length: 11 }, () => step('Again', 1)) }, '/steps'],
    ['a step of eleven minutes', { steps: [step('Too long', 11)] }, '/steps/0/minutes'],
    ['a step of no minute', { steps: [step('Nothing', 0)] }, '/steps/0/minutes'],
    ['another category', { category: 'chores' }, '/category'],
    ['a step that says nothing', { steps: [step(' ', 1)] }, '/steps/0/label'],
  ])('with %s is refused', async (_, wrong, pointer) => {
    expect(pointers(await call(maker, 'POST', TEMPLATES, { ...HOMEWORK, ...wrong }))).toContain(pointer)
  })

  test('of one’s own is for nobody else until one says so, and then theirs to use but not to change', async () => {
    const { id } = await make()
    const at = `${TEMPLATES}/${id}`
    const ids = async (by: Stranger) =>
      (await call(by, 'GET', TEMPLATES)).json<{ items: Template[] }>().items.map((one) => one.id)
    expect([(await call(fellow, 'GET', at)).status, (await ids(fellow)).includes(id)]).toEqual([404, false])
    await call(maker, 'PATCH', at, { visibility: 'public' })
    await share(id)
    expect((await call(fellow, 'GET', at)).json()).toMatchObject({ name: 'Homework', share: null })
    expect([(await ids(fellow)).includes(id), (await ids(stranger)).includes(id)]).toEqual([true, false])
    for (const [method, path] of [
      ['PATCH', at],
      ['DELETE', at],
      ['PUT', `${at}/share`],
      ['DELETE', `${at}/share`],
    ] as const) {
      const reply = await call(fellow, method, path, method === 'PATCH' ? { name: 'Mine' } : undefined)
      expect(reply.json()['type']).toBe('/problems/planner/not-your-template')
    }
    const copy = (await call(fellow, 'POST', `${at}/copy`)).json<Template>()
    expect(copy).toMatchObject({ ...HOMEWORK, visibility: 'private', createdBy: fellow.userId })
  })

  test('is deleted softly', async () => {
    const at = `${TEMPLATES}/${(await make()).id}`
    expect((await call(maker, 'DELETE', at)).status).toBe(204)
    expect((await call(maker, 'GET', at)).status).toBe(404)
    expect((await call(maker, 'POST', `${at}/restore`)).json()).toMatchObject({ name: 'Homework' })
    expect((await call(maker, 'POST', `${at}/restore`)).status).toBe(404)
  })
})

describe('the five that come with the server', () => {
  test('are one of each category, in steps of at most ten minutes, the last of everybody’s list', async () => {
    const seen: Template[] = []
    for (let cursor = ''; ;) {
      const reply = await call(stranger, 'GET', `${TEMPLATES}?limit=2${cursor}`)
      const page = reply.json<{ items: Template[]; nextCursor: string | null }>()
      seen.push(...page.items)
      if (page.nextCursor === null) break
      cursor = `&cursor=${page.nextCursor}`
    }
    expect(seen.map(({ id }) => id)).toEqual(SEEDS.map(({ id }) => id))
    expect(new Set(seen.map(({ category }) => category)).size).toBe(5)
    expect(seen.flatMap(({ steps }) => steps).every(({ minutes }) => minutes >= 1 && minutes <= 10)).toBe(true)
    const health = await call(stranger, 'GET', `${TEMPLATES}?category=health&visibility=public`)
    expect(health.json<{ items: Template[] }>().items.map(({ name }) => name)).toEqual(['Warm up before recording'])
  })

  test('are nobody’s to change, and everybody’s to copy and apply', async () => {
    const at = `${TEMPLATES}/${SEEDS[0]?.id}`
    expect((await call(stranger, 'PATCH', at, { name: 'Mine' })).status).toBe(403)
    expect((await call(stranger, 'POST', `${at}/copy`)).json()).toMatchObject({
      isBuiltIn: false,
      visibility: 'private',
    })
    const made = await call(stranger, 'POST', `${at}/apply`, { startDate: '2026-12-01' })
    expect(made.json<Applied>().steps.length).toBe(SEEDS[0]?.steps.length)
  })
})

describe('applied', () => {
  test('it is a task and its steps, in their order, due by the day on which it is begun', async () => {
    const { id } = await make()
    const reply = await call(maker, 'POST', `${TEMPLATES}/${id}/apply`, { startDate: '2028-02-28', title: 'Chapter 4' })
    const { task, steps } = reply.json<Applied>()
    expect(reply.headers.get('location')).toBe(`${TASKS}/${task.id}`)
    expect(task).toMatchObject({
      ...{ title: 'Chapter 4', notes: 'What was asked', icon: '📚', level: 4, status: 'next', dueDate: '2028-03-02' },
      ...{ estimateMinutes: 17, progress: { done: 0, total: 3 } },
    })
    expect(steps.map((one) => [one.title, one.estimateMinutes, one.dueDate, one.position, one.level])).toEqual([
      ['Read the question aloud', 2, '2028-02-28', 0, 6],
      ['Write a first answer', 10, '2028-03-01', 1, 6],
      ['Check it', 5, null, 2, 6],
    ])
    expect(steps.every((one) => one.parentId === task.id && one.kind === 'human' && one.icon === '✏️')).toBe(true)
  })

  test('with something wrong it makes nothing at all', async () => {
    const { id } = await make()
    const title = `wrong ${newId()}`
    const apply = (rest: object) =>
      call(maker, 'POST', `${TEMPLATES}/${id}/apply`, { startDate: '2026-12-01', title, ...rest })
    expect(pointers(await apply({ projectId: newId() }))).toEqual(['/projectId'])
    expect(pointers(await apply({ startDate: '9999-12-30' }))).toEqual(['/startDate'])
    expect(pointers(await apply({ startDate: '2026-02-30' }))).toEqual(['/startDate'])
    const found = await call(maker, 'GET', `${TASKS}?q=${encodeURIComponent(title)}`)
    expect(found.json<{ items: Task[] }>().items).toEqual([])
  })

  test('with the same key it is applied once', async () => {
    const { id } = await make()
    const headers = { 'Idempotency-Key': newId() }
    const apply = () => call(maker, 'POST', `${TEMPLATES}/${id}/apply`, { startDate: '2026-12-01' }, headers)
    const [first, second] = [await apply(), await apply()]
    expect(second.json()).toEqual(first.json())
  })
})

describe('a code', () => {
  test('stays the same until it is taken back, counts its uses, and is another afterwards', async () => {
    const { id } = await make()
    const { code } = await share(id)
    expect(code).toMatch(/^HOMEWORK-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    expect((await share(id)).code).toBe(code)
    const typed = code.toLowerCase().replaceAll('-', '%20')
    expect((await call(stranger, 'GET', `${SHARES}/${typed}`)).json()).toEqual(HOMEWORK)
    expect((await call(stranger, 'POST', `${SHARES}/${typed}/copy`)).json()).toMatchObject(HOMEWORK)
    expect((await share(id)).uses).toBe(1)
    await call(maker, 'DELETE', `${TEMPLATES}/${id}/share`)
    expect((await call(stranger, 'GET', `${SHARES}/${code}`)).status).toBe(404)
    expect((await share(id)).code).not.toBe(code)
    const log = await airdate.db.sql<{ action: string }>(
      'select action from commons.audit_entries where target_id = $1 order by id',
      [id],
    )
    expect(log.map(({ action }) => action)).toEqual([
      ...['template.shared', 'template.share-revoked', 'template.shared'],
    ])
  })

  test('shares nothing while its template is deleted, or its workspace', async () => {
    const owner = await givenStranger(airdate)
    const { id } = await make({}, owner)
    const shared = await call(owner, 'PUT', `${TEMPLATES}/${id}/share`)
    const look = async () => (await call(stranger, 'GET', `${SHARES}/${shared.json<Share>().code}`)).status
    await call(owner, 'DELETE', `${TEMPLATES}/${id}`)
    const deleted = await look()
    await call(owner, 'POST', `${TEMPLATES}/${id}/restore`)
    const restored = await look()
    await airdate.db.sql('update commons.workspaces set deleted_at = now() where id = $1', [owner.workspaceId])
    expect([deleted, restored, await look()]).toEqual([404, 200, 404])
  })

  test('is guessed thirty times in an hour, and then the right one is refused too', async () => {
    const guesser = await givenStranger(airdate)
    const { code } = await share((await make()).id)
    const guess = (typed: string) => call(guesser, 'GET', `${SHARES}/${typed}`)
    expect((await guess(code)).status).toBe(200)
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, number) => guess(`HOMEWORK-0000-${String(number).padStart(4, '0')}`)),
    )
    expect(guesses.filter(({ status }) => status === 404).length).toBe(30)
    expect(guesses.filter(({ status }) => status === 429).length).toBe(10)
    expect((await guess(code)).status).toBe(429)
    expect((await call(stranger, 'GET', `${SHARES}/${code}`)).status).toBe(200)
  })
})
