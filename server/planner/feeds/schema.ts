import { type Static, Type } from 'typebox'
import { dateTime, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

export const Shows = ['tasks', 'events', 'both'] as const
export type Shows = (typeof Shows)[number]

const shows = wordOf(Shows, 'To-dos; events, for calendars that show no to-dos; or both.')

export const NewFeed = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 100 }), shows: Type.Optional(shows) },
  { additionalProperties: false },
)
export type NewFeed = Static<typeof NewFeed>

const said = {
  id: uuid(),
  name: Type.String(),
  shows,
  createdAt: dateTime(),
}

export const Feed = Type.Object(said)
export type Feed = Static<typeof Feed>

export const IssuedFeed = Type.Object({
  ...said,
  url: Type.String({ description: 'Who knows it reads the feed. It is told this once.' }),
})
export type IssuedFeed = Static<typeof IssuedFeed>

export const FeedParams = Type.Object({ id: pathId('feed') })
export const FeedSecret = Type.Object({
  secret: Type.String({ pattern: '^[\\w-]{43}$', description: 'What its address was made with.' }),
})
export const FeedQuery = Type.Object(PageQuery, { additionalProperties: false })
export type FeedQuery = Static<typeof FeedQuery>

export const FeedPage = page(Feed)
