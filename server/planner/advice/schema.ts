import { type Static, Type } from 'typebox'
import { Answered, Reason } from '../steps/schema.ts'
import { Task, TaskParams } from '../tasks/schema.ts'

export const EstimateParams = TaskParams

export const EstimateResult = Type.Object({
  ...Answered,
  p50Minutes: Type.Integer({ description: 'Half of such tasks are done in this time.' }),
  p80Minutes: Type.Integer({ description: 'Four of five of such tasks are done in this time.' }),
  basedOn: Type.Integer({ description: 'How many finished tasks it rests on.' }),
})
export type EstimateResult = Static<typeof EstimateResult>

export const PrioritiesQuery = Type.Object(
  {
    energy: Type.Optional(Type.Integer({ minimum: 1, maximum: 3, description: 'What is there: 1 low to 3 high.' })),
    minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'How long there is time.' })),
    timeZone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA name: where days begin.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  },
  { additionalProperties: false },
)
export type PrioritiesQuery = Static<typeof PrioritiesQuery>

export const PrioritiesResult = Type.Object({
  ...Answered,
  items: Type.Array(
    Type.Object({
      task: Task,
      score: Type.Number({ description: 'Higher is earlier; it means nothing beside other lists.' }),
      reasons: Type.Array(Reason),
    }),
    { description: 'What to do first, first.' },
  ),
})
export type PrioritiesResult = Static<typeof PrioritiesResult>
