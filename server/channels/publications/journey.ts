import { Type } from 'typebox'
import { id, orNull, time } from '#platform/fields.ts'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { publicationFor } from './service.ts'

/** Where the film of a production is shown. */
export const publicationPart = defineJourneyPart({
  name: 'publication',
  of: 'production',
  schema: Type.Object({
    id: id(),
    target: Type.String(),
    state: Type.String({ description: 'pending, sent, published or failed.' }),
    videoId: id(),
    createdAt: time(),
    publishedAt: orNull(time()),
  }),
  read: async (ctx, productionId) => {
    const row = await publicationFor(ctx, productionId)
    if (row === null) return null
    const { id, target, state, videoId, createdAt, publishedAt } = row
    const times = { createdAt: createdAt.toISOString(), publishedAt: publishedAt?.toISOString() ?? null }
    return { shown: { id, target, state, videoId, ...times }, leads: [] }
  },
})
