import { newId } from '#kernel/ids.ts'
import { keyed } from '#tests/support/app.ts'
import { givenMember } from '#tests/support/attacks.ts'
import type { Make } from './made.ts'
import { TUS, type Things } from './things.ts'

const PLANNER = '/api/v1/planner'
const TASKS = `${PLANNER}/tasks`

/** The id of something new that the editor makes with these words. */
async function given({ asEditor }: Things, path: string, body: unknown): Promise<string> {
  const reply = await asEditor('POST', `${PLANNER}/${path}`, { body, headers: keyed() })
  if (reply.status > 299) throw new Error(`${path}: ${reply.status} ${reply.bytes.toString()}`)
  return reply.json<{ id: string }>().id
}

const task = (things: Things, rest: object = {}) => given(things, 'tasks', { title: 'A task', ...rest })
const project = (things: Things) => given(things, 'projects', { name: 'A project' })
const filter = (things: Things) => given(things, 'filters', { name: 'A filter', query: { open: true } })
const STEP = { label: 'A step', minutes: 5, kind: 'human', icon: null, offsetDays: null }
const TEMPLATE = { name: 'A template', category: 'work', visibility: 'public', steps: [STEP] }
const START = { startDate: '2026-12-01' }
const template = (things: Things, rest: object = {}) => given(things, 'templates', { ...TEMPLATE, ...rest })
const code = async (things: Things): Promise<string> => {
  const shared = await things.asEditor('PUT', `${PLANNER}/templates/${await template(things)}/share`)
  return shared.json<{ code: string }>().code
}
/** Work that its owner handed to the editor, who has taken these steps; its address. */
async function handed(things: Things, ...steps: readonly (readonly [string, object?])[]): Promise<string> {
  const { actors, app } = things
  const taskId = await task(things)
  const body = { taskId, mode: 'delegate', assignee: `user:${actors.people.editor.userId}` }
  const { token } = actors.people.owner
  const reply = await app.call('POST', `${PLANNER}/delegations`, { token, body })
  const path = `${PLANNER}/delegations/${reply.json<{ id: string }>().id}`
  for (const [step, said] of steps)
    await things.asEditor('POST', `${path}/${step}`, said === undefined ? {} : { body: said })
  return path
}
/** A swipe of the editor's, without a timer: those end each other. */
async function swipe(things: Things): Promise<string> {
  const body = { taskId: await task(things), direction: 'left' }
  const reply = await things.asEditor('POST', `${PLANNER}/swipes`, { body })
  return reply.json<{ swipe: { id: string } }>().swipe.id
}

const ACCEPTED = ['accept'] as const
const BEGUN = ['progress', { percent: 10 }] as const
const SUBMITTED = ['submit', { result: 'Done' }] as const

/** A call of an agent's own, by whoever calls: registered before, where they may. */
const asAgent =
  (path: string): Make =>
  async ({ app, actors }, actor) => {
    const body = { name: 'An agent', skills: [], maxConcurrent: 1 }
    await app.call('PUT', `${PLANNER}/agents/me`, { token: actors.token(actor), body })
    return { path: `${PLANNER}/agents/me/${path}` }
  }
/** An agent of the workspace: the editor's account, by its key. */
async function agentOfEditor({ asEditor }: Things): Promise<string> {
  const body = { name: 'An agent', skills: [], maxConcurrent: 1 }
  return (await asEditor('PUT', `${PLANNER}/agents/me`, { body })).json<{ id: string }>().id
}

const prompt = (things: Things) => given(things, 'prompts', { about: 'my kitchen' })

/** A thought that was split, with a question. */
async function captureThatAsks({ app, capture }: Things): Promise<string> {
  const { id } = await capture()
  await app.db.sql(`update planner.captures set state = 'clarifying', proposal = $2 where id = $1`, [id, PROPOSAL])
  return id
}

const PROPOSAL = JSON.stringify({
  ...{ path: 'rules', confidence: 0.5, rest: [] },
  tasks: [{ title: 'A', notes: '', start: 0, end: 1, fields: [], confidence: 0.5, dropped: false, taskId: null }],
  questions: [{ id: '0.isTask', task: 0, field: 'isTask', why: 'doubtful', question: 'Is it?', suggestions: [] }],
})

/** A recording that is kept. */
async function recording({ app, asEditor }: Things): Promise<string> {
  const reply = await asEditor('POST', '/api/v1/uploads', {
    headers: {
      ...TUS,
      ...{ 'Content-Type': 'application/offset+octet-stream', 'Upload-Length': '5' },
      'Upload-Metadata': `purpose ${Buffer.from('note').toString('base64')}`,
    },
    body: Buffer.from('hello'),
  })
  const id = reply.headers.get('airdate-capture-id') ?? ''
  await app.db.sql(`update planner.recordings set state = 'kept', reason = 'too_large' where id = $1`, [id])
  return id
}

/** A feed of the editor's; written as it is kept, because nobody makes as many as there are callers. */
async function feed({ app, actors }: Things): Promise<string> {
  const id = newId()
  await app.db.sql(
    `insert into planner.feeds (id, workspace_id, user_id, name, shows, secret_hash)
     values ($1, $2, $3, 'A feed', 'tasks', $4)`,
    [id, actors.workspaceId, actors.people.editor.userId, Buffer.from(id)],
  )
  return id
}

const deleted = async (things: Things, path: string, id: string): Promise<string> => {
  await things.asEditor('DELETE', `${PLANNER}/${path}/${id}`)
  return id
}

const EXECUTIONS = `${PLANNER}/workflows/executions`
const WORK = { label: 'A step', minutes: 5, kind: 'human', icon: null }
const WORKFLOW = { name: 'A workflow', template: 'Do it', steps: [WORK, WORK, WORK] }
const workflow = (things: Things) => given(things, 'workflows', WORKFLOW)
/** One of the editor's that stands so; nobody works on it here. */
const execution = async (things: Things, state: 'queued' | 'failed' | 'done'): Promise<string> => {
  const id = await given(things, `workflows/${await workflow(things)}/executions`, { way: 'rules' })
  if (state !== 'queued')
    await things.app.db.sql('update planner.workflow_executions set state = $2, ended_at = now() where id = $1', [
      id,
      state,
    ])
  return id
}

/** How the operations of the planner are called, by the names that they have in `permissions.golden.ts`. */
export const plannerCalls: Readonly<Record<string, Make>> = {
  capture: () => ({ path: `${PLANNER}/captures`, body: { text: 'Another thought' } }),
  'getCapture: of the editor': async ({ capture }) => ({ path: `${PLANNER}/captures/${(await capture()).id}` }),
  listCaptures: async ({ capture }) => ({ path: `${PLANNER}/captures`, tells: (await capture()).id }),
  answerCapture: async (things) => ({
    path: `${PLANNER}/captures/${await captureThatAsks(things)}/answers`,
    body: { answers: [{ id: '0.isTask', value: 'yes' }] },
  }),
  saveCapture: async (things) => ({
    path: `${PLANNER}/captures/${await captureThatAsks(things)}/save`,
    body: { tasks: [{ from: 0 }] },
  }),
  deleteCapture: async ({ capture }) => ({ path: `${PLANNER}/captures/${(await capture()).id}` }),
  restoreCapture: async (things) => ({
    path: `${PLANNER}/captures/${await deleted(things, 'captures', (await things.capture()).id)}/restore`,
  }),

  getRecording: async (things) => ({ path: `${PLANNER}/captures/${await recording(things)}/recording` }),
  getRecordingFile: async (things) => ({ path: `${PLANNER}/captures/${await recording(things)}/recording/file` }),
  transcribeRecording: async (things) => ({
    path: `${PLANNER}/captures/${await recording(things)}/recording/transcription`,
    headers: keyed(),
  }),

  createPrompt: () => ({ path: `${PLANNER}/prompts`, body: { about: 'my kitchen' } }),
  getPrompt: async (things) => ({ path: `${PLANNER}/prompts/${await prompt(things)}` }),
  answerPrompt: async (things) => ({
    path: `${PLANNER}/prompts/${await prompt(things)}/answer`,
    body: { text: '1. Go' },
  }),

  quickAdd: () => ({ path: `${PLANNER}/quick-add`, body: { text: 'Another task tomorrow' } }),

  createTask: () => ({ path: TASKS, body: { title: 'Another task' } }),
  getTask: async ({ capture }) => ({ path: `${TASKS}/${(await capture()).taskId}` }),
  listTasks: async ({ capture }) => ({ path: TASKS, tells: (await capture()).taskId }),
  changeTask: async (things) => ({ path: `${TASKS}/${await task(things)}`, body: { title: 'Changed' } }),
  changeTasks: async (things) => ({
    path: `${TASKS}/bulk`,
    body: { ids: [await task(things)], change: { priority: 4 } },
  }),
  deleteTask: async (things) => ({ path: `${TASKS}/${await task(things)}` }),
  restoreTask: async (things) => ({ path: `${TASKS}/${await deleted(things, 'tasks', await task(things))}/restore` }),
  skipTask: async (things) => ({
    path: `${TASKS}/${await task(things, { dueDate: '2050-01-01', recurrence: { rule: 'FREQ=DAILY' } })}/skip`,
  }),
  orderTasks: async (things) => {
    const parentId = await task(things)
    return { path: `${TASKS}/${parentId}/order`, body: { ids: [await task(things, { parentId })] } }
  },
  produceTask: async ({ capture }) => ({ path: `${TASKS}/${(await capture()).taskId}/productions`, body: {} }),

  splitTask: async (things) => ({ path: `${TASKS}/${await task(things)}/split`, headers: keyed(), body: {} }),
  estimateTask: async (things) => ({ path: `${TASKS}/${await task(things)}/estimate`, headers: keyed() }),
  nextSteps: async (things) => {
    const parentId = await task(things)
    return { path: `${PLANNER}/steps?parentId=${parentId}`, tells: await task(things, { parentId }) }
  },
  advisePriorities: () => ({ path: `${PLANNER}/priorities`, headers: keyed(), body: {} }),
  listPriorities: async (things) => ({
    path: `${PLANNER}/priorities?limit=100`,
    tells: await task(things, { priority: 4, dueDate: '2000-01-01' }),
  }),

  listDependencies: async (things) => ({ path: `${TASKS}/${await task(things)}/dependencies` }),
  addDependency: async (things) => ({ path: `${TASKS}/${await task(things)}/dependencies/${await task(things)}` }),
  removeDependency: async (things) => ({ path: `${TASKS}/${await task(things)}/dependencies/${await task(things)}` }),

  createPlannerProject: () => ({ path: `${PLANNER}/projects`, body: { name: 'Another project' } }),
  listPlannerProjects: async (things) => ({ path: `${PLANNER}/projects?limit=100`, tells: await project(things) }),
  getPlannerProject: async (things) => ({ path: `${PLANNER}/projects/${await project(things)}` }),
  changePlannerProject: async (things) => ({
    path: `${PLANNER}/projects/${await project(things)}`,
    body: { name: 'Changed' },
  }),
  deletePlannerProject: async (things) => ({ path: `${PLANNER}/projects/${await project(things)}` }),
  restorePlannerProject: async (things) => ({
    path: `${PLANNER}/projects/${await deleted(things, 'projects', await project(things))}/restore`,
  }),

  saveFilter: () => ({ path: `${PLANNER}/filters`, body: { name: 'Another filter', query: { open: true } } }),
  listFilters: async (things) => ({ path: `${PLANNER}/filters`, tells: await filter(things) }),
  changeFilter: async (things) => ({ path: `${PLANNER}/filters/${await filter(things)}`, body: { name: 'Changed' } }),
  deleteFilter: async (things) => ({ path: `${PLANNER}/filters/${await filter(things)}` }),
  restoreFilter: async (things) => ({
    path: `${PLANNER}/filters/${await deleted(things, 'filters', await filter(things))}/restore`,
  }),

  createTemplate: () => ({ path: `${PLANNER}/templates`, body: TEMPLATE }),
  listTemplates: async (things) => ({ path: `${PLANNER}/templates?limit=100`, tells: await template(things) }),
  'listTemplates: private ones of the editor': async (things) => ({
    path: `${PLANNER}/templates?limit=100`,
    tells: await template(things, { visibility: 'private' }),
  }),
  getTemplate: async (things) => ({ path: `${PLANNER}/templates/${await template(things)}` }),
  'getTemplate: a private one of the editor': async (things) => ({
    path: `${PLANNER}/templates/${await template(things, { visibility: 'private' })}`,
  }),
  changeTemplate: async (things) => ({
    path: `${PLANNER}/templates/${await template(things)}`,
    body: { name: 'Changed' },
  }),
  deleteTemplate: async (things) => ({ path: `${PLANNER}/templates/${await template(things)}` }),
  restoreTemplate: async (things) => ({
    path: `${PLANNER}/templates/${await deleted(things, 'templates', await template(things))}/restore`,
  }),
  copyTemplate: async (things) => ({ path: `${PLANNER}/templates/${await template(things)}/copy` }),
  applyTemplate: async (things) => ({ path: `${PLANNER}/templates/${await template(things)}/apply`, body: START }),
  shareTemplate: async (things) => ({ path: `${PLANNER}/templates/${await template(things)}/share` }),
  unshareTemplate: async (things) => ({ path: `${PLANNER}/templates/${await template(things)}/share` }),
  getShared: async (things) => ({ path: `${PLANNER}/shares/${await code(things)}` }),
  applyShared: async (things) => ({ path: `${PLANNER}/shares/${await code(things)}/apply`, body: START }),
  copyShared: async (things) => ({ path: `${PLANNER}/shares/${await code(things)}/copy` }),

  createFeed: () => ({ path: `${PLANNER}/feeds`, body: { name: 'Another feed' } }),
  listFeeds: async (things) => ({ path: `${PLANNER}/feeds`, tells: await feed(things) }),
  revokeFeed: async (things) => ({ path: `${PLANNER}/feeds/${await feed(things)}` }),
  readFeed: async (things) => {
    const reply = await things.asEditor('POST', `${PLANNER}/feeds`, { body: { name: 'A feed' } })
    return { path: new URL(reply.json<{ url: string }>().url).pathname }
  },
  swipeTask: async (things) => ({
    path: `${PLANNER}/swipes`,
    body: { taskId: await task(things), direction: 'left' },
  }),
  listSwipes: async (things) => ({ path: `${PLANNER}/swipes`, tells: await swipe(things) }),
  getRunningTimer: () => ({ path: `${PLANNER}/swipes/running` }),
  finishTimer: async (things) => ({
    path: `${PLANNER}/swipes/${await swipe(things)}/finish`,
    body: { isDone: false },
  }),

  handOver: async (things) => ({
    path: `${PLANNER}/delegations`,
    body: { taskId: await task(things), mode: 'do' },
  }),
  listDelegations: async (things) => ({
    path: `${PLANNER}/delegations?limit=100`,
    tells: (await handed(things)).split('/').at(-1) ?? '',
  }),
  getDelegation: async (things) => ({ path: await handed(things) }),
  'streamEvents: of a delegation': async (things) => ({
    path: `/api/v1/events?topics=delegation:${(await handed(things)).split('/').at(-1)}`,
  }),
  getDelegationHistory: async (things) => ({ path: `${await handed(things)}/history` }),
  getRequirement: async (things) => ({ path: `${await handed(things)}/requirement` }),
  getTaskRequirement: async (things) => ({ path: `${TASKS}/${await task(things)}/requirement` }),
  acceptWork: async (things) => ({ path: `${await handed(things)}/accept` }),
  reportProgress: async (things) => ({ path: `${await handed(things, ACCEPTED)}/progress`, body: { percent: 10 } }),
  submitWork: async (things) => ({ path: `${await handed(things, ACCEPTED, BEGUN)}/submit`, body: { result: 'Done' } }),
  refuseWork: async (things) => ({ path: `${await handed(things)}/refuse`, body: { reason: 'No' } }),
  reviewWork: async (things) => ({
    path: `${await handed(things, ACCEPTED, BEGUN, SUBMITTED)}/review`,
    body: { verdict: 'accept' },
  }),
  withdrawWork: async (things) => ({ path: `${await handed(things)}/withdraw`, body: {} }),
  registerAgent: () => ({
    path: `${PLANNER}/agents/me`,
    body: { name: 'An agent', skills: [], maxConcurrent: 1 },
  }),
  heartbeatAgent: asAgent('heartbeat'),
  takeWork: asAgent('take'),
  listAgents: async (things) => ({ path: `${PLANNER}/agents?limit=100`, tells: await agentOfEditor(things) }),
  getAgent: async (things) => ({ path: `${PLANNER}/agents/${await agentOfEditor(things)}` }),
  removeAgent: async ({ app, actors }) => {
    const { token } = await givenMember(app, { workspaceId: actors.workspaceId, role: 'editor' })
    const body = { name: 'An agent', skills: [], maxConcurrent: 1 }
    const { id } = (await app.call('PUT', `${PLANNER}/agents/me`, { token, body })).json<{ id: string }>()
    return { path: `${PLANNER}/agents/${id}` }
  },

  createWorkflow: () => ({ path: `${PLANNER}/workflows`, body: WORKFLOW }),
  listWorkflows: async (things) => ({ path: `${PLANNER}/workflows?limit=100`, tells: await workflow(things) }),
  getWorkflow: async (things) => ({ path: `${PLANNER}/workflows/${await workflow(things)}` }),
  changeWorkflow: async (things) => ({
    path: `${PLANNER}/workflows/${await workflow(things)}`,
    body: { name: 'Changed' },
  }),
  deleteWorkflow: async (things) => ({ path: `${PLANNER}/workflows/${await workflow(things)}` }),
  restoreWorkflow: async (things) => ({
    path: `${PLANNER}/workflows/${await deleted(things, 'workflows', await workflow(things))}/restore`,
  }),
  runWorkflow: async (things) => ({
    path: `${PLANNER}/workflows/${await workflow(things)}/executions`,
    headers: keyed(),
    body: {},
  }),
  listExecutions: async (things) => ({ path: `${EXECUTIONS}?limit=100`, tells: await execution(things, 'queued') }),
  getExecution: async (things) => ({ path: `${EXECUTIONS}/${await execution(things, 'queued')}` }),
  cancelExecution: async (things) => ({ path: `${EXECUTIONS}/${await execution(things, 'queued')}/cancel` }),
  retryExecution: async (things) => ({
    path: `${EXECUTIONS}/${await execution(things, 'failed')}/retry`,
    headers: keyed(),
  }),
  applyExecution: async (things) => ({ path: `${EXECUTIONS}/${await execution(things, 'done')}/apply`, body: {} }),

  getStatistics: () => ({ path: `${PLANNER}/statistics` }),
}
