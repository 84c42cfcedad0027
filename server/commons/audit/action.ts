import { type Static, type TProperties, Type } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { acceptorOf } from '#platform/acceptor.ts'

/** To whom entries belong: a workspace, the person whose account they are about, or the installation as a whole. */
export type Owner = 'workspace' | 'person' | 'installation'

/** Some of an action's fields as they stood before, or as they stand after. */
export type Values<Fields extends TProperties> = { readonly [Name in keyof Fields]?: Static<Fields[Name]> }

/** Something that is written into the audit log whenever it happens. */
export interface AuditedAction<O extends Owner = Owner, Fields extends TProperties = TProperties> {
  /** What happens to what, in the past tense: `member.role-changed`. Unique in the house. */
  readonly name: string
  readonly owner: O
  /** The kind of thing that it happens to: `member`. */
  readonly target: string
  /** The fields that may be written as before and after. Never a secret, nor what a secret could be found from. */
  readonly fields: Fields
  /** Whether these are values of the declared fields, and of no others. */
  accepts(values: unknown): boolean
}

const NAME = /^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)+$/

/** Declares an action. Throws at once when the declaration itself is wrong. */
export function defineAudited<O extends Owner, Fields extends TProperties = Record<string, never>>(declared: {
  readonly name: string
  readonly owner: O
  readonly target: string
  readonly fields?: Fields
}): AuditedAction<O, Fields> {
  const { name, owner, target } = declared
  invariant(NAME.test(name) && name.length <= 100, `not a name of an audited action: ${name}`)
  const fields = declared.fields ?? ({} as Fields)
  const optional = Object.fromEntries(Object.entries(fields).map(([field, schema]) => [field, Type.Optional(schema)]))
  return { name, owner, target, fields, accepts: acceptorOf(Type.Object(optional, { additionalProperties: false })) }
}
