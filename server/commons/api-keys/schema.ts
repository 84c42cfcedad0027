import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { CredentialScope, type Role } from '../workspaces/roles.ts'

const TimeOrNull = orNull(dateTime())
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const scope = wordOf(CredentialScope)

export const KeyParams = Type.Object({ id: pathId('key') })

const shown = {
  id: uuid(),
  name: Type.String(),
  userId: uuid('As whom it acts: a person or a service account.'),
  scopes: Type.Array(Type.String(), {
    description: 'What it is limited to: permissions, `*:read` for all that only read, `*` for no limit.',
  }),
  createdAt: dateTime(),
  createdBy: orNull(uuid(), 'Who made it; null for keys of the command line.'),
  expiresAt: TimeOrNull,
  lastUsedAt: orNull(dateTime(), 'To the minute.'),
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

export const KeyPage = page(ApiKey)

export const KeyQuery = Type.Object(
  {
    ...PageQuery,
    userId: Type.Optional(uuid('Only those that act as this one.')),
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
    expiresAt: Type.Optional(orNull(dateTime(), 'When it ends by itself; null or absent: never.')),
    userId: Type.Optional(uuid('A service account of the workspace; absent: oneself.')),
  },
  { additionalProperties: false },
)
export type NewKey = Static<typeof NewKey>

export const KeyChange = Type.Object({ name: Name }, { additionalProperties: false })

const serviceRole = ['viewer', 'editor', 'admin'] as const satisfies readonly Role[]

export const ServiceParams = Type.Object({ id: pathId('workspace') })

export const NewService = Type.Object({ name: Name, role: wordOf(serviceRole) }, { additionalProperties: false })
export type NewService = Static<typeof NewService>

export const Service = Type.Object({ userId: uuid(), name: Type.String(), role: Type.String() })
export type Service = Static<typeof Service>
