import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../support/app.ts'
import { givenStranger } from '../support/attacks.ts'

/* What one has and another does: over the public API alone. */

const PLANNER = '/api/v1/planner'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

interface Made {
  readonly id: string
  readonly title: string
  readonly dueDate: string | null
  readonly status: string
}

test('a template that one person shares by code another applies in their own workspace, step by step to its end', async () => {
  const [teacher, pupil] = [await givenStranger(airdate), await givenStranger(airdate)]
  const as = async <T>(who: { token: string }, method: string, path: string, body?: object): Promise<T> => {
    const reply = await airdate.call(method, `${PLANNER}/${path}`, {
      ...{ token: who.token, ...(body === undefined ? {} : { body }) },
    })
    expect(reply.status, reply.bytes.toString()).toBeLessThan(300)
    return reply.json<T>()
  }
  const step = (label: string, offsetDays: number) => ({ label, minutes: 5, kind: 'human', icon: null, offsetDays })
  const steps = [step('Write one question', 0), step('Film the answer', 1)]
  const wish = { name: 'Homework: a film of a minute', category: 'academic', dueOffsetDays: 2, steps }
  const { id } = await as<{ id: string }>(teacher, 'POST', 'templates', wish)
  const { code } = await as<{ code: string }>(teacher, 'PUT', `templates/${id}/share`)

  expect(await as(pupil, 'GET', `shares/${code}`)).toMatchObject({ name: wish.name, steps })
  const start = { startDate: '2026-12-30' }
  const applied = await as<{ task: Made; steps: Made[] }>(pupil, 'POST', `shares/${code}/apply`, start)
  expect([applied.task, ...applied.steps].map(({ title, dueDate }) => [title, dueDate])).toEqual([
    [wish.name, '2027-01-01'],
    ['Write one question', '2026-12-30'],
    ['Film the answer', '2026-12-31'],
  ])
  for (const { id: stepId } of applied.steps) await as(pupil, 'PATCH', `tasks/${stepId}`, { status: 'done' })
  expect(await as(pupil, 'GET', `tasks/${applied.task.id}`)).toMatchObject({ progress: { done: 2, total: 2 } })

  const { share } = await as<{ share: { uses: number } }>(teacher, 'GET', `templates/${id}`)
  expect(share.uses).toBe(1)
  const teachers = await as<{ items: Made[] }>(teacher, 'GET', 'tasks')
  expect(teachers.items).toEqual([])
})

test('work that is handed over is done by an agent, a program with a key and the public API, and accepted after a review', async () => {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const reply = await airdate.call(method, `/api/v1/${path}`, body === undefined ? {} : { body })
    expect(reply.status, reply.bytes.toString()).toBeLessThan(300)
    return reply.json<T>()
  }
  const { workspaceId } = await call<{ workspaceId: string }>('GET', 'me')
  const wish = { name: 'A robot', role: 'editor' }
  const { userId } = await call<{ userId: string }>('POST', `workspaces/${workspaceId}/service-accounts`, wish)
  const scopes = ['task:read', 'task:write']
  const { key } = await call<{ key: string }>('POST', 'api-keys', { name: 'Its key', userId, scopes })

  const { id: taskId } = await call<Made>('POST', 'planner/tasks', { title: 'Three titles for the harbour film' })
  const brief = { taskId, mode: 'delegate', skills: ['titles'], acceptance: ['Three lines'] }
  type Work = { id: string; state: string; assignee: string | null; result: string | null }
  const { id, assignee } = await call<Work>('POST', 'planner/delegations', brief)
  expect(assignee).toBe(null)
  const work = () => call<Work>('GET', `planner/delegations/${id}`)
  const task = () => call<Made>('GET', `planner/tasks/${taskId}`)

  const program = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/agent.ts'), airdate.url], {
    ...{ env: { AGENT_KEY: key }, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  try {
    const ended = once(program, 'exit')
    let [said, complained] = ['', '']
    program.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
    program.stderr.on('data', (bytes: Buffer) => (complained += bytes.toString()))
    const submitted = () =>
      expect.poll(async () => (await work()).state + complained, { timeout: 30_000 }).toBe('submitted')

    await submitted()
    const titles = ['1', '2', '3'].map((number) => `Three titles for the harbour film ${number}`)
    expect(await work()).toMatchObject({ result: titles.join('\n') })
    expect(await task()).toMatchObject({ status: 'waiting' })
    const no = { verdict: 'reject', note: 'Say that it is at dawn' }
    expect(await call('POST', `planner/delegations/${id}/review`, no)).toMatchObject({ state: 'in_progress' })
    await submitted()
    expect((await work()).result).toContain('Changed: Say that it is at dawn')
    await call('POST', `planner/delegations/${id}/review`, { verdict: 'accept', note: 'Good' })

    expect(await ended).toEqual([0, null])
    const lines = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const agentId = lines[0]?.['registered']
    expect(lines.slice(1)).toEqual([{ submitted: id }, { ownReview: 403 }, { submitted: id }, { ended: 'completed' }])
    expect(await task()).toMatchObject({ status: 'done', assignee: `agent:${String(agentId)}` })
  } finally {
    program.kill('SIGKILL')
  }
})
