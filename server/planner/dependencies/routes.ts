import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskParams } from '../tasks/schema.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { Dependencies, DependencyParams } from './schema.ts'
import { DependencyCircle, TooManyDependencies, dependOn, dependencies, undepend } from './service.ts'

const tag = 'Planner: tasks'
const COLLECTION = '/api/v1/planner/tasks/:id/dependencies'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listDependencies',
    method: 'GET',
    path: COLLECTION,
    summary: 'What a task waits for, and what waits for it',
    tag,
    permission: 'task:read',
    params: TaskParams,
    ok: [200, Dependencies],
    problems: [TaskNotFound],
    handler: (ctx, { params }) => dependencies(ctx, params.id),
  }),
  route({
    id: 'addDependency',
    method: 'PUT',
    path: `${COLLECTION}/:onId`,
    summary: 'Have a task wait for another',
    tag,
    permission: 'task:write',
    params: DependencyParams,
    ok: [204, null],
    problems: [TaskNotFound, DependencyCircle, TooManyDependencies],
    handler: (ctx, { params }) => dependOn(ctx, params.id, params.onId),
  }),
  route({
    id: 'removeDependency',
    method: 'DELETE',
    path: `${COLLECTION}/:onId`,
    summary: 'Have a task wait for another no more',
    tag,
    permission: 'task:write',
    params: DependencyParams,
    ok: [204, null],
    problems: [TaskNotFound],
    handler: (ctx, { params }) => undepend(ctx, params.id, params.onId),
  }),
]

export default routes
