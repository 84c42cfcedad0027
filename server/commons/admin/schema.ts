import { Type } from 'typebox'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

const closed = { additionalProperties: false }
const OrNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })

export const UserParams = Type.Object({ id: pathId('person') })

export const UserQuery = Type.Object(
  {
    ...PageQuery,
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'What the address or the name begins with, whatever the case.',
      }),
    ),
    state: Type.Optional(
      Type.Union([Type.Literal('active'), Type.Literal('banned'), Type.Literal('unverified'), Type.Literal('admin')]),
    ),
  },
  closed,
)

export const AdminUser = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.String(),
    displayName: Type.String(),
    emailVerified: Type.Boolean(),
    twoFactorEnabled: Type.Boolean(),
    isAdmin: Type.Boolean(),
    ban: OrNull(
      Type.Object(
        { reason: OrNull(Type.String()), since: Time, endsAt: OrNull(Time) },
        { description: 'Null for who is not banned now.' },
      ),
    ),
    lastSeenAt: OrNull(
      Type.String({ format: 'date-time', description: 'True to a minute; null for who never signed in.' }),
    ),
    createdAt: Time,
  },
  { title: 'AdminUser' },
)
export const AdminUserPage = Type.Object({ items: Type.Array(AdminUser), nextCursor: OrNull(Type.String()) })

export const BanBody = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
    endsAt: Type.Optional(Type.String({ format: 'date-time', description: 'Absent: until it is lifted.' })),
  },
  closed,
)
export const RightsBody = Type.Object({ isAdmin: Type.Boolean() }, closed)
export const ImpersonateBody = Type.Object(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      description: 'Stands in the audit log of both.',
    }),
  },
  closed,
)
