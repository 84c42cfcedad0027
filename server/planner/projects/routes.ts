import { isUnchanged } from '#platform/http/etag.ts'
import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { NewProject, Project, ProjectChange, ProjectPage, ProjectParams, ProjectQuery } from './schema.ts'
import {
  ProjectNotFound,
  changeProject,
  createProject,
  deleteProject,
  projectWithTag,
  projectsOf,
  restoreProject,
} from './service.ts'

const tag = 'Planner: projects'
const COLLECTION = '/api/v1/planner/projects'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listPlannerProjects',
    method: 'GET',
    path: COLLECTION,
    summary: 'The projects of the workspace, newest first',
    tag,
    permission: 'task:read',
    query: ProjectQuery,
    ok: [200, ProjectPage],
    handler: (ctx, { query }) => projectsOf(ctx, query),
  }),
  route({
    id: 'createPlannerProject',
    method: 'POST',
    path: COLLECTION,
    summary: 'Make a project, which gathers tasks',
    idempotency: 'accepted',
    tag,
    permission: 'task:write',
    body: NewProject,
    ok: [201, Project],
    handler: async (ctx, { body, reply }) => {
      const { project, etag } = await createProject(ctx, body)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${project.id}`)
      return project
    },
  }),
  route({
    id: 'getPlannerProject',
    method: 'GET',
    path: `${COLLECTION}/:id`,
    summary: 'One project',
    tag,
    permission: 'task:read',
    params: ProjectParams,
    ok: [200, Project],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [ProjectNotFound],
    handler: async (ctx, { params, request, reply }) => {
      const { project, etag } = await projectWithTag(ctx, params.id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return project
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    id: 'changePlannerProject',
    method: 'PATCH',
    path: `${COLLECTION}/:id`,
    summary: 'Change a project',
    tag,
    permission: 'task:write',
    params: ProjectParams,
    body: ProjectChange,
    headers: ifMatch,
    ok: [200, Project],
    problems: [ProjectNotFound, PreconditionFailed],
    handler: async (ctx, { params, body, request, reply }) => {
      const { project, etag } = await changeProject(ctx, params.id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return project
    },
  }),
  route({
    id: 'deletePlannerProject',
    method: 'DELETE',
    path: `${COLLECTION}/:id`,
    summary: 'Take a project out of sight; its tasks stay, and it can be restored for 30 days',
    tag,
    permission: 'task:write',
    params: ProjectParams,
    headers: ifMatch,
    ok: [204, null],
    problems: [ProjectNotFound, PreconditionFailed],
    handler: (ctx, { params, request }) => deleteProject(ctx, params.id, request.headers['if-match']),
  }),
  route({
    id: 'restorePlannerProject',
    method: 'POST',
    path: `${COLLECTION}/:id/restore`,
    summary: 'Put a deleted project back',
    idempotency: 'accepted',
    tag,
    permission: 'task:write',
    params: ProjectParams,
    ok: [200, Project],
    problems: [ProjectNotFound],
    handler: async (ctx, { params, reply }) => {
      const { project, etag } = await restoreProject(ctx, params.id)
      reply.header('ETag', etag)
      return project
    },
  }),
]

export default routes
