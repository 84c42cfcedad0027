import { isUnchanged } from '#platform/http/etag.ts'
import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskKnown } from './create.ts'
import {
  BulkChange,
  BulkResult,
  ChildOrder,
  NewTask,
  Task,
  TaskChange,
  TaskPage,
  TaskParams,
  TaskQuery,
} from './schema.ts'
import {
  TaskNotFound,
  changeMany,
  changeTask,
  createTask,
  deleteTask,
  placeTasks,
  restoreTask,
  taskWithTag,
  tasksOf,
} from './service.ts'

const tag = 'Planner: tasks'
const COLLECTION = '/api/v1/planner/tasks'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listTasks',
    method: 'GET',
    path: COLLECTION,
    summary: 'The tasks of the workspace, newest first; asked with words, narrowed, or by what is due',
    tag,
    permission: 'task:read',
    query: TaskQuery,
    ok: [200, TaskPage],
    handler: (ctx, { query }) => tasksOf(ctx, query),
  }),
  route({
    id: 'createTask',
    method: 'POST',
    path: COLLECTION,
    summary: 'Write down a task',
    idempotency: 'accepted',
    tag,
    permission: 'task:write',
    body: NewTask,
    ok: [201, Task],
    problems: [TaskKnown],
    handler: async (ctx, { body, reply }) => {
      const { task, etag } = await createTask(ctx, body)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${task.id}`)
      return task
    },
  }),
  route({
    id: 'changeTasks',
    method: 'POST',
    path: `${COLLECTION}/bulk`,
    summary: 'Change or delete up to a hundred tasks, all or none',
    idempotency: 'accepted',
    tag,
    permission: 'task:write',
    body: BulkChange,
    ok: [200, BulkResult],
    problems: [TaskNotFound],
    handler: (ctx, { body }) => changeMany(ctx, body),
  }),
  route({
    id: 'getTask',
    method: 'GET',
    path: `${COLLECTION}/:id`,
    summary: 'One task',
    tag,
    permission: 'task:read',
    params: TaskParams,
    ok: [200, Task],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [TaskNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { task, etag } = await taskWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return task
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    id: 'changeTask',
    method: 'PATCH',
    path: `${COLLECTION}/:id`,
    summary: 'Change a task; done, it takes with it what is open below, and opened again it takes that back',
    tag,
    permission: 'task:write',
    params: TaskParams,
    body: TaskChange,
    headers: ifMatch,
    ok: [200, Task],
    problems: [TaskNotFound, PreconditionFailed],
    handler: async (ctx, { params, body, request, reply }) => {
      const { task, etag } = await changeTask(ctx, params.id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return task
    },
  }),
  route({
    id: 'deleteTask',
    method: 'DELETE',
    path: `${COLLECTION}/:id`,
    summary: 'Take a task and all below it out of sight; they can be restored for 30 days',
    tag,
    permission: 'task:write',
    params: TaskParams,
    headers: ifMatch,
    ok: [204, null],
    problems: [TaskNotFound, PreconditionFailed],
    handler: (ctx, { params, request }) => deleteTask(ctx, params.id, request.headers['if-match']),
  }),
  route({
    id: 'restoreTask',
    method: 'POST',
    path: `${COLLECTION}/:id/restore`,
    summary: 'Put a deleted task back, with what was deleted with it',
    idempotency: 'accepted',
    tag,
    permission: 'task:write',
    params: TaskParams,
    ok: [200, Task],
    problems: [TaskNotFound],
    handler: async (ctx, { params, reply }) => {
      const { task, etag } = await restoreTask(ctx, params.id)
      reply.header('ETag', etag)
      return task
    },
  }),
  route({
    id: 'orderTasks',
    method: 'PUT',
    path: `${COLLECTION}/:id/order`,
    summary: 'Put the children of a task into an order',
    tag,
    permission: 'task:write',
    params: TaskParams,
    body: ChildOrder,
    ok: [204, null],
    problems: [TaskNotFound],
    handler: (ctx, { params, body }) => placeTasks(ctx, params.id, body),
  }),
]

export default routes
