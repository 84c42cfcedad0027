import { type TObject, type TProperties, type TSchema, Type } from 'typebox'

/** What the schemas of every feature are made of, each with the description that the API's own shows. */

const described = (description: string | undefined) => (description === undefined ? {} : { description })

/** An id of ours: a UUID in lower case. */
export const uuid = (description?: string) => Type.String({ format: 'uuid', ...described(description) })

/** A moment, RFC 3339 with its offset. */
export const dateTime = (description?: string) => Type.String({ format: 'date-time', ...described(description) })

/** The schema's value, or null. */
export const orNull = <S extends TSchema>(schema: S, description?: string) =>
  Type.Union([schema, Type.Null()], described(description))

/**
 * One of these words. An `enum`: alternatives of one word each would be checked one after the other, also of each answer
 * that is written.
 */
export const wordOf = <const Word extends string>(
  words: readonly Word[],
  description?: string,
  options: { readonly default?: NoInfer<Word>; readonly title?: string } = {},
) => Type.Unsafe<Word>({ type: 'string', enum: [...words], ...described(description), ...options })

/** An object with no other members than these. */
export const closed = <P extends TProperties>(members: P): TObject<P> =>
  Type.Object(members, { additionalProperties: false })

/** A page of a list; `nextCursor` asks for the next one, null on the last. */
export const page = <S extends TSchema>(item: S) =>
  Type.Object({ items: Type.Array(item), nextCursor: orNull(Type.String()) })
