import type { Make } from './made.ts'
import type { Things } from './things.ts'

const PLANNER = '/api/v1/planner'
const TASKS = `${PLANNER}/tasks`

/** The id of something new that the editor makes with these words. */
async function given({ asEditor }: Things, path: string, body: unknown): Promise<string> {
  const reply = await asEditor('POST', `${PLANNER}/${path}`, { body })
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
const deleted = async (things: Things, path: string, id: string): Promise<string> => {
  await things.asEditor('DELETE', `${PLANNER}/${path}/${id}`)
  return id
}

/** How the operations of the planner are called, by the names that they have in `permissions.golden.ts`. */
export const plannerCalls: Readonly<Record<string, Make>> = {
  capture: () => ({ path: `${PLANNER}/captures`, body: { text: 'Another thought' } }),
  'getCapture: of the editor': async ({ capture }) => ({ path: `${PLANNER}/captures/${(await capture()).id}` }),

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

  splitTask: async (things) => ({ path: `${TASKS}/${await task(things)}/split`, body: {} }),
  estimateTask: async (things) => ({ path: `${TASKS}/${await task(things)}/estimate` }),
  nextSteps: async (things) => {
    const parentId = await task(things)
    return { path: `${PLANNER}/steps?parentId=${parentId}`, tells: await task(things, { parentId }) }
  },
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
  listFeeds: async (things) => ({ path: `${PLANNER}/feeds`, tells: await given(things, 'feeds', { name: 'A feed' }) }),
  revokeFeed: async (things) => ({ path: `${PLANNER}/feeds/${await given(things, 'feeds', { name: 'A feed' })}` }),
  readFeed: async (things) => {
    const reply = await things.asEditor('POST', `${PLANNER}/feeds`, { body: { name: 'A feed' } })
    return { path: new URL(reply.json<{ url: string }>().url).pathname }
  },

  getStatistics: () => ({ path: `${PLANNER}/statistics` }),
}
