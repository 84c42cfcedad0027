import { Type } from 'typebox'
import { dateTime } from '#platform/fields.ts'
import { ProviderId } from './provider.ts'

const closed = { additionalProperties: false }
// More than these may come along, and says nothing (RFC 6749 §4.1.2).
const open = { additionalProperties: true }

const Provider = Type.Enum(ProviderId)

export const ProviderParams = Type.Object({ provider: Provider })
export const ProviderList = Type.Object({
  items: Type.Array(Type.Object({ provider: Provider, name: Type.String({ description: 'As people know it.' }) })),
  nextCursor: Type.Null(),
})
export const LinkedList = Type.Object({
  items: Type.Array(Type.Object({ provider: Type.String(), createdAt: dateTime() })),
  nextCursor: Type.Null(),
})

const RedirectTo = Type.Optional(
  Type.String({
    ...{ minLength: 1, maxLength: 1000 },
    description: 'The page of this server that is shown after it: a path, or its full address. Default: the account.',
  }),
)
const Password = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }))

export const BeginBody = Type.Object({ redirectTo: RedirectTo }, closed)
export const LinkBody = Type.Object({ redirectTo: RedirectTo, password: Password }, closed)
export const UnlinkBody = Type.Object({ password: Password }, closed)
export const Departure = Type.Object({
  authorizationUrl: Type.String({ description: 'The page of the provider, to which the browser goes now.' }),
})

const ComingBack = {
  code: Type.Optional(Type.String({ maxLength: 4000 })),
  state: Type.Optional(Type.String({ maxLength: 500 })),
  error: Type.Optional(Type.String({ maxLength: 200 })),
  iss: Type.Optional(Type.String({ maxLength: 1000 })),
  user: Type.Optional(Type.String({ maxLength: 4000 })),
}
export const ComingBackQuery = Type.Object(ComingBack, open)
export const ComingBackForm = Type.Object(ComingBack, open)
