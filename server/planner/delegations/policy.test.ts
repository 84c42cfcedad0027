import { expect, test } from 'vitest'
import type { UserActor } from '#platform/context.ts'
import { type Guarded, isReviewer, isWorker } from './policy.ts'

type How = Pick<UserActor, 'credentialKind'> & { readonly workspaceId?: string; readonly manages?: true }
const actor = (userId: string, { credentialKind = 'session', workspaceId = 'here', manages }: How = {}): UserActor => ({
  ...{ kind: 'user', userId, workspaceId, credentialKind },
  permissions: new Set(['task:write', ...(manages ? ['member:manage'] : [])]),
})
const handed = (to: Partial<Guarded>): Guarded => ({
  ...{ workspaceId: 'here', delegatedBy: 'giver', userId: null, agentId: null, agentUserId: null, ...to },
})
const toPerson = handed({ userId: 'worker' })
const toAgent = handed({ agentId: 'agent', agentUserId: 'robot' })
const toOwnAgent = handed({ agentId: 'agent', agentUserId: 'giver' })
const queued = handed({})

test.each([
  // who calls, as which agent: works on what was handed to a person, to an agent, to nobody yet
  ['the person', actor('worker'), null, [true, false, false]],
  ['the agent', actor('robot', { credentialKind: 'api-key' }), 'agent', [false, true, false]],
  ['another agent', actor('other', { credentialKind: 'api-key' }), 'another', [false, false, false]],
  ['the account of the agent, signed in', actor('robot'), null, [false, false, false]],
  ['who handed it over', actor('giver'), null, [false, false, false]],
  ['who manages members', actor('admin', { manages: true }), null, [false, false, false]],
  ['the person in another workspace', actor('worker', { workspaceId: 'there' }), null, [false, false, false]],
])('%s does what was handed to them alone', (_, who, agentId, expected) => {
  expect([toPerson, toAgent, queued].map((one) => isWorker(who, agentId, one))).toEqual(expected)
})

test.each([
  // who decides about what was handed to a person, to an agent, to an agent of the giver's own
  ['who handed it over', actor('giver'), [true, true, true]],
  ['who handed it over, by a key', actor('giver', { credentialKind: 'api-key' }), [true, true, false]],
  ['who manages members', actor('admin', { manages: true }), [true, true, true]],
  ['whose work it is', actor('worker', { manages: true }), [false, true, true]],
  ['the agent', actor('robot', { credentialKind: 'api-key', manages: true }), [true, false, true]],
  ['a fellow', actor('fellow'), [false, false, false]],
  ['who manages members elsewhere', actor('admin', { workspaceId: 'there', manages: true }), [false, false, false]],
])('%s', (_, who, expected) => {
  expect([toPerson, toAgent, toOwnAgent].map((one) => isReviewer(who, one))).toEqual(expected)
})

test('what one does by oneself one may take back', () => {
  expect(isReviewer(actor('giver'), handed({ userId: 'giver' }))).toBe(true)
})
