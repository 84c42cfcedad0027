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
