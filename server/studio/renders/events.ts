import { Type } from 'typebox'
import { defineEvent } from '#platform/events/event.ts'
import { uuid } from '#platform/fields.ts'

/** A film is there: its picture, its sound and its captions. */
export const renderFinished = defineEvent(
  'studio.render.finished',
  1,
  Type.Object({ projectId: uuid(), durationMs: Type.Integer({ minimum: 1 }) }),
  { isHeard: false },
)
