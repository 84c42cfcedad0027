import { Type } from 'typebox'
import { dateTime, orNull, uuid } from '#platform/fields.ts'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { publicationFor } from './service.ts'

/** Where the film of a production is shown. */
export const publicationPart = defineJourneyPart({
  name: 'publication',
  of: 'production',
  schema: Type.Object({
    id: uuid(),
    target: Type.String(),
    state: Type.String({ description: 'pending, sent, published or failed.' }),
    videoId: uuid(),
    createdAt: dateTime(),
    publishedAt: orNull(dateTime()),
  }),
  read: async (ctx, productionId) => {
    const row = await publicationFor(ctx, productionId)
    if (row === null) return null
    const { id, target, state, videoId, createdAt, publishedAt } = row
    const times = { createdAt: createdAt.toISOString(), publishedAt: publishedAt?.toISOString() ?? null }
    return { shown: { id, target, state, videoId, ...times }, leads: [] }
  },
})
