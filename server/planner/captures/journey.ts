import { Type } from 'typebox'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { ownCapture } from './service.ts'

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])

/** The thought at the beginning: its words for whoever had it; others see that there is one. */
export const thoughtPart = defineJourneyPart({
  name: 'thought',
  of: 'capture',
  schema: Type.Object({
    captureId: Type.String({ format: 'uuid' }),
    text: orNull(Type.String({ description: 'Null for everyone but whose thought it is.' })),
    capturedAt: orNull(Type.String({ format: 'date-time' })),
  }),
  read: async (ctx, captureId) => {
    const own = await ownCapture(ctx, captureId)
    const { text = null, createdAt: capturedAt = null } = own?.capture ?? {}
    return { shown: { captureId, text, capturedAt }, leads: [] }
  },
})
