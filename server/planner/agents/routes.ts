import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { isUnchanged } from '#platform/http/etag.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Taken } from '../delegations/schema.ts'
import { takeWork } from '../delegations/service.ts'
import { Agent, AgentPage, AgentParams, AgentQuery, AgentRegistration, Heartbeat } from './schema.ts'
import {
  AgentNotFound,
  KeyNeeded,
  NotYourAgent,
  agent,
  agents,
  heartbeat,
  registerAgent,
  removeAgent,
} from './service.ts'

const tag = 'Planner: delegation'
const COLLECTION = '/api/v1/planner/agents'

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listAgents', method: 'GET', path: COLLECTION, tag, permission: 'task:read' },
    summary: 'The agents of the workspace, newest first',
    query: AgentQuery,
    ok: [200, AgentPage],
    handler: (ctx, { query }) => agents(ctx, query),
  }),
  route({
    ...{ id: 'registerAgent', method: 'PUT', path: `${COLLECTION}/me`, tag, permission: 'task:write' },
    summary: 'Register the account of the key as an agent, or say anew what it can do',
    body: AgentRegistration,
    ok: [200, Agent],
    problems: [KeyNeeded],
    handler: async (ctx, { body, reply }) => {
      const { agent: registered, etag } = await registerAgent(ctx, body)
      reply.header('ETag', etag)
      return registered
    },
  }),
  route({
    ...{ id: 'heartbeatAgent', method: 'POST', path: `${COLLECTION}/me/heartbeat`, tag, permission: 'task:write' },
    summary: 'Say that one is still there; any other call of an agent about work says so too',
    ok: [200, Heartbeat],
    problems: [KeyNeeded, AgentNotFound],
    handler: (ctx) => heartbeat(ctx),
  }),
  route({
    ...{ id: 'takeWork', method: 'POST', path: `${COLLECTION}/me/take`, tag, permission: 'task:write' },
    summary: 'Take what was offered, or the next that fits one’s skills; null while there is nothing, or no room',
    idempotency: 'accepted',
    ok: [200, Taken],
    problems: [KeyNeeded, AgentNotFound],
    handler: (ctx) => takeWork(ctx),
  }),
  route({
    ...{ id: 'getAgent', method: 'GET', path: `${COLLECTION}/:id`, tag, permission: 'task:read' },
    summary: 'One agent',
    params: AgentParams,
    ok: [200, Agent],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [AgentNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { agent: one, etag } = await agent(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return one
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ id: 'removeAgent', method: 'DELETE', path: `${COLLECTION}/:id`, tag, permission: 'task:write' },
    summary: 'Remove an agent; what it has in hand goes back within a minute. Registering puts it back',
    params: AgentParams,
    headers: ifMatch,
    ok: [204, null],
    problems: [AgentNotFound, NotYourAgent, PreconditionFailed],
    handler: (ctx, { params: { id }, request }) => removeAgent(ctx, id, request.headers['if-match']),
  }),
]

export default routes
