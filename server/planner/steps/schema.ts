import { type Static, Type } from 'typebox'
import { orNull, uuid, wordOf } from '#platform/fields.ts'
import { Champs, Task, TaskKind, TaskParams } from '../tasks/schema.ts'
import { Automation } from './recipes/recipe.ts'

export const SplitParams = TaskParams

const minutes = (description: string) => Type.Integer({ minimum: 1, maximum: 100_000, description })

/** How an answer was found and how sure it is. */
export const Answered = {
  path: wordOf(['rules', 'statistics', 'model'] as const, 'By rules, by figures of the past, or by a language model.'),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
}

/** A reason by its code, with what belongs to it. */
export const Reason = Type.Object(
  {
    code: wordOf(
      [
        ...(['overdue', 'due-today', 'due-in', 'priority', 'unblocks', 'waits-for', 'old'] as const),
        ...(['fits-energy', 'too-much-energy', 'fits-time', 'too-long', 'quick'] as const),
      ],
      'Why it stands where it stands.',
    ),
    days: Type.Optional(Type.Integer()),
    priority: Type.Optional(Type.Integer()),
    tasks: Type.Optional(Type.Integer()),
    taskIds: Type.Optional(Type.Array(uuid())),
  },
  { title: 'StepReason' },
)

export const NextQuery = Type.Object(
  {
    energy: Type.Optional(Type.Integer({ minimum: 1, maximum: 3, description: 'What is there: 1 low to 3 high.' })),
    minutes: Type.Optional(minutes('How long there is time.')),
    inMeeting: Type.Optional(Type.Boolean({ description: 'Only what is done silently and in one seat.' })),
    restless: Type.Optional(Type.Boolean({ description: 'Only what is done on one’s feet.' })),
    parentId: Type.Optional(uuid('Only what lies directly below this one.')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 3 })),
  },
  { additionalProperties: false },
)
export type NextQuery = Static<typeof NextQuery>

export const NextSteps = Type.Object({
  ...Answered,
  items: Type.Array(
    Type.Object({
      task: Task,
      champs: Type.Object(Champs.properties, { description: 'Its own, or made from its words where it has none.' }),
      fit: wordOf(['fits', 'possible'] as const, 'Whether it suits the energy, or is one class above it.'),
      reasons: Type.Array(Reason),
      parent: orNull(
        Type.Object(
          { id: uuid(), title: Type.String(), progress: Task.properties.progress },
          { description: 'What it is a part of; null at the top.' },
        ),
      ),
    }),
    { description: 'The best first; none when nothing suits.' },
  ),
})
export type NextSteps = Static<typeof NextSteps>

export const SplitWish = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ description: 'Only tell; write nothing.' })),
    minutes: Type.Optional(minutes('How long the whole may take, in place of its estimate.')),
    model: Type.Optional(
      Type.Boolean({ default: true, description: 'Ask the workspace’s language model where there is one.' }),
    ),
  },
  { additionalProperties: false },
)
export type SplitWish = Static<typeof SplitWish>

export const SplitResult = Type.Object({
  ...Answered,
  kind: Type.String({ description: 'What kind of task it was taken for.' }),
  result: Type.String({ description: 'What is there when all is done.' }),
  clarify: Type.Array(Type.String(), { description: 'Questions whose answers would make it better.' }),
  items: Type.Array(
    Type.Object({
      id: orNull(uuid('Null when nothing was written.')),
      title: Type.String(),
      minutes: Type.Integer(),
      level: Type.Integer(),
      kind: orNull(wordOf(TaskKind, 'Whether a program could do it.')),
      icon: orNull(Type.String()),
      champs: orNull(Champs),
      doneWhen: orNull(Type.String()),
      automation: orNull(wordOf(Automation, 'What a program could take over.')),
    }),
    { description: 'Parts of something long, else steps of 2 to 5 minutes, in their order.' },
  ),
})
export type SplitResult = Static<typeof SplitResult>
