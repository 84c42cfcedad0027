import { type Static, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { pathId } from '#platform/http/parameters.ts'

export const Tokens = Type.Object(
  {
    accessToken: Type.String({ description: 'For `Authorization: Bearer`; a JWT that names ids only.' }),
    expiresAt: dateTime('When the access token ends.'),
    refreshToken: Type.String({ description: 'For one refresh: its answer holds the next one.' }),
  },
  { title: 'Tokens' },
)

export const RefreshBody = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 200 }) },
  { additionalProperties: false },
)

export const SessionParams = Type.Object({ id: pathId('session') })

export const EndSessionsQuery = Type.Object(
  {
    except: Type.Optional(Type.Literal('current', { description: 'Stay signed in here.' })),
  },
  { additionalProperties: false },
)

export const Session = Type.Object(
  {
    id: uuid(),
    isCurrent: Type.Boolean({ description: 'True for the one that asks.' }),
    kind: wordOf(['cookie', 'token'], 'A browser, or a program.'),
    method: Type.String({ description: 'How it began: `password`, `oauth`, `passkey` or `impersonation`.' }),
    address: orNull(Type.String(), 'From where it began.'),
    userAgent: orNull(Type.String()),
    createdAt: dateTime(),
    lastSeenAt: dateTime('True to a minute.'),
    expiresAt: dateTime(),
  },
  { title: 'Session' },
)

export const SessionList = Type.Object({ items: Type.Array(Session), nextCursor: Type.Null() })

const PublicJwk = Type.Object({
  kty: Type.String(),
  crv: Type.Optional(Type.String()),
  x: Type.Optional(Type.String()),
  kid: Type.String(),
  alg: Type.String(),
  use: Type.String(),
})
export type PublicJwk = Static<typeof PublicJwk>
export const Jwks = Type.Object({ keys: Type.Array(PublicJwk) })
