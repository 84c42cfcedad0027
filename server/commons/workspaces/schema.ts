import { type Static, Type } from 'typebox'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Role } from './roles.ts'

const Time = Type.String({ format: 'date-time' })
const id = (description: string) => Type.String({ format: 'uuid', description })
const role = Type.Unsafe<Role>({ ...Type.Union(Role.map((word) => Type.Literal(word))) })
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })

export const WorkspaceParams = Type.Object({ id: pathId('workspace') })
export const MemberParams = Type.Object({ id: pathId('workspace'), userId: pathId('member') })

export const Workspace = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    personal: Type.Boolean({
      description: 'Somebody’s own from the beginning: it stays theirs and cannot be deleted.',
    }),
    role: Type.Unsafe<Role>({ ...role, description: 'What the caller is there.' }),
    createdAt: Time,
    updatedAt: Time,
    deletedAt: Type.Union([Time, Type.Null()]),
  },
  { title: 'Workspace' },
)
export type Workspace = Static<typeof Workspace>

export const WorkspacePage = Type.Object({
  items: Type.Array(Workspace),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

export const WorkspaceQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(
      Type.Union([Type.Literal('active'), Type.Literal('deleted')], {
        default: 'active',
        description: '`deleted`: those that the caller owns and can still restore.',
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
    userId: Type.String({ format: 'uuid' }),
    displayName: Type.String(),
    kind: Type.Union([Type.Literal('person'), Type.Literal('service')], {
      description: 'A service account has nobody behind it and acts by keys alone.',
    }),
    email: Type.Union([Type.String(), Type.Null()], {
      description: 'One’s own, and for who manages members that of every person; null otherwise.',
    }),
    role,
    joinedAt: Time,
  },
  { title: 'Member' },
)
export type Member = Static<typeof Member>

export const MemberPage = Type.Object({
  items: Type.Array(Member),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

export const MemberQuery = Type.Object(PageQuery, { additionalProperties: false })
export type MemberQuery = Static<typeof MemberQuery>

export const MemberChange = Type.Object({ role }, { additionalProperties: false })

export const Handover = Type.Object(
  { userId: id('Who owns the workspace from now on; a member of it already.') },
  { additionalProperties: false },
)
