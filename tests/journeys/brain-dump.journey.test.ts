import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, keyed, testApp } from '#tests/support/app.ts'

const PLANNER = '/api/v1/planner'

interface Capture {
  readonly id: string
  readonly state: string
  readonly taskIds: readonly string[]
  readonly proposal: { readonly tasks: readonly { readonly title: string; readonly taskId: string | null }[] } | null
}
interface Task {
  readonly id: string
  readonly title: string
  readonly status: string
  readonly progress: { readonly done: number; readonly total: number }
}

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp()
})
afterAll(() => airdate[Symbol.asyncDispose]())

const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
  const reply = await airdate.call(method, `${PLANNER}${path}`, body === undefined ? {} : { body, headers: keyed() })
  expect(reply.status, `${method} ${path} ${reply.bytes.toString()}`).toBeLessThan(300)
  return reply.status === 204 ? (undefined as T) : (reply.json() as T)
}

test('what is in somebody’s head becomes tasks, one of them becomes steps, and the steps are done one after the other', async () => {
  const text = [
    'ok so I need to edit the vlog about Lisbon before friday and call the dentist tomorrow',
    'also buy a birthday present for Nora, that is urgent',
  ].join('\n')
  const captured = await ask<Capture>('POST', '/captures', { text, mode: 'manual', timeZone: 'Europe/Lisbon' })
  const seen = async (): Promise<Capture> => ask('GET', `/captures/${captured.id}`)
  await expect.poll(async () => (await seen()).state, { timeout: 20_000 }).toBe('split')
  const saved = await ask<Capture>('POST', `/captures/${captured.id}/save`, {})
  expect(saved.state).toBe('saved')
  const tasks = (await ask<{ items: Task[] }>('GET', '/tasks?open=true')).items
  expect(tasks.map(({ title }) => title.toLowerCase()).toSorted()).toEqual([
    expect.stringContaining('buy a birthday present'),
    expect.stringContaining('call the dentist'),
    expect.stringContaining('edit the vlog about lisbon'),
  ])

  const vlog = tasks.find(({ title }) => /vlog/i.test(title))
  const { items: steps } = await ask<{ items: { id: string; minutes: number }[] }>(
    'POST',
    `/tasks/${vlog?.id}/split`,
    {},
  )
  expect(steps.length).toBeGreaterThanOrEqual(3)
  expect(steps.every(({ minutes }) => minutes >= 2 && minutes <= 5)).toBe(true)
  for (const [at] of steps.entries()) {
    const [next] = (await ask<{ items: { task: Task }[] }>('GET', `/steps?parentId=${vlog?.id}`)).items
    expect(next?.task.id).toBe(steps[at]?.id)
    await ask('PATCH', `/tasks/${next?.task.id}`, { status: 'done' })
  }
  const whole = await ask<Task>('GET', `/tasks/${vlog?.id}`)
  expect(whole.progress).toEqual({ done: steps.length, total: steps.length })
  await ask('PATCH', `/tasks/${vlog?.id}`, { status: 'done' })
  const { completedToday } = await ask<{ completedToday: number }>('GET', '/statistics')
  expect(completedToday).toBe(steps.length + 1)
})
