import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { givenMember } from '#tests/support/attacks.ts'
import type { Task } from '../tasks/schema.ts'
import type { AnsweredPrompt, Prompt } from './schema.ts'

const PROMPTS = '/api/v1/planner/prompts'
const TASKS = '/api/v1/planner/tasks'
const ANSWER = `Here is your plan:

1. **Take the cups out**
   What to do: All of them.
   Time estimate: 5 minutes
   Priority: High
2. **Sort the cables** (10 min)

Good luck!`

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const post = (path: string, body: object, token?: string): Promise<Reply> =>
  airdate.call('POST', `${PROMPTS}${path}`, { body, ...(token === undefined ? {} : { token }) })
const made = async (body: object): Promise<Prompt> => {
  const reply = await post('', body)
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.json<Prompt>()
}
const givenTask = async (body: object): Promise<Task> => (await airdate.call('POST', TASKS, { body })).json<Task>()

describe('a prompt', () => {
  test('for a film becomes a task with steps when its answer is pasted, once', async () => {
    const { id, prompt } = await made({ about: 'my kitchen' })
    expect(prompt).toContain('my kitchen')
    const reply = await post(`/${id}/answer`, { text: ANSWER })
    expect(reply.status).toBe(201)
    const { parent, steps, shape, prompt: after } = reply.json<AnsweredPrompt>()
    expect([shape, after.answer, after.parentId]).toEqual(['list', ANSWER, parent.id])
    expect(parent).toMatchObject({ title: 'my kitchen', notes: 'Here is your plan:\nGood luck!', level: 4 })
    expect(steps).toMatchObject([
      { title: 'Take the cups out', estimateMinutes: 5, priority: 3, parentId: parent.id, level: 5 },
      { title: 'Sort the cables', estimateMinutes: 10, priority: 0, parentId: parent.id },
    ])
    const again = await post(`/${id}/answer`, { text: ANSWER })
    expect([again.status, again.json()['type']]).toEqual([409, '/problems/planner/prompt-answered'])
    expect((await airdate.call('GET', `${PROMPTS}/${id}`)).json()).toEqual(after)
  })

  test('for a task puts the steps below it and keeps its notes', async () => {
    const task = await givenTask({ title: 'Tidy the studio', notes: 'Before Friday' })
    const { id, prompt } = await made({ taskId: task.id })
    expect(prompt).toContain('Tidy the studio\nBefore Friday')
    const { parent, steps } = (await post(`/${id}/answer`, { text: ANSWER })).json<AnsweredPrompt>()
    expect(parent).toMatchObject({ id: task.id, notes: 'Before Friday\n\nHere is your plan:\nGood luck!' })
    expect(steps.map(({ title }) => title)).toEqual(['Take the cups out', 'Sort the cables'])
  })

  test('for a task whose notes are full puts what else is said into a step', async () => {
    const task = await givenTask({ title: 'Full', notes: 'x'.repeat(19_990) })
    const { id } = await made({ taskId: task.id })
    const { steps } = (await post(`/${id}/answer`, { text: ANSWER })).json<AnsweredPrompt>()
    expect(steps.at(-1)).toMatchObject({ title: 'What else was said', notes: 'Here is your plan:\nGood luck!' })
  })

  test('is for a task or for a film, and for no step', async () => {
    const task = await givenTask({ title: 'A step', level: 6 })
    for (const body of [{}, { about: 'x', taskId: task.id }, { about: ' ' }, { taskId: task.id }])
      expect([body, (await post('', body)).status]).toEqual([body, 400])
    expect((await post('', { taskId: newId() })).status).toBe(404)
  })

  test.each(['', ' \n', '\u200b', 'x'.repeat(20_001)])('takes no answer such as %j', async (text) => {
    const { id } = await made({ about: 'it' })
    expect((await post(`/${id}/answer`, { text })).status).toBe(400)
    expect((await airdate.call('GET', `${PROMPTS}/${id}`)).json()).toMatchObject({ answer: null, answeredAt: null })
  })

  test('is its person’s alone, the owner of the workspace included', async () => {
    const { id } = await made({ about: 'my room' })
    const [here] = (await airdate.call('GET', '/api/v1/workspaces')).json<{ items: { id: string }[] }>().items
    const { token } = await givenMember(airdate, { workspaceId: here?.id ?? '', role: 'owner' })
    expect((await airdate.call('GET', `${PROMPTS}/${id}`, { token })).status).toBe(404)
    expect((await post(`/${id}/answer`, { text: 'x' }, token)).status).toBe(404)
  })
})
