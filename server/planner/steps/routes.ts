import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { NextQuery, NextSteps, SplitParams, SplitResult, SplitWish } from './schema.ts'
import { TaskHasParts, TaskIsClosed, TooDeep, nextSteps, splitInto } from './service.ts'

const tag = 'Planner: tasks'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'nextSteps',
    method: 'GET',
    path: '/api/v1/planner/steps',
    summary: 'What to do now: a small thing that suits the moment',
    tag,
    permission: 'task:read',
    query: NextQuery,
    ok: [200, NextSteps],
    handler: (ctx, { query }) => nextSteps(ctx, query),
  }),
  route({
    id: 'splitTask',
    method: 'POST',
    path: '/api/v1/planner/tasks/:id/split',
    summary:
      'Split a task that has no parts into steps of 2 to 5 minutes, or into parts when it is long; with a model where one is connected, which costs',
    idempotency: 'required',
    waitsForOthers: true,
    tag,
    permission: 'task:write',
    params: SplitParams,
    body: SplitWish,
    ok: [200, SplitResult],
    problems: [TaskNotFound, TaskHasParts, TaskIsClosed, TooDeep],
    handler: (ctx, { params, body }) => splitInto(ctx, params.id, body),
  }),
]

export default routes
