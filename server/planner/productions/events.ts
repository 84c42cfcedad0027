import { Type } from 'typebox'
import { defineEvent } from '#platform/events/event.ts'
import { uuid } from '#platform/fields.ts'

/** Somebody wants a film of a task. What it is to be made of stands in the request, which has the production's id. */
export const productionRequested = defineEvent(
  'planner.task.production-requested',
  1,
  Type.Object({ taskId: uuid(), productionId: uuid() }),
)
