import { type Static, Type } from 'typebox'
import { dateTime, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

const role = wordOf(['admin', 'editor', 'viewer'])

export const InvitationsParams = Type.Object({
  id: pathId('workspace'),
})
export const InvitationParams = Type.Object({
  id: pathId('workspace'),
  invitationId: pathId('invitation'),
})

export const Invitation = Type.Object(
  {
    id: uuid(),
    email: Type.String(),
    role,
    invitedBy: uuid(),
    createdAt: dateTime(),
    expiresAt: dateTime(),
  },
  { title: 'Invitation' },
)
export type Invitation = Static<typeof Invitation>

export const InvitationPage = page(Invitation)

export const InvitationQuery = Type.Object(PageQuery, { additionalProperties: false })
export type InvitationQuery = Static<typeof InvitationQuery>

export const NewInvitation = Type.Object(
  { email: Type.String({ format: 'email', minLength: 3, maxLength: 254 }), role },
  { additionalProperties: false },
)
export type NewInvitation = Static<typeof NewInvitation>

export const Acceptance = Type.Object(
  { token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'What the mailed link holds behind its #.' }) },
  { additionalProperties: false },
)

export const Accepted = Type.Object({ workspaceId: uuid(), role: Type.String() })
export type Accepted = Static<typeof Accepted>
