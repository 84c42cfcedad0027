import { Type } from 'typebox'
import { defineEvent } from '#platform/events/event.ts'
import { uuid } from '#platform/fields.ts'

/** All renditions are there. */
export const videoReady = defineEvent(
  'stream.video.ready',
  1,
  Type.Object({ videoId: uuid(), durationMs: Type.Integer({ minimum: 1 }) }),
)

/** It will not become a video; `code` is the API's `failure.code`. */
export const videoFailed = defineEvent('stream.video.failed', 1, Type.Object({ videoId: uuid(), code: Type.String() }))
