import { setTimeout as delay } from 'node:timers/promises'
import { newId } from '#kernel/ids.ts'
import { type CallOptions, type Reply, type TestApp, keyed } from './app.ts'
import { walkDelegations, walkSwipes } from './walk-planner-delegations.ts'
import { walkTemplates } from './walk-planner-templates.ts'
import { walkWorkflows } from './walk-planner-workflows.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

const PLANNER = '/api/v1/planner'
const TASKS = `${PLANNER}/tasks`

/** Calls the routes of the planner. Returns the id of a task of the inbox. */
export async function walkPlanner(app: TestApp, visit: Visit, call: Caller): Promise<string> {
  const taskId = await walkCaptures(app, visit, call)
  await walkQuickAdds(visit, call)
  await walkTasks(app, visit, call, taskId)
  await walkRecurrence(visit, call)
  await walkProjects(visit, call)
  await walkFilters(visit, call)
  await walkFeeds(visit, call)
  await walkPrompts(visit, call, taskId)
  await walkRecording(app, visit, call)
  await walkTemplates(visit, call)
  await walkDelegations(app, visit, call)
  await walkWorkflows(app, visit, call, taskId)
  await walkSwipes(visit, call)
  return taskId
}

async function walkCaptures(app: TestApp, visit: Visit, call: Caller): Promise<string> {
  const captures = `${PLANNER}/captures`
  const captured = await visit('capture', 'a thought', call('POST', captures, { body: { text: 'A walk' } }))
  const { id: captureId, taskId } = captured.json<{ id: string; taskId: string }>()
  const withKey = { body: { text: 'A walk' }, headers: { 'Idempotency-Key': newId() } }
  const keptOnce = await visit('capture', 'with a key', call('POST', captures, withKey))
  await visit('capture', 'with the same key again', call('POST', captures, withKey))
  await visit('getCapture', 'of one', call('GET', `${captures}/${captureId}`))
  await visit('getCapture', 'of none', call('GET', `${captures}/${newId()}`))
  await visit('listCaptures', 'a page', call('GET', captures))
  await walkSplitCapture(app, visit, call)
  const at = `${captures}/${keptOnce.json<{ id: string }>().id}`
  await visit('deleteCapture', 'of one', call('DELETE', at))
  await visit('restoreCapture', 'of one', call('POST', `${at}/restore`))
  return taskId
}

async function walkQuickAdds(visit: Visit, call: Caller): Promise<void> {
  const added = (text: string, more = {}) => call('POST', `${PLANNER}/quick-add`, { body: { text, ...more } })
  await visit('quickAdd', 'of words alone', added('A walk'))
  await visit(
    'quickAdd',
    'of all there is, into a new project',
    added('A walk tomorrow 5pm #Walks @out p1 +nobody ~1h e2'),
  )
  await visit('quickAdd', 'into a project that is there', added('A walk every day #Walks'))
  await visit('quickAdd', 'that is only shown', added('A walk #Walks', { dryRun: true }))
}

/** A note of five bytes that hold no sound. */
async function walkRecording(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const headers = {
    ...{ 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream', 'Upload-Length': '5' },
    'Upload-Metadata': `purpose ${Buffer.from('note').toString('base64')}`,
  }
  const upload = { headers, body: Buffer.from('hello') }
  const made = await visit('createUpload', 'of a note, with all bytes', call('POST', '/api/v1/uploads', upload))
  const at = `${PLANNER}/captures/${made.headers.get('airdate-capture-id')}/recording`
  // its job runs a moment later
  while ((await app.call('GET', at)).json<{ state: string }>().state === 'listening') await delay(20)
  await visit('getRecording', 'of one', call('GET', at))
  await visit('getRecordingFile', 'the whole', call('GET', `${at}/file`))
  await visit('getRecordingFile', 'a range', call('GET', `${at}/file`, { headers: { Range: 'bytes=1-2' } }))
  await visit('getRecordingFile', 'beyond its end', call('GET', `${at}/file`, { headers: { Range: 'bytes=9-' } }))
  await visit('transcribeRecording', 'of one', call('POST', `${at}/transcription`, { headers: keyed() }))
  await visit('getRecording', 'of none', call('GET', `${PLANNER}/captures/${newId()}/recording`))
}

/** A thought of two tasks, one of which is doubtful: its question, its answer, its tasks. */
async function walkSplitCapture(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const captures = `${PLANNER}/captures`
  const dump = { text: 'call Ana\ndishes', mode: 'clarify' }
  const { id } = (await visit('capture', 'that is split', call('POST', captures, { body: dump }))).json<{
    id: string
  }>()
  const at = `${captures}/${id}`
  // its job runs a moment later
  while ((await app.call('GET', at)).json<{ state: string }>().state === 'splitting') await delay(20)
  const answers = { answers: [{ id: '1.isTask', value: 'yes' }] }
  await visit('answerCapture', 'of one question', call('POST', `${at}/answers`, { body: answers }))
  await visit('saveCapture', 'of two tasks', call('POST', `${at}/save`, { body: {} }))
  await visit('saveCapture', 'of one that is saved', call('POST', `${at}/save`, { body: {} }))
}

async function walkPrompts(visit: Visit, call: Caller, taskId: string): Promise<void> {
  const prompts = `${PLANNER}/prompts`
  await visit('createPrompt', 'for a film', call('POST', prompts, { body: { about: 'my kitchen' } }))
  const made = await visit('createPrompt', 'for a task', call('POST', prompts, { body: { taskId } }))
  const at = `${prompts}/${made.json<{ id: string }>().id}`
  const answer = { text: 'A plan:\n1. Go (5 min)\n2. Come back' }
  await visit('answerPrompt', 'with two steps', call('POST', `${at}/answer`, { body: answer }))
  await visit('answerPrompt', 'of one that has its answer', call('POST', `${at}/answer`, { body: answer }))
  await visit('getPrompt', 'of one', call('GET', at))
  await visit('getPrompt', 'of none', call('GET', `${prompts}/${newId()}`))
}

async function walkTasks(app: TestApp, visit: Visit, call: Caller, taskId: string): Promise<void> {
  await visit('listTasks', 'a page', call('GET', `${TASKS}?status=inbox`))
  await visit('listTasks', 'by what is due', call('GET', `${TASKS}?order=due`))
  await visit('listTasks', 'by words', call('GET', `${TASKS}?q=walk`))
  await visit('getTask', 'of one', call('GET', `${TASKS}/${taskId}`))
  await visit('getTask', 'of none', call('GET', `${TASKS}/${newId()}`))
  const made = await visit('createTask', 'of words alone', call('POST', TASKS, { body: { title: 'A walk' } }))
  const { id } = made.json<{ id: string }>()
  const full = { title: 'Below', parentId: id, labels: ['a', 'b'], foreign: { source: 'walk', externalId: newId() } }
  const below = await visit('createTask', 'below another, with all there is', call('POST', TASKS, { body: full }))
  const { id: child } = below.json<{ id: string }>()
  await visit('createTask', 'that was brought before', call('POST', TASKS, { body: full }))
  const at = `${TASKS}/${id}`
  await visit('orderTasks', 'of one child', call('PUT', `${at}/order`, { body: { ids: [child] } }))
  await visit('addDependency', 'of one', call('PUT', `${at}/dependencies/${taskId}`))
  await visit('listDependencies', 'of one', call('GET', `${at}/dependencies`))
  await visit('removeDependency', 'of one', call('DELETE', `${at}/dependencies/${taskId}`))
  await visit('changeTask', 'its words', call('PATCH', at, { body: { title: 'A longer walk', labels: ['c'] } }))
  await visit('changeTask', 'to done, with one below', call('PATCH', at, { body: { status: 'done' } }))
  await visit('changeTask', 'to be done again', call('PATCH', at, { body: { status: 'next' } }))
  const two = { ids: [id, child], change: { priority: 2 } }
  await visit('changeTasks', 'two of them', call('POST', `${TASKS}/bulk`, { body: two }))
  await visit(
    'splitTask',
    'that is tried',
    call('POST', `${TASKS}/${child}/split`, { headers: keyed(), body: { dryRun: true } }),
  )
  await visit('splitTask', 'into steps', call('POST', `${TASKS}/${child}/split`, { headers: keyed(), body: {} }))
  await visit('splitTask', 'that is split', call('POST', `${TASKS}/${child}/split`, { headers: keyed(), body: {} }))
  await visit('nextSteps', 'of all', call('GET', `${PLANNER}/steps`))
  await visit('nextSteps', 'in a meeting', call('GET', `${PLANNER}/steps?inMeeting=true&energy=2`))
  await visit('nextSteps', 'of one task', call('GET', `${PLANNER}/steps?parentId=${child}`))
  await visit('estimateTask', 'of one', call('POST', `${at}/estimate`, { headers: keyed() }))
  await visit('listPriorities', 'a page', call('GET', `${PLANNER}/priorities`))
  await visit(
    'advisePriorities',
    'without a model',
    call('POST', `${PLANNER}/priorities`, { headers: keyed(), body: {} }),
  )
  await visit('getStatistics', 'of the workspace', call('GET', `${PLANNER}/statistics`))
  await visit('deleteTask', 'with one below', call('DELETE', at))
  await visit('restoreTask', 'of one', call('POST', `${at}/restore`))
  await visit('restoreTask', 'of one that is there', call('POST', `${at}/restore`))
  await app.call('DELETE', at)
}

async function walkRecurrence(visit: Visit, call: Caller): Promise<void> {
  const body = { title: 'A walk each day', dueDate: '2050-01-01', recurrence: { rule: 'FREQ=DAILY' } }
  const made = await visit('createTask', 'that recurs', call('POST', TASKS, { body }))
  const at = `${TASKS}/${made.json<{ id: string }>().id}`
  await call('POST', TASKS, { body: { title: 'Below', parentId: made.json<{ id: string }>().id } })()
  const always = { title: 'A longer walk each day', scope: 'future' }
  await visit('changeTask', 'and all that come after it', call('PATCH', at, { body: always }))
  await visit('skipTask', 'with one below', call('POST', `${at}/skip`))
  await visit('skipTask', 'that was skipped', call('POST', `${at}/skip`))
  await visit('changeTask', 'to be not skipped', call('PATCH', at, { body: { status: 'next' } }))
  await visit('changeTask', 'to done, with the next to come', call('PATCH', at, { body: { status: 'done' } }))
}

async function walkProjects(visit: Visit, call: Caller): Promise<void> {
  const collection = `${PLANNER}/projects`
  const made = await visit('createPlannerProject', 'a new one', call('POST', collection, { body: { name: 'A walk' } }))
  const at = `${collection}/${made.json<{ id: string }>().id}`
  await visit('listPlannerProjects', 'a page', call('GET', collection))
  await visit('getPlannerProject', 'of one', call('GET', at))
  await visit('changePlannerProject', 'its name', call('PATCH', at, { body: { name: 'Another walk' } }))
  await visit('deletePlannerProject', 'of one', call('DELETE', at))
  await visit('restorePlannerProject', 'of one', call('POST', `${at}/restore`))
}

async function walkFeeds(visit: Visit, call: Caller): Promise<void> {
  const collection = `${PLANNER}/feeds`
  const made = await visit('createFeed', 'a new one', call('POST', collection, { body: { name: 'A walk' } }))
  const { id, url } = made.json<{ id: string; url: string }>()
  const { pathname } = new URL(url)
  await visit('listFeeds', 'a page', call('GET', collection))
  await visit('readFeed', 'by its address', call('GET', pathname))
  await visit('revokeFeed', 'of one', call('DELETE', `${collection}/${id}`))
  await visit('revokeFeed', 'of one that is gone', call('DELETE', `${collection}/${id}`))
  await visit('readFeed', 'that is gone', call('GET', pathname))
}

async function walkFilters(visit: Visit, call: Caller): Promise<void> {
  const collection = `${PLANNER}/filters`
  const body = { name: 'A walk', query: { open: true } }
  const made = await visit('saveFilter', 'a new one', call('POST', collection, { body }))
  const at = `${collection}/${made.json<{ id: string }>().id}`
  await visit('listFilters', 'a page', call('GET', collection))
  await visit('changeFilter', 'its name', call('PATCH', at, { body: { name: 'Another walk' } }))
  await visit('deleteFilter', 'of one', call('DELETE', at))
  await visit('restoreFilter', 'of one', call('POST', `${at}/restore`))
}
