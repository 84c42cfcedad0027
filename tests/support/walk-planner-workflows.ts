import { newId } from '#kernel/ids.ts'
import { type CallOptions, type Reply, type TestApp, keyed } from './app.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

const COLLECTION = '/api/v1/planner/workflows'
const EXECUTIONS = `${COLLECTION}/executions`
/** One of those that come with the server. */
const BUILT_IN = '019aa000-0000-7000-8000-000000000103'

/** Calls the routes of workflows and of what is run of them. */
export async function walkWorkflows(app: TestApp, visit: Visit, call: Caller, taskId: string): Promise<void> {
  const step = { label: 'Begin {about}', minutes: 5, kind: 'human', icon: null }
  const body = { name: 'A walk', template: 'A walk for {task}', steps: [step, step, step] }
  const made = await visit('createWorkflow', 'of three steps', call('POST', COLLECTION, { body }))
  const at = `${COLLECTION}/${made.json<{ id: string }>().id}`
  await visit('listWorkflows', 'a page', call('GET', COLLECTION))
  await visit('getWorkflow', 'of one', call('GET', at))
  await visit('getWorkflow', 'that came with the server', call('GET', `${COLLECTION}/${BUILT_IN}`))
  await visit('getWorkflow', 'of none', call('GET', `${COLLECTION}/${newId()}`))
  await visit('changeWorkflow', 'its name', call('PATCH', at, { body: { name: 'A longer walk' } }))
  await visit(
    'changeWorkflow',
    'that came with the server',
    call('PATCH', `${COLLECTION}/${BUILT_IN}`, { body: { name: 'Mine' } }),
  )
  await visit(
    'runWorkflow',
    'about words',
    call('POST', `${at}/executions`, { headers: keyed(), body: { about: 'Tea', recentTasks: 0 } }),
  )
  const run = await visit(
    'runWorkflow',
    'about a task',
    call('POST', `${at}/executions`, { headers: keyed(), body: { taskId } }),
  )
  const execution = `${EXECUTIONS}/${run.json<{ id: string }>().id}`
  await visit('listExecutions', 'a page', call('GET', EXECUTIONS))
  await visit('getExecution', 'of one', call('GET', execution))
  await visit('getExecution', 'of none', call('GET', `${EXECUTIONS}/${newId()}`))
  // No job is heard of any more: how far it is does not depend on a worker.
  const stands = (state: string, ended: string) =>
    app.db.sql(`update planner.workflow_executions set round = round + 1, state = '${state}', ended_at = ${ended}`)
  await stands('failed', 'now()')
  await visit('retryExecution', 'of one that failed', call('POST', `${execution}/retry`, { headers: keyed() }))
  await stands('queued', 'null')
  await visit('cancelExecution', 'of one that waits', call('POST', `${execution}/cancel`))
  await visit('cancelExecution', 'of one that has ended', call('POST', `${execution}/cancel`))
  await visit('retryExecution', 'of one that was ended', call('POST', `${execution}/retry`, { headers: keyed() }))
  await visit('applyExecution', 'of one that is not done', call('POST', `${execution}/apply`, { body: {} }))
  await stands('done', 'now()')
  await visit('applyExecution', 'of three steps', call('POST', `${execution}/apply`, { body: {} }))
  await visit('applyExecution', 'that is applied', call('POST', `${execution}/apply`, { body: {} }))
  await visit('deleteWorkflow', 'of one', call('DELETE', at))
  await visit('restoreWorkflow', 'of one', call('POST', `${at}/restore`))
}
