import { type Static, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { pathId } from '#platform/http/parameters.ts'

export const RecordingState = ['uploading', 'listening', 'kept', 'transcribed'] as const
export type RecordingState = (typeof RecordingState)[number]

const count = (description: string) => Type.Integer({ minimum: 0, description })

export const RecordingParams = Type.Object({ id: pathId('capture') })

/** What was heard; a row keeps it as it is. */
export const Transcript = Type.Object({
  text: Type.String(),
  language: orNull(Type.String()),
  segments: Type.Array(
    Type.Object({ startMs: count('From the beginning.'), endMs: count('From the beginning.'), text: Type.String() }),
  ),
  path: Type.Literal('model', { description: 'Which way it was found.' }),
  provider: Type.String(),
  model: Type.String(),
  costMicros: count('Millionths of a dollar.'),
})
export type Transcript = Static<typeof Transcript>

export const Recording = Type.Object(
  {
    captureId: uuid(),
    title: orNull(Type.String({ description: 'As it was uploaded.' })),
    state: wordOf(
      RecordingState,
      '`listening`: its job waits or runs. `kept`: it can be played and has no words, `reason` says why.',
    ),
    reason: orNull(
      Type.String({
        description:
          '`transcription_not_connected`, `budget`, `provider_failed`, `too_large`, or what is wrong with the file.',
      }),
    ),
    mediaType: orNull(Type.String()),
    sizeBytes: orNull(count('Of the file.')),
    durationMs: orNull(count('Of the sound.')),
    transcript: orNull(Transcript),
    createdAt: dateTime(),
  },
  { title: 'Recording' },
)
export type Recording = Static<typeof Recording>
