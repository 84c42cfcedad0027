import { Type } from 'typebox'
import { dateTime, orNull } from '#platform/fields.ts'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { stream } from '../door.ts'
import { canEdit } from './policy.ts'
import { videoById } from './queries.ts'

/** The video at the end of a journey, for its own workspace alone; it leads to whatever it was made for. */
export const videoPart = defineJourneyPart({
  name: 'video',
  of: 'video',
  schema: Type.Object({
    title: Type.String(),
    visibility: Type.String(),
    state: Type.String(),
    durationMs: orNull(Type.Integer()),
    watchUrl: Type.String(),
    createdAt: dateTime(),
  }),
  read: async (ctx, id) => {
    const [row] = await stream.one(ctx, (db) => videoById(db, id))
    if (row === undefined || !canEdit(ctx.actor, row)) return null
    const { title, visibility, state, durationMs, source, createdAt } = row
    const [kind, sourceId] = source?.split(':') ?? []
    return {
      shown: {
        ...{ title, visibility, state, durationMs },
        ...{ watchUrl: `${ctx.publicUrl}/watch/${id}`, createdAt: createdAt.toISOString() },
      },
      leads: kind === undefined || sourceId === undefined ? [] : [{ kind, id: sourceId }],
    }
  },
})
