import { type Static, Type } from 'typebox'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { CredentialScope, type Role } from '../workspaces/roles.ts'

const Time = Type.String({ format: 'date-time' })
const TimeOrNull = Type.Union([Time, Type.Null()])
const Id = Type.String({ format: 'uuid' })
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const scope = Type.Unsafe<CredentialScope>({ ...Type.Union(CredentialScope.map((word) => Type.Literal(word))) })

export const KeyParams = Type.Object({ id: pathId('key') })

const shown = {
  id: Id,
  name: Type.String(),
  userId: Type.String({ format: 'uuid', description: 'As whom it acts: a person or a service account.' }),
  scopes: Type.Array(Type.String(), {
    description: 'What it is limited to: permissions, `*:read` for all that only read, `*` for no limit.',
  }),
  createdAt: Time,
  createdBy: Type.Union([Id, Type.Null()], { description: 'Who made it; null for keys of the command line.' }),
  expiresAt: TimeOrNull,
  lastUsedAt: Type.Union([Time, Type.Null()], { description: 'To the minute.' }),
}

export const ApiKey = Type.Object(shown, { title: 'ApiKey' })
export type ApiKey = Static<typeof ApiKey>

export const IssuedKey = Type.Object(
  {
    ...shown,
    key: Type.String({ description: 'The key itself. It is in this answer and nowhere else.' }),
  },
  { title: 'IssuedKey' },
)
export type IssuedKey = Static<typeof IssuedKey>

export const KeyPage = Type.Object({
  items: Type.Array(ApiKey),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

export const KeyQuery = Type.Object(
  {
    ...PageQuery,
    userId: Type.Optional(Type.String({ format: 'uuid', description: 'Only those that act as this one.' })),
  },
  { additionalProperties: false },
)
export type KeyQuery = Static<typeof KeyQuery>

export const NewKey = Type.Object(
  {
    name: Name,
    scopes: Type.Array(scope, {
      ...{ minItems: 1, maxItems: CredentialScope.length, uniqueItems: true },
      description: 'No more than the caller’s own credential has.',
    }),
    expiresAt: Type.Optional(
      Type.Union([Time, Type.Null()], { description: 'When it ends by itself; null or absent: never.' }),
    ),
    userId: Type.Optional(
      Type.String({ format: 'uuid', description: 'A service account of the workspace; absent: oneself.' }),
    ),
  },
  { additionalProperties: false },
)
export type NewKey = Static<typeof NewKey>

export const KeyChange = Type.Object({ name: Name }, { additionalProperties: false })

const serviceRole = ['viewer', 'editor', 'admin'] as const satisfies readonly Role[]

export const ServiceParams = Type.Object({ id: pathId('workspace') })

export const NewService = Type.Object(
  { name: Name, role: Type.Union(serviceRole.map((word) => Type.Literal(word))) },
  { additionalProperties: false },
)
export type NewService = Static<typeof NewService>

export const Service = Type.Object({ userId: Id, name: Type.String(), role: Type.String() })
export type Service = Static<typeof Service>
