import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Role } from './roles.ts'

const role = wordOf(Role)
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })

export const WorkspaceParams = Type.Object({ id: pathId('workspace') })
export const MemberParams = Type.Object({ id: pathId('workspace'), userId: pathId('member') })

export const Workspace = Type.Object(
  {
    id: uuid(),
    name: Type.String(),
    personal: Type.Boolean({
      description: 'Somebody’s own from the beginning: it stays theirs and cannot be deleted.',
    }),
    role: wordOf(Role, 'What the caller is there.'),
    createdAt: dateTime(),
    updatedAt: dateTime(),
    deletedAt: orNull(dateTime()),
  },
  { title: 'Workspace' },
)
export type Workspace = Static<typeof Workspace>

export const WorkspacePage = page(Workspace)

export const WorkspaceQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(
      wordOf(['active', 'deleted'], '`deleted`: those that the caller owns and can still restore.', {
        default: 'active',
      }),
    ),
  },
  { additionalProperties: false },
)
export type WorkspaceQuery = Static<typeof WorkspaceQuery>

export const NewWorkspace = Type.Object({ name: Name }, { additionalProperties: false })
export type NewWorkspace = Static<typeof NewWorkspace>

export const WorkspaceChange = Type.Object({ name: Type.Optional(Name) }, { additionalProperties: false })
export type WorkspaceChange = Static<typeof WorkspaceChange>

export const Member = Type.Object(
  {
    userId: uuid(),
    displayName: Type.String(),
    kind: wordOf(['person', 'service'], 'A service account has nobody behind it and acts by keys alone.'),
    email: orNull(Type.String(), 'One’s own, and for who manages members that of every person; null otherwise.'),
    role,
    joinedAt: dateTime(),
  },
  { title: 'Member' },
)
export type Member = Static<typeof Member>

export const MemberPage = page(Member)

export const MemberQuery = Type.Object(PageQuery, { additionalProperties: false })
export type MemberQuery = Static<typeof MemberQuery>

export const MemberChange = Type.Object({ role }, { additionalProperties: false })

export const Handover = Type.Object(
  { userId: uuid('Who owns the workspace from now on; a member of it already.') },
  { additionalProperties: false },
)
