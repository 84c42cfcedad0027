import { Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

const closed = { additionalProperties: false }

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
    state: Type.Optional(wordOf(['active', 'banned', 'unverified', 'admin'])),
  },
  closed,
)

export const AdminUser = Type.Object(
  {
    id: uuid(),
    email: Type.String(),
    displayName: Type.String(),
    emailVerified: Type.Boolean(),
    twoFactorEnabled: Type.Boolean(),
    isAdmin: Type.Boolean(),
    ban: orNull(
      Type.Object(
        { reason: orNull(Type.String()), since: dateTime(), endsAt: orNull(dateTime()) },
        { description: 'Null for who is not banned now.' },
      ),
    ),
    lastSeenAt: orNull(dateTime('True to a minute; null for who never signed in.')),
    createdAt: dateTime(),
  },
  { title: 'AdminUser' },
)
export const AdminUserPage = page(AdminUser)

export const BanBody = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
    endsAt: Type.Optional(dateTime('Absent: until it is lifted.')),
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
