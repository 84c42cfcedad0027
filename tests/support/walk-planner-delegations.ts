import { newId } from '#kernel/ids.ts'
import type { CallOptions, Reply, TestApp } from './app.ts'
import { givenMember, givenStranger } from './attacks.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

const PLANNER = '/api/v1/planner'
const COLLECTION = `${PLANNER}/delegations`
const AGENTS = `${PLANNER}/agents`

/** Calls the routes of what is handed over and of agents, in a workspace of its own. */
export async function walkDelegations(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const { token, workspaceId } = await givenStranger(app)
  const worker = await givenMember(app, { workspaceId, role: 'editor' })
  const hand = async (says: string, wish: object): Promise<string> => {
    const made = await call('POST', `${PLANNER}/tasks`, { token, body: { title: 'A walk' } })()
    const body = { taskId: made.json<{ id: string }>().id, ...wish }
    const handed = await visit('handOver', says, call('POST', COLLECTION, { token, body }))
    return `${COLLECTION}/${handed.json<{ id: string }>().id}`
  }
  await hand('to oneself', { mode: 'do' })
  await hand('to nobody', { mode: 'delete' })
  const first = await hand('to a person', { mode: 'delegate', assignee: `user:${worker.userId}` })
  const second = await hand('to whoever comes', { mode: 'delegate', skills: ['walk'] })
  await walkAgents(visit, call, worker.token)
  const third = await hand('to an agent that is idle', { mode: 'delegate', skills: ['walk'] })

  const by = { token: worker.token }
  await visit('listDelegations', 'a page', call('GET', COLLECTION, { token }))
  await visit('listDelegations', 'of a person', call('GET', `${COLLECTION}?assignee=user:${worker.userId}`, { token }))
  await visit('getDelegation', 'of one', call('GET', first, by))
  await visit('getDelegation', 'of none', call('GET', `${COLLECTION}/${newId()}`, by))
  await visit('getRequirement', 'of one', call('GET', `${first}/requirement`, by))
  const { taskId } = (await call('GET', first, by)()).json<{ taskId: string }>()
  const tasks = `${PLANNER}/tasks`
  await visit('getTaskRequirement', 'of one that is handed over', call('GET', `${tasks}/${taskId}/requirement`, by))
  await visit('getTaskRequirement', 'of none', call('GET', `${tasks}/${newId()}/requirement`, by))
  await visit('acceptWork', 'by a person', call('POST', `${first}/accept`, by))
  await visit('acceptWork', 'that was accepted', call('POST', `${first}/accept`, by))
  const progress = { ...by, body: { percent: 10, note: 'Some' } }
  await visit('reportProgress', 'the first', call('POST', `${first}/progress`, progress))
  await visit('reportProgress', 'another', call('POST', `${first}/progress`, progress))
  const submit = call('POST', `${first}/submit`, { ...by, body: { result: 'Walked' } })
  await visit('submitWork', 'by a person', submit)
  const review = (body: object) => call('POST', `${first}/review`, { token, body })
  await visit('reviewWork', 'sent back', review({ verdict: 'reject', note: 'Further' }))
  await submit()
  await visit('reviewWork', 'accepted', review({ verdict: 'accept' }))
  await visit('getDelegationHistory', 'of one', call('GET', `${first}/history`, by))
  await visit('withdrawWork', 'that waits', call('POST', `${second}/withdraw`, { token, body: {} }))
  await visit('refuseWork', 'by an agent', call('POST', `${third}/refuse`, { ...by, body: { reason: 'Tired' } }))
}

/** Calls the routes of swipes. */
export async function walkSwipes(visit: Visit, call: Caller): Promise<void> {
  const collection = `${PLANNER}/swipes`
  const swipe = async (says: string, wish: object): Promise<string> => {
    const made = await call('POST', `${PLANNER}/tasks`, { body: { title: 'Walk around the block' } })()
    const body = { taskId: made.json<{ id: string }>().id, ...wish }
    const swiped = await visit('swipeTask', says, call('POST', collection, { body }))
    return swiped.json<{ swipe: { id: string } }>().swipe.id
  }
  await swipe('left', { direction: 'left', reason: 'Rain' })
  await swipe('up', { direction: 'up', skills: ['walk'] })
  await swipe('right, with me', { direction: 'right', how: 'with-me' })
  const id = await swipe('right, alone', { direction: 'right', how: 'solo', minutes: 10 })
  await visit('listSwipes', 'a page', call('GET', collection))
  await visit('getRunningTimer', 'that runs', call('GET', `${collection}/running`))
  const finish = call('POST', `${collection}/${id}/finish`, { body: { isDone: true } })
  await visit('finishTimer', 'that runs', finish)
  await visit('finishTimer', 'that has ended', finish)
}

async function walkAgents(visit: Visit, call: Caller, token: string): Promise<void> {
  const body = { name: 'A walker', skills: ['walk'], maxConcurrent: 2 }
  await visit('heartbeatAgent', 'of none', call('POST', `${AGENTS}/me/heartbeat`, { token }))
  const made = await visit('registerAgent', 'a new one', call('PUT', `${AGENTS}/me`, { token, body }))
  await visit('heartbeatAgent', 'of one', call('POST', `${AGENTS}/me/heartbeat`, { token }))
  await visit('listAgents', 'a page', call('GET', AGENTS, { token }))
  const at = `${AGENTS}/${made.json<{ id: string }>().id}`
  await visit('getAgent', 'of one', call('GET', at, { token }))
  await visit('takeWork', 'that waits', call('POST', `${AGENTS}/me/take`, { token }))
  await visit('takeWork', 'while there is none', call('POST', `${AGENTS}/me/take`, { token }))
  await visit('removeAgent', 'of one', call('DELETE', at, { token }))
  await visit('registerAgent', 'again', call('PUT', `${AGENTS}/me`, { token, body }))
}
