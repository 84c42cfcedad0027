import { isUnchanged } from '#platform/http/etag.ts'
import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { NewWorkspace, Workspace, WorkspaceChange, WorkspacePage, WorkspaceParams, WorkspaceQuery } from './schema.ts'
import {
  NoSession,
  PersonalWorkspace,
  TooManyWorkspaces,
  WorkspaceNotFound,
  changeWorkspace,
  createWorkspace,
  deleteWorkspace,
  restoreWorkspace,
  switchWorkspace,
  workspaceWithTag,
  workspacesOf,
} from './service.ts'

const tag = 'Workspaces'
const COLLECTION = '/api/v1/workspaces'
const params = WorkspaceParams

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listWorkspaces', method: 'GET', path: COLLECTION, tag, permission: 'workspace:read' },
    summary: 'The workspaces that one is in, newest first; an API key sees its own',
    query: WorkspaceQuery,
    ok: [200, WorkspacePage],
    handler: (ctx, { query }) => workspacesOf(ctx, query),
  }),
  route({
    ...{ id: 'createWorkspace', method: 'POST', path: COLLECTION, tag, permission: 'workspace:create' },
    summary: 'Make a workspace that one owns',
    idempotency: 'accepted',
    body: NewWorkspace,
    ok: [201, Workspace],
    problems: [TooManyWorkspaces],
    handler: async (ctx, { body, reply }) => {
      const made = await createWorkspace(ctx, body)
      reply.header('Location', `${COLLECTION}/${made.id}`)
      return made
    },
  }),
  route({
    ...{ id: 'getWorkspace', method: 'GET', path: `${COLLECTION}/:id`, tag, permission: 'workspace:read' },
    summary: 'One workspace',
    workspace: 'path',
    params,
    ok: [200, Workspace],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [WorkspaceNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { workspace, etag } = await workspaceWithTag(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return workspace
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ id: 'changeWorkspace', method: 'PATCH', path: `${COLLECTION}/:id`, tag, permission: 'workspace:manage' },
    summary: 'Change the name',
    workspace: 'path',
    params,
    body: WorkspaceChange,
    headers: ifMatch,
    ok: [200, Workspace],
    problems: [WorkspaceNotFound, PreconditionFailed],
    handler: async (ctx, { params: { id }, body, request, reply }) => {
      const { workspace, etag } = await changeWorkspace(ctx, id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return workspace
    },
  }),
  route({
    ...{ id: 'deleteWorkspace', method: 'DELETE', path: `${COLLECTION}/:id`, tag, permission: 'workspace:own' },
    summary: 'Take a workspace out of sight with all that is in it; it can be restored for 30 days',
    workspace: 'path',
    params,
    ok: [204, null],
    problems: [WorkspaceNotFound, PersonalWorkspace],
    handler: (ctx, { params: { id } }) => deleteWorkspace(ctx, id),
  }),
  route({
    ...{ id: 'restoreWorkspace', method: 'POST', path: `${COLLECTION}/:id/restore`, tag, permission: 'account:manage' },
    summary: 'Put back a deleted workspace that one owns',
    params,
    ok: [200, Workspace],
    problems: [WorkspaceNotFound],
    handler: (ctx, { params: { id } }) => restoreWorkspace(ctx, id),
  }),
  route({
    ...{ id: 'switchWorkspace', method: 'POST', path: `${COLLECTION}/:id/switch`, tag, permission: 'account:manage' },
    summary: 'Have the session work in this workspace where its requests name none',
    params,
    ok: [200, Workspace],
    problems: [WorkspaceNotFound, NoSession],
    handler: (ctx, { params: { id } }) => switchWorkspace(ctx, id),
  }),
]

export default routes
