import { type Static, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { pathId } from '#platform/http/parameters.ts'

/** What is made for a film, in the order in which it is made. */
export const GenerationKind = ['script', 'voice', 'visuals', 'captions', 'music', 'assemble', 'check'] as const
export type GenerationKind = (typeof GenerationKind)[number]

export const GenerationState = ['running', 'done', 'failed'] as const

/** How many lines a film may have. */
export type FilmHeight = 360 | 540 | 720

/** A few plain facts for people. */
export type Summary = Readonly<Record<string, string | number | boolean | null>>

export const FilmParams = Type.Object({ id: pathId('film') })

export const Generation = Type.Object(
  {
    kind: wordOf(GenerationKind, 'What is made.'),
    provider: Type.String({ description: 'Who made it.' }),
    state: wordOf(GenerationState, 'A failed one is begun anew when its stage is tried again.'),
    attempts: Type.Integer({ minimum: 1 }),
    startedAt: dateTime(),
    endedAt: orNull(dateTime()),
    costMicros: Type.Integer({ minimum: 0, description: 'Millionths of a US dollar.' }),
    summary: orNull(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
      'A few plain facts of what was made; null until it is done.',
    ),
  },
  { additionalProperties: false },
)

export const Render = Type.Object(
  {
    title: Type.String(),
    language: Type.String({ description: 'BCP 47.' }),
    durationFrames: Type.Integer({ minimum: 1 }),
    frameRate: Type.String({ description: 'A fraction: 30/1.' }),
    durationMs: Type.Integer({ minimum: 1 }),
    width: Type.Integer({ minimum: 1 }),
    height: Type.Integer({ minimum: 1 }),
    sizeBytes: Type.Integer({ minimum: 1 }),
    loudnessLufs: Type.Number({ description: 'Integrated loudness, EBU R 128.' }),
    createdAt: dateTime(),
  },
  { additionalProperties: false },
)

export const Film = Type.Object(
  {
    id: uuid(),
    title: orNull(Type.String(), 'Null until it is given or the script is written.'),
    idea: orNull(Type.String()),
    script: orNull(Type.String()),
    generations: Type.Array(Generation),
    render: orNull(Render),
    createdAt: dateTime(),
  },
  { title: 'Film', additionalProperties: false },
)
/** A film with what was made for it so far. */
export type Film = Static<typeof Film>
