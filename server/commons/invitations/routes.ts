import { type RouteDefinition, route } from '#platform/http/route.ts'
import { RoleTooLow } from '../workspaces/members.ts'
import { SessionNeeded } from '../sessions/service.ts'
import { WorkspaceNotFound } from '../workspaces/service.ts'
import {
  Acceptance,
  Accepted,
  Invitation,
  InvitationPage,
  InvitationParams,
  InvitationQuery,
  InvitationsParams,
  NewInvitation,
} from './schema.ts'
import {
  AlreadyMember,
  InvitationNotFound,
  OfAnother,
  TooManyInvitations,
  accept,
  invitationsOf,
  invite,
  takeBack,
} from './service.ts'

const tag = 'Workspaces'
const INVITATIONS = '/api/v1/workspaces/:id/invitations'
const manage = { tag, permission: 'member:manage', workspace: 'path' } as const

const routes: readonly RouteDefinition[] = [
  route({
    ...{ ...manage, id: 'listInvitations', method: 'GET', path: INVITATIONS },
    summary: 'The invitations that wait, newest first',
    params: InvitationsParams,
    query: InvitationQuery,
    ok: [200, InvitationPage],
    handler: (ctx, { params: { id }, query }) => invitationsOf(ctx, id, query),
  }),
  route({
    ...{ ...manage, id: 'createInvitation', method: 'POST', path: INVITATIONS, idempotency: 'accepted', limit: 'mail' },
    summary: 'Invite somebody by e-mail, for 7 days; who was invited before gets a new mail',
    params: InvitationsParams,
    body: NewInvitation,
    ok: [201, Invitation],
    problems: [WorkspaceNotFound, RoleTooLow, AlreadyMember, TooManyInvitations],
    handler: (ctx, { params: { id }, body }) => invite(ctx, id, body),
  }),
  route({
    ...{ ...manage, id: 'revokeInvitation', method: 'DELETE', path: `${INVITATIONS}/:invitationId` },
    summary: 'Take an invitation back',
    params: InvitationParams,
    ok: [204, null],
    problems: [InvitationNotFound],
    handler: (ctx, { params: { id, invitationId } }) => takeBack(ctx, id, invitationId),
  }),
  route({
    ...{ id: 'acceptInvitation', method: 'POST', path: '/api/v1/invitations/accept', tag, limit: 'auth' },
    permission: 'workspace:join',
    summary: 'Enter the workspace that one was invited to, with what the mail held',
    body: Acceptance,
    ok: [200, Accepted],
    problems: [InvitationNotFound, OfAnother, SessionNeeded],
    handler: (ctx, { body }) => accept(ctx, body.token),
  }),
]

export default routes
