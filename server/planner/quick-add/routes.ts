import { type RouteDefinition, route } from '#platform/http/route.ts'
import { QuickAddWish, QuickAdded } from './schema.ts'
import { quickAdd } from './service.ts'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'quickAdd',
    method: 'POST',
    path: '/api/v1/planner/quick-add',
    summary:
      'Write down a task in one line: project, labels, priority, people, day, time and repeat are read out of it',
    idempotency: 'accepted',
    tag: 'Planner: quick add',
    permission: 'task:write',
    body: QuickAddWish,
    ok: [200, QuickAdded],
    handler: async (ctx, { body, reply }) => {
      const { added, etag } = await quickAdd(ctx, body)
      if (etag !== null) reply.header('ETag', etag).header('Location', `/api/v1/planner/tasks/${added.task.id}`)
      return added
    },
  }),
]

export default routes
