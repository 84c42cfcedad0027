import { Type } from 'typebox'
import { id, orNull, page, time, wordOf } from '#platform/fields.ts'
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
    id: id(),
    email: Type.String(),
    displayName: Type.String(),
    emailVerified: Type.Boolean(),
    twoFactorEnabled: Type.Boolean(),
    isAdmin: Type.Boolean(),
    ban: orNull(
      Type.Object(
        { reason: orNull(Type.String()), since: time(), endsAt: orNull(time()) },
        { description: 'Null for who is not banned now.' },
      ),
    ),
    lastSeenAt: orNull(time('True to a minute; null for who never signed in.')),
    createdAt: time(),
  },
  { title: 'AdminUser' },
)
export const AdminUserPage = page(AdminUser)

export const BanBody = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
    endsAt: Type.Optional(time('Absent: until it is lifted.')),
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
