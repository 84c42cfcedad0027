import { type Static, Type } from 'typebox'
import { uuid, wordOf } from '#platform/fields.ts'

const Visibility = ['public', 'unlisted', 'private'] as const
export type Visibility = (typeof Visibility)[number]

const FilmHeight = [360, 540, 720] as const
export type FilmHeight = (typeof FilmHeight)[number]

export const NewTaskProduction = Type.Object(
  {
    script: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 20_000,
        description: 'To be narrated as it is. Without one the film is made of the task’s own words.',
      }),
    ),
    visibility: Type.Optional(wordOf(Visibility, 'Who may watch the video.', { default: 'private' })),
    height: Type.Optional(
      Type.Unsafe<FilmHeight>({
        type: 'integer',
        enum: [...FilmHeight],
        default: 720,
        description: 'Lines of the film. One of fewer is made sooner, and takes less room.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type NewTaskProduction = Static<typeof NewTaskProduction>

export const TaskProduction = Type.Object({ productionId: uuid() })
export type TaskProduction = Static<typeof TaskProduction>
