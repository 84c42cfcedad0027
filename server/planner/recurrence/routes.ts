import { ifMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Task, TaskParams } from '../tasks/schema.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { NothingToSkip, skipOccurrence } from './skip.ts'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'skipTask',
    method: 'POST',
    path: '/api/v1/planner/tasks/:id/skip',
    summary: 'Skip this occurrence of what recurs; the next one comes',
    idempotency: 'accepted',
    tag: 'Planner: tasks',
    permission: 'task:write',
    params: TaskParams,
    headers: ifMatch,
    ok: [200, Task],
    problems: [TaskNotFound, NothingToSkip, PreconditionFailed],
    handler: async (ctx, { params, request, reply }) => {
      const { task, etag } = await skipOccurrence(ctx, params.id, request.headers['if-match'])
      reply.header('ETag', etag)
      return task
    },
  }),
]

export default routes
