import { Type } from 'typebox'
import { dateTime, orNull, uuid } from '#platform/fields.ts'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { ownCapture } from './service.ts'

/** The thought at the beginning: its words for whoever had it; others see that there is one. */
export const thoughtPart = defineJourneyPart({
  name: 'thought',
  of: 'capture',
  schema: Type.Object({
    captureId: uuid(),
    text: orNull(Type.String({ description: 'Null for everyone but whose thought it is.' })),
    capturedAt: orNull(dateTime()),
  }),
  read: async (ctx, captureId) => {
    const own = await ownCapture(ctx, captureId)
    const { text = null, createdAt: capturedAt = null } = own?.capture ?? {}
    return { shown: { captureId, text, capturedAt }, leads: [] }
  },
})
