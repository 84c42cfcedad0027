import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember } from '#tests/support/attacks.ts'
import type { Task } from '../tasks/schema.ts'
import type { Capture } from './schema.ts'

const CAPTURES = '/api/v1/planner/captures'
const TASKS = '/api/v1/planner/tasks'
const DUMP = 'call Ana tomorrow\npay the rent, urgent\nit rained all day'

let airdate: TestApp
let owner: Stranger
beforeAll(async () => {
  airdate = await testApp({ roles: ['api', 'worker'] })
  const [here] = (await airdate.call('GET', '/api/v1/workspaces')).json<{ items: { id: string }[] }>().items
  owner = await givenMember(airdate, { workspaceId: here?.id ?? '', role: 'owner' })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Reply> =>
  airdate.call('POST', `${CAPTURES}${path}`, { body, headers })
const made = async (body: object): Promise<Capture> => {
  const reply = await post('', body)
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.json<Capture>()
}
const read = async (id: string): Promise<Capture> => (await airdate.call('GET', `${CAPTURES}/${id}`)).json<Capture>()
const task = async (id: string): Promise<Task> => (await airdate.call('GET', `${TASKS}/${id}`)).json<Task>()
const tasksOf = ({ taskIds }: Capture): Promise<Task[]> => Promise.all(taskIds.map(task))
const faults = (reply: Reply) => reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)

/** A thought as it stands when its job is done. */
async function split(body: object): Promise<Capture> {
  const { id, state } = await made(body)
  expect(state).toBe('splitting')
  await expect.poll(async () => (await read(id)).state, { timeout: 10_000 }).not.toBe('splitting')
  return read(id)
}

describe('a thought', () => {
  test('of one line stays the one task that it is', async () => {
    const one = await made({ text: 'Call Ana tomorrow' })
    expect(one).toMatchObject({ state: 'kept', mode: 'manual', proposal: null, taskIds: [one.taskId] })
    expect((await post(`/${one.id}/save`, {})).json()['type']).toBe('/problems/planner/capture-not-split')
  })

  test('of several lines is split, and nothing else happens until it is saved', async () => {
    const found = await split({ text: DUMP, timeZone: 'Europe/London' })
    expect(found).toMatchObject({ state: 'split', taskIds: [found.taskId] })
    expect(found.proposal).toMatchObject({ path: 'rules', questions: [] })
    expect(found.proposal?.tasks.map(({ title, taskId }) => [title, taskId])).toEqual([
      ['Call Ana', null],
      ['Pay the rent', null],
    ])
    expect(found.proposal?.rest.map(({ start, end }) => DUMP.slice(start, end))).toEqual(['it rained all day'])
    expect(await tasksOf(found)).toMatchObject([{ title: 'call Ana tomorrow', notes: DUMP, status: 'inbox' }])
  })

  test('in a zone that is none is refused, and so is a mode or a language', async () => {
    const reply = await post('', { text: 'x', timeZone: 'Mars/Olympus' })
    expect([reply.status, faults(reply)]).toEqual([400, ['/timeZone']])
    expect((await post('', { text: 'x', mode: 'magic' })).status).toBe(400)
    expect((await post('', { text: 'x', locale: 'e' })).status).toBe(400)
  })
})

describe('saving a thought', () => {
  test('makes its tasks with their fields, in the place of the one in the inbox', async () => {
    const { id, taskId } = await split({ text: DUMP, timeZone: 'Europe/London' })
    const reply = await post(`/${id}/save`, {})
    expect(reply.status).toBe(200)
    const saved = reply.json<Capture>()
    expect(saved.state).toBe('saved')
    expect(await tasksOf(saved)).toMatchObject([
      { title: 'Call Ana', labels: ['@Ana'], dueDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), status: 'inbox' },
      { title: 'Pay the rent', priority: 4, notes: 'pay the rent, urgent' },
    ])
    expect((await airdate.call('GET', `${TASKS}/${taskId}`)).status).toBe(404)
  })

  test('twice, or twice at once, makes them once', async () => {
    const { id } = await split({ text: DUMP })
    const [first, second] = await Promise.all([post(`/${id}/save`, {}), post(`/${id}/save`, {})])
    expect([first.status, second.status]).toEqual([200, 200])
    const third = (await post(`/${id}/save`, { tasks: [{ title: 'One more' }] })).json<Capture>()
    expect(first.json<Capture>().taskIds.length).toBe(2)
    expect(third.taskIds).toEqual(first.json<Capture>().taskIds)
  })

  test('takes what is chosen, with what is to differ, and tasks of one’s own', async () => {
    const { id } = await split({ text: 'call Ana on 3 March at 15:00\npay the rent', timeZone: 'Europe/Lisbon' })
    const tasks = [
      { from: 0, title: 'Ring Ana', priority: 2 },
      { title: 'Something new', dueDate: '2027-01-05' },
    ]
    const saved = (await post(`/${id}/save`, { tasks })).json<Capture>()
    const [ring, own] = await tasksOf(saved)
    expect(ring).toMatchObject({ title: 'Ring Ana', priority: 2, timeZone: 'Europe/Lisbon' })
    expect(ring?.dueAt).toMatch(/-03-03T15:00:00/)
    expect(own).toMatchObject({ title: 'Something new', dueDate: '2027-01-05' })
    expect(saved.taskIds.length).toBe(2)
  })

  test('is told everything that is wrong, and makes nothing then', async () => {
    const { id } = await split({ text: DUMP })
    const wrong = await post(`/${id}/save`, { tasks: [{ from: 9 }, { priority: 1 }, { from: 0 }, { from: 0 }] })
    expect([wrong.status, faults(wrong)]).toEqual([400, ['/tasks/0/from', '/tasks/1/title', '/tasks/3/from']])
    const below = await post(`/${id}/save`, { tasks: [{ from: 1 }, { from: 0, parentId: newId() }] })
    expect(faults(below)).toEqual(['/tasks/1/parentId'])
    expect(await read(id)).toMatchObject({ state: 'split', taskIds: [expect.any(String)] })
  })

  test('leaves the task of the inbox where somebody has touched it', async () => {
    const { id, taskId } = await split({ text: DUMP })
    await airdate.call('PATCH', `${TASKS}/${taskId}`, { body: { status: 'next' } })
    const { taskIds } = (await post(`/${id}/save`, {})).json<Capture>()
    expect(taskIds.length).toBe(3)
    expect(taskIds).toContain(taskId)
  })

  test('happens by itself in the mode auto where all is sure', async () => {
    const saved = await split({ text: 'call Ana\npay the rent', mode: 'auto' })
    expect(saved.state).toBe('saved')
    expect((await tasksOf(saved)).map(({ title }) => title)).toEqual(['Call Ana', 'Pay the rent'])
  })

  test('in the mode auto leaves what is not sure, with the task of the inbox', async () => {
    const { id, ...found } = await split({ text: 'call Ana\npay the rent\ndishes', mode: 'auto' })
    expect(found.state).toBe('split')
    expect(found.proposal?.tasks.map(({ taskId }) => taskId !== null)).toEqual([true, true, false])
    expect(found.taskIds.length).toBe(3)
    const saved = (await post(`/${id}/save`, {})).json<Capture>()
    expect((await tasksOf(saved)).map(({ title }) => title)).toEqual(['Call Ana', 'Pay the rent', 'Dishes'])
  })
})

describe('a thought that asks', () => {
  const text = 'okay. dishes. call the bank about the card, urgent. clean the lens'

  test('is ready when its questions are answered, and the answers count', async () => {
    const { id, state, proposal } = await split({ text, mode: 'clarify', timeZone: 'Europe/Berlin' })
    expect(state).toBe('clarifying')
    const questions = proposal?.questions ?? []
    expect(questions.length).toBeLessThanOrEqual(3)
    expect(questions.map((question) => question.id)).toEqual(expect.arrayContaining(['0.isTask', '1.due']))
    const answers = questions.map((question) => ({
      id: question.id,
      value: { isTask: 'no', due: '2027-02-03T09:30', title: 'Do it', person: null }[question.field],
    }))
    const reply = await post(`/${id}/answers`, { answers })
    expect(reply.json<Capture>()).toMatchObject({ state: 'split', proposal: { questions: [] } })
    const saved = await tasksOf((await post(`/${id}/save`, {})).json<Capture>())
    expect(saved.map(({ title }) => title)).not.toContain('Dishes')
    expect(saved[0]).toMatchObject({ dueAt: '2027-02-03T08:30:00.000Z', timeZone: 'Europe/Berlin', priority: 4 })
  })

  test('takes words for a date', async () => {
    const { id } = await split({ text, mode: 'clarify' })
    const reply = await post(`/${id}/answers`, { answers: [{ id: '1.due', value: 'on the 3rd of march' }] })
    const due = reply.json<Capture>().proposal?.tasks[1]?.fields.find(({ field }) => field === 'due')
    expect(due?.value).toMatch(/-03-03$/)
  })

  test('takes none of the answers when one is none', async () => {
    const { id } = await split({ text, mode: 'clarify' })
    const before = await read(id)
    const answers = [
      { id: '0.isTask', value: 'perhaps' },
      { id: '1.due', value: 'never ever' },
      { id: '9.due', value: null },
    ]
    const reply = await post(`/${id}/answers`, { answers })
    expect([reply.status, faults(reply)]).toEqual([400, ['/answers/0/value', '/answers/1/value', '/answers/2/id']])
    expect(await read(id)).toEqual(before)
  })
})

describe('thoughts', () => {
  test('are listed to their person alone, whatever the role of others', async () => {
    const { id } = await made({ text: 'Mine alone' })
    const mine = (await airdate.call('GET', `${CAPTURES}?state=kept&limit=1`)).json<{ items: { id: string }[] }>()
    expect(mine.items.map((item) => item.id)).toEqual([id])
    const theirs = await airdate.call('GET', CAPTURES, { token: owner.token })
    expect(theirs.json()).toEqual({ items: [], nextCursor: null })
    for (const path of ['answers', 'save', 'restore']) {
      const body = path === 'answers' ? { answers: [{ id: '0.due', value: null }] } : {}
      const reply = await airdate.call('POST', `${CAPTURES}/${id}/${path}`, {
        token: owner.token,
        ...(path === 'restore' ? {} : { body }),
      })
      expect([path, reply.status]).toEqual([path, 404])
    }
    expect((await airdate.call('DELETE', `${CAPTURES}/${id}`, { token: owner.token })).status).toBe(404)
  })

  test('that are deleted are gone, their tasks are not, and they come back', async () => {
    const { id, taskId } = await made({ text: 'Gone and back' })
    const { headers } = await airdate.call('GET', `${CAPTURES}/${id}`)
    const stale = await airdate.call('DELETE', `${CAPTURES}/${id}`, { headers: { 'If-Match': '"x"' } })
    expect(stale.status).toBe(412)
    const etag = headers.get('etag') ?? ''
    expect((await airdate.call('DELETE', `${CAPTURES}/${id}`, { headers: { 'If-Match': etag } })).status).toBe(204)
    expect((await airdate.call('GET', `${CAPTURES}/${id}`)).status).toBe(404)
    expect((await task(taskId ?? '')).title).toBe('Gone and back')
    const back = await airdate.call('POST', `${CAPTURES}/${id}/restore`)
    expect(back.json()).toMatchObject({ id, text: 'Gone and back', taskId })
    expect((await airdate.call('POST', `${CAPTURES}/${id}/restore`)).status).toBe(404)
  })
})
