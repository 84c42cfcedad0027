import type { Static, TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { acceptorOf } from '../acceptor.ts'
import type { Letter } from './letter.ts'

/** A kind of mail: what it is made of and how it is treated. Made by `defineMail`, sent by `sendMail`. */
export interface Mail<S extends TSchema = TSchema> {
  readonly name: string
  readonly essential: boolean
  readonly perHour: number
  accepts(data: unknown): data is Static<S>
  write(data: Static<S>): Letter
}

export interface MailDefinition<S extends TSchema> {
  /** `feature.what`: letters, digits, dots and hyphens; unique in the house. */
  readonly name: string
  readonly schema: S
  /** It goes out also to an address that has refused a mail before, and beyond what an address gets of all kinds. */
  readonly essential?: boolean
  /** How many of this kind one mailbox gets within an hour, by whoever's doing. Default 5. */
  readonly perHour?: number
  /** Pure. Names that people chose go through `nameInMail`. */
  readonly write: (data: Static<S>) => Letter
}

/** Declares a kind of mail. Throws at once when the declaration itself is wrong. */
export function defineMail<S extends TSchema>(definition: MailDefinition<S>): Mail<S> {
  const { name, schema, essential = false, perHour = 5, write } = definition
  invariant(/^[a-z][\w.-]{0,99}$/i.test(name), `not a name of a mail: ${name}`)
  invariant(Number.isInteger(perHour) && perHour > 0, `${name}: perHour is not a count`)
  return { name, essential, perHour, accepts: acceptorOf(schema), write }
}
