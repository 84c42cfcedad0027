import { Type } from 'typebox'
import { defineEvent } from '#platform/events/event.ts'
import { uuid } from '#platform/fields.ts'

const OfTask = Type.Object({ taskId: uuid() })

/** A task was written down. */
export const taskCreated = defineEvent('planner.task.created', 1, OfTask, { isHeard: false })
/** A task is done; each that was done with its parent tells of itself. */
export const taskCompleted = defineEvent('planner.task.completed', 1, OfTask, { isHeard: false })
/** A task that was done is to be done again. */
export const taskReopened = defineEvent('planner.task.reopened', 1, OfTask, { isHeard: false })
