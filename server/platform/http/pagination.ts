import { Type } from 'typebox'
import { isId } from '#kernel/ids.ts'
import { InvalidInput } from './problems.ts'

/** Query parameters of every list. */
export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 20, title: 'Limit', description: 'Items of a page.' }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 200, title: 'Cursor', description: 'The `nextCursor` of the page before.' }),
  ),
}

/** One page of a list that is ordered by id, newest first: ids are UUIDv7 and sort by time. */
export interface Page<Item> {
  readonly items: Item[]
  readonly nextCursor: string | null
}

const PREFIX = 'after:'

/** Makes a page of at most `limit` from up to `limit + 1` rows: the one too many says that there is more. */
export function pageOf<Row extends { readonly id: string }>(rows: readonly Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? Buffer.from(`${PREFIX}${last.id}`).toString('base64url') : null }
}

/**
 * The id behind a cursor, or null without one.
 * @throws InvalidInput when the cursor was not made by `pageOf`
 */
export function afterCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const id = text.slice(PREFIX.length)
  if (!text.startsWith(PREFIX) || !isId(id)) {
    throw InvalidInput({ errors: [{ pointer: '?cursor', detail: 'is not a cursor of this list' }] })
  }
  return id
}
