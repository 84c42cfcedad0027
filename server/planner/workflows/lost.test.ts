import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { connectAi } from '#commons/ai/fixtures/connections.ts'
import { contextOf } from '#platform/jobs/fixtures/support.ts'
import { type TestApp, keyed, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { type AiDouble, type Asked, aiDouble } from '../../../tests/doubles/ai/double.ts'
import { runWorkflowJob } from './jobs.ts'
import { takeUpLost } from './lost.ts'
import type { Execution } from './schema.ts'

const WORKFLOWS = '/api/v1/planner/workflows'
const EXECUTIONS = `${WORKFLOWS}/executions`

let airdate: TestApp
let ai: AiDouble
let person: Stranger
beforeAll(async () => {
  // Nobody works on what is asked for here until a test has somebody do it.
  airdate = await testApp({ roles: ['api'] })
  ai = await aiDouble()
  person = await givenStranger(airdate)
  await connectAi({ db: airdate.db }, { workspaceId: person.workspaceId, url: ai.url })
})
afterAll(async () => {
  await ai[Symbol.asyncDispose]()
  await airdate[Symbol.asyncDispose]()
})

const done = async <T>(method: string, path: string, body?: object): Promise<T> => {
  const headers = keyed()
  const reply = await airdate.call(method, path, { token: person.token, headers, ...(body && { body }) })
  expect(reply.status, reply.bytes.toString()).toBeLessThan(300)
  return reply.json() as T
}
const read = (id: string) => done<Execution>('GET', `${EXECUTIONS}/${id}`)
const step = (label: string) => ({ label, minutes: 5, kind: 'human', icon: null })
async function ran(): Promise<string> {
  const steps = [step('Outline {about}'), step('Write {about}'), step('Read {about}')]
  const { id } = await done<{ id: string }>('POST', WORKFLOWS, { name: 'Script', template: 'For {task}', steps })
  return (await done<Execution>('POST', `${WORKFLOWS}/${id}/executions`, { about: 'Tea' })).id
}
const ctx = () => contextOf(airdate.db.database)({ kind: 'system', name: 'test', workspaceId: null }, 'test')
const loseJobs = () => airdate.db.sql(`delete from pgboss.job_common where name = $1`, [runWorkflowJob.name])
const saying = ({ data }: Asked) => {
  const { number } = data['step'] as { number: number }
  const words = { verb: 'Write', object: `the line of tea ${number}`, detail: '', minutes: 3, doneWhen: 'It is there.' }
  return { json: { ...words, confidence: 0.8 } } as const
}

test('an execution whose job was lost gets another one, and is done once', async () => {
  const id = await ran()
  // While it has its job nothing is missing.
  expect(await takeUpLost(ctx())).toBe(0)
  await loseJobs()
  expect(await takeUpLost(ctx())).toBe(1)
  expect(await takeUpLost(ctx())).toBe(0)
  await loseJobs()
  ai.answerBy(saying)
  // A worker looks for what is missing as it starts.
  await using worker = await testApp({ roles: ['worker', 'scheduler'], beside: airdate })
  await expect.poll(async () => (await read(id)).state, { timeout: 15_000 }).toBe('done')
  expect((await read(id)).steps.map(({ state, path }) => `${state} by ${path}`)).toEqual([
    ...['done by model', 'done by model', 'done by model'],
  ])
  expect(ai.asked).toHaveLength(3)
  expect(await takeUpLost({ ...ctx(), database: worker.db.database })).toBe(0)
  expect(await done('GET', EXECUTIONS)).toMatchObject({ items: [{ id, state: 'done' }] })
})

test('one whose job was given up has failed, and can be tried again from there', async () => {
  const id = await ran()
  await loseJobs()
  const key = runWorkflowJob.keyOf({ executionId: id, ...person, round: 1 })
  await airdate.db.sql(
    `insert into platform.dead_jobs (id, job_name, workspace_id, key, input, code, detail, priority, fair,
       expire_seconds, attempts, losses, enqueued_at, died_at)
     values ($1, $2, $3, $4, '{}', 'poison', 'Lost ten times', 0, true, 60, 1, 10, now(), now() + interval '1 second')`,
    [newId(), runWorkflowJob.name, person.workspaceId, key],
  )
  expect(await takeUpLost(ctx())).toBe(1)
  const { state, steps } = await read(id)
  expect([state, steps.map((one) => one.state)]).toEqual(['failed', ['failed', 'pending', 'pending']])
  expect(steps[0]?.failure?.code).toBe('internal')
  expect(await takeUpLost(ctx())).toBe(0)
  expect(await done('POST', `${EXECUTIONS}/${id}/retry`)).toMatchObject({ state: 'queued' })
  // The letter is of the round before.
  expect(await takeUpLost(ctx())).toBe(0)
  await loseJobs()
  expect(await takeUpLost(ctx())).toBe(1)
  expect((await read(id)).state).toBe('queued')
})

test('the system sees whose they are, and no word of them', async () => {
  await ran()
  const asSystem = (columns: string) =>
    airdate.db.database.one({ role: 'system' }, (db) =>
      (db as never as { selectFrom(table: string): { select(columns: string): never } })
        .selectFrom('planner.workflowExecutions')
        .select(columns),
    )
  expect((await asSystem('id')).length).toBeGreaterThan(0)
  for (const column of ['about', 'steps', 'context', 'request', 'notes'])
    await expect(asSystem(column)).rejects.toThrow('permission denied')
})
