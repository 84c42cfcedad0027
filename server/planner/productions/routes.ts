import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskParams } from '../tasks/schema.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { NewTaskProduction, TaskProduction } from './schema.ts'
import { TaskNotProducible, requestProduction } from './service.ts'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'produceTask',
    method: 'POST',
    path: '/api/v1/planner/tasks/:id/productions',
    summary: 'Have a film made of a task; the task completes itself when it can be watched',
    idempotency: 'accepted',
    tag: 'Planner: tasks',
    permission: 'task:write',
    params: TaskParams,
    body: NewTaskProduction,
    ok: [202, TaskProduction],
    problems: [TaskNotFound, TaskNotProducible],
    handler: async (ctx, { params, body, reply }) => {
      const made = await requestProduction(ctx, params.id, body)
      reply.header('Location', `/api/v1/channels/productions/${made.productionId}`)
      return made
    },
  }),
]

export default routes
