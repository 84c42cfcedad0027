import { type RouteDefinition, route } from '#platform/http/route.ts'
import {
  LastOwner,
  MemberNotFound,
  RoleTooLow,
  ServiceAccount,
  changeRole,
  handOver,
  leaveWorkspace,
  membersOf,
  removeMember,
} from './members.ts'
import { Handover, Member, MemberChange, MemberPage, MemberParams, MemberQuery, WorkspaceParams } from './schema.ts'
import { PersonalWorkspace, WorkspaceNotFound } from './service.ts'

const tag = 'Workspaces'
const MEMBERS = '/api/v1/workspaces/:id/members'
const refusals = [WorkspaceNotFound, MemberNotFound, RoleTooLow, LastOwner, PersonalWorkspace, ServiceAccount]

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listMembers', method: 'GET', path: MEMBERS, tag, permission: 'member:read', workspace: 'path' },
    summary: 'Who is in the workspace',
    params: WorkspaceParams,
    query: MemberQuery,
    ok: [200, MemberPage],
    problems: [WorkspaceNotFound],
    handler: (ctx, { params, query }) => membersOf(ctx, params.id, query),
  }),
  route({
    ...{ id: 'changeMember', method: 'PATCH', path: `${MEMBERS}/:userId`, tag, permission: 'member:manage' },
    summary: 'Give a member another role, which holds from the next request on',
    workspace: 'path',
    params: MemberParams,
    body: MemberChange,
    ok: [200, Member],
    problems: refusals,
    handler: (ctx, { params: { id, userId }, body }) => changeRole(ctx, id, userId, body.role),
  }),
  route({
    ...{ id: 'removeMember', method: 'DELETE', path: `${MEMBERS}/:userId`, tag, permission: 'member:manage' },
    summary: 'Take a member out of the workspace; their keys for it end',
    workspace: 'path',
    params: MemberParams,
    ok: [204, null],
    problems: refusals,
    handler: (ctx, { params: { id, userId } }) => removeMember(ctx, id, userId),
  }),
  route({
    ...{ id: 'leaveWorkspace', method: 'DELETE', path: `${MEMBERS}/me`, tag, permission: 'workspace:leave' },
    summary: 'Leave the workspace; one’s keys for it end',
    workspace: 'path',
    params: WorkspaceParams,
    ok: [204, null],
    problems: refusals,
    handler: (ctx, { params }) => leaveWorkspace(ctx, params.id),
  }),
  route({
    ...{ id: 'handOverWorkspace', method: 'POST', tag, permission: 'workspace:own', workspace: 'path' },
    path: '/api/v1/workspaces/:id/transfer',
    summary: 'Make another member the owner, and oneself an admin',
    params: WorkspaceParams,
    body: Handover,
    ok: [200, Member],
    problems: refusals,
    handler: (ctx, { params, body }) => handOver(ctx, params.id, body.userId),
  }),
]

export default routes
