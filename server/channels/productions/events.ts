import { Type } from 'typebox'
import { defineEvent } from '#platform/events/event.ts'
import { orNull, uuid } from '#platform/fields.ts'

const production = { productionId: uuid(), taskId: orNull(uuid()) }

export const productionStarted = defineEvent('channels.production.started', 1, Type.Object(production), {
  isHeard: false,
})

/** Somebody wants it to go on after it had failed. */
export const productionResumed = defineEvent('channels.production.resumed', 1, Type.Object(production))

/** An attempt at a stage has begun. */
export const stageStarted = defineEvent(
  'channels.stage.started',
  1,
  Type.Object({ productionId: uuid(), stage: Type.String(), attempt: Type.Integer({ minimum: 1 }) }),
  { isHeard: false },
)

export const stageFinished = defineEvent(
  'channels.stage.finished',
  1,
  Type.Object({
    productionId: uuid(),
    stage: Type.String(),
    provider: Type.String(),
    costMicros: Type.Integer({ minimum: 0 }),
  }),
  { isHeard: false },
)

/** The video can be watched. */
export const productionCompleted = defineEvent(
  'channels.production.completed',
  1,
  Type.Object({ ...production, videoId: uuid() }),
)

/** It stopped at a stage; `code` is the type of the problem. */
export const productionFailed = defineEvent(
  'channels.production.failed',
  1,
  Type.Object({ ...production, stage: Type.String(), code: Type.String(), detail: Type.String() }),
)

export const productionCancelled = defineEvent('channels.production.cancelled', 1, Type.Object(production))

/** All that happens to a production. */
export const productionEvents = [
  ...[productionStarted, productionResumed, productionCompleted, productionFailed, productionCancelled],
  ...[stageStarted, stageFinished],
]
