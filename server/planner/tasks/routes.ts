import { isUnchanged } from '#platform/http/etag.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Task, TaskPage, TaskParams, TaskQuery } from './schema.ts'
import { TaskNotFound, taskWithTag, tasksOf } from './service.ts'

const tag = 'Planner: tasks'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listTasks',
    method: 'GET',
    path: '/api/v1/planner/tasks',
    summary: 'The tasks of the workspace, newest first',
    tag,
    permission: 'task:read',
    query: TaskQuery,
    ok: [200, TaskPage],
    handler: (ctx, { query }) => tasksOf(ctx, query),
  }),
  route({
    id: 'getTask',
    method: 'GET',
    path: '/api/v1/planner/tasks/:id',
    summary: 'One task',
    tag,
    permission: 'task:read',
    params: TaskParams,
    ok: [200, Task],
    also: [[304, null]],
    headers: { 'If-None-Match': 'An `ETag`: answered by 304 while it holds.' },
    problems: [TaskNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { task, etag } = await taskWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return task
      await reply.code(304).send()
      return undefined
    },
  }),
]

export default routes
