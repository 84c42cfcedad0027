import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'

const changed = (description: string) => Type.Unknown({ description })

export const AuditEntry = Type.Object(
  {
    id: uuid('Id of the entry; entries sort by it as they were written.'),
    workspaceId: orNull(uuid('The workspace to which it belongs; null for what belongs to an account.')),
    action: Type.String({ description: 'What happened: `member.role-changed`.' }),
    actor: Type.Object(
      {
        kind: wordOf(['user', 'system', 'anonymous']),
        id: orNull(uuid('The person.')),
        name: orNull(Type.String({ description: 'Of the system: which part of it.' })),
        credentialId: orNull(uuid('The session or key by which they acted.')),
        impersonatorId: orNull(uuid('Who really acted, where somebody acted as this person.')),
      },
      { description: 'Who did it.' },
    ),
    target: Type.Object({ kind: Type.String(), id: orNull(Type.String()) }, { description: 'What it was done to.' }),
    address: orNull(Type.String({ description: 'The address from which it was asked for.' })),
    userAgent: orNull(Type.String({ description: 'The first 200 characters of what the program called itself.' })),
    requestId: Type.String(),
    before: changed('How the sensitive fields stood before, by their names; null where there are none.'),
    after: changed('How they stand after.'),
    createdAt: dateTime(),
  },
  { title: 'AuditEntry' },
)
export type AuditEntry = Static<typeof AuditEntry>

const narrowing = {
  action: Type.Optional(
    Type.String({ maxLength: 100, pattern: '^[a-z0-9.-]+$', description: 'Only this action: `member.role-changed`.' }),
  ),
  targetKind: Type.Optional(
    Type.String({ minLength: 1, maxLength: 50, description: 'Only what was done to such a thing.' }),
  ),
  targetId: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Only what was done to this thing.' }),
  ),
  from: Type.Optional(dateTime('Only entries of this time or later.')),
  to: Type.Optional(dateTime('Only entries before this time.')),
}
const actorId = Type.Optional(uuid('Only what this person did, by themselves or through somebody acting as them.'))
const closed = { additionalProperties: false }

/** Which entries of a workspace are wanted. */
export const AuditFilter = Type.Object({ ...narrowing, actorId }, closed)
export type AuditFilter = Static<typeof AuditFilter>

export const AuditQuery = Type.Object({ ...PageQuery, ...narrowing, actorId }, closed)
export type AuditQuery = Static<typeof AuditQuery>

/** Which entries of one's own account are wanted. */
export const OwnAuditQuery = Type.Object({ ...PageQuery, ...narrowing }, closed)
export type OwnAuditQuery = Static<typeof OwnAuditQuery>

export const AuditPage = page(AuditEntry)
