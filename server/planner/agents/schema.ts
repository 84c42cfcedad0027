import { type Static, Type } from 'typebox'
import { dateTime, page, uuid } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

/** Words for what somebody can do; work asks for them, and is given to who has them all. */
export const Skills = Type.Array(
  Type.String({ minLength: 1, maxLength: 50, pattern: '^[a-z0-9][a-z0-9 ._+#-]*$', description: 'In lower case.' }),
  { maxItems: 50, uniqueItems: true },
)

const said = {
  name: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
  description: Type.String({ maxLength: 2000 }),
  skills: Skills,
  maxConcurrent: Type.Integer({ minimum: 1, maximum: 20, description: 'How much work it has in hand at most.' }),
}

export const AgentParams = Type.Object({ id: pathId('agent') })
export const AgentQuery = Type.Object(PageQuery, { additionalProperties: false })
export type AgentQuery = Static<typeof AgentQuery>

const { description, ...needed } = said
export const AgentRegistration = Type.Object(
  { ...needed, description: Type.Optional(description) },
  { additionalProperties: false },
)
export type AgentRegistration = Static<typeof AgentRegistration>

export const Agent = Type.Object(
  {
    id: uuid(),
    userId: uuid('The account whose keys it calls with.'),
    ...said,
    inHand: Type.Integer({ description: 'How much work it was offered or has taken.' }),
    isLive: Type.Boolean({ description: 'It was heard of within the length of a lease.' }),
    lastSeenAt: dateTime(),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Agent' },
)
export type Agent = Static<typeof Agent>

export const AgentPage = page(Agent)

export const Heartbeat = Type.Object({
  leaseEndsAt: dateTime('It is lost unless it calls again before then.'),
  inHand: Type.Integer({ description: 'How much work it was offered or has taken.' }),
})
export type Heartbeat = Static<typeof Heartbeat>
