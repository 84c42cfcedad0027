import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { ProductionState, StageName, StageState } from './stages.ts'

const Visibility = ['public', 'unlisted', 'private'] as const
export type Visibility = (typeof Visibility)[number]

const FilmHeight = [360, 540, 720] as const
export type FilmHeight = (typeof FilmHeight)[number]

export const ProductionParams = Type.Object({ id: pathId('production') })

const words = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 20_000, description }))

export const NewProduction = Type.Object(
  {
    idea: words('What the film is to be about. Either this or a script.'),
    script: words('To be narrated as it is.'),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
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
export type NewProduction = Static<typeof NewProduction>

export const Failure = Type.Object({
  stage: wordOf(StageName, 'Where it stopped.'),
  code: Type.String({ description: 'The type of the problem, such as `studio/film-check-failed`.' }),
  detail: Type.String(),
})

export const Stage = Type.Object(
  {
    name: wordOf(StageName, 'What is made.'),
    state: wordOf(StageState, 'Where it stands.'),
    attempts: Type.Integer({ minimum: 0, description: 'How often it was begun.' }),
    startedAt: orNull(dateTime()),
    endedAt: orNull(dateTime()),
    costMicros: Type.Integer({ minimum: 0, description: 'Millionths of one unit of the production’s currency.' }),
    provider: orNull(Type.String({ description: 'Who made it; `offline` for this machine alone.' })),
    summary: orNull(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
    ),
  },
  { title: 'ProductionStage' },
)
export type Stage = Static<typeof Stage>

export const Production = Type.Object(
  {
    id: uuid('Id of the production.'),
    state: wordOf(ProductionState, 'Completed: the video can be watched.'),
    taskId: orNull(uuid('The task that asked for it.')),
    projectId: uuid('The film that it makes.'),
    videoId: orNull(uuid('The video that it becomes, as soon as it is handed over.')),
    visibility: wordOf(Visibility, 'Who may watch the video.'),
    failure: orNull(Failure),
    stages: Type.Array(Stage),
    costMicros: Type.Integer({ minimum: 0 }),
    currency: Type.String(),
    createdAt: dateTime(),
    updatedAt: dateTime(),
    endedAt: orNull(dateTime()),
  },
  { title: 'Production' },
)
export type Production = Static<typeof Production>

export const ProductionQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(wordOf(ProductionState, 'Only productions that stand so.')) },
  { additionalProperties: false },
)
export type ProductionQuery = Static<typeof ProductionQuery>

export const ProductionPage = page(Production)
