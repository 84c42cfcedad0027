import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Statistics, StatisticsQuery } from './schema.ts'
import { statistics } from './service.ts'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'getStatistics',
    method: 'GET',
    path: '/api/v1/planner/statistics',
    summary: 'How the tasks of the workspace stand',
    tag: 'Planner: tasks',
    permission: 'task:read',
    query: StatisticsQuery,
    ok: [200, Statistics],
    handler: (ctx, { query }) => statistics(ctx, query),
  }),
]

export default routes
