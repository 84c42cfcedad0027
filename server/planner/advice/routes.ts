import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { EstimateParams, EstimateResult, PrioritiesQuery, PrioritiesResult } from './schema.ts'
import { estimate, priorities } from './service.ts'

const tag = 'Planner: tasks'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'estimateTask',
    method: 'POST',
    path: '/api/v1/planner/tasks/:id/estimate',
    summary:
      'Estimate how long a task takes, from what was finished before; with a model where one is connected, which costs',
    idempotency: 'required',
    waitsForOthers: true,
    tag,
    permission: 'task:write',
    params: EstimateParams,
    ok: [200, EstimateResult],
    problems: [TaskNotFound],
    handler: (ctx, { params }) => estimate(ctx, params.id),
  }),
  route({
    id: 'listPriorities',
    method: 'GET',
    path: '/api/v1/planner/priorities',
    summary: 'The open tasks in the order in which to do them, with reasons',
    tag,
    permission: 'task:read',
    query: PrioritiesQuery,
    ok: [200, PrioritiesResult],
    handler: (ctx, { query }) => priorities(ctx, query),
  }),
  route({
    id: 'advisePriorities',
    method: 'POST',
    path: '/api/v1/planner/priorities',
    summary: 'The same, put in order by a model where one is connected, which costs',
    idempotency: 'required',
    waitsForOthers: true,
    tag,
    permission: 'task:write',
    body: PrioritiesQuery,
    ok: [200, PrioritiesResult],
    handler: (ctx, { body }) => priorities(ctx, body, true),
  }),
]

export default routes
