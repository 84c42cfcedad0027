import { type Static, type TSchema, Type } from 'typebox'
import { pathId } from '#platform/http/parameters.ts'
import { Task } from '../tasks/schema.ts'

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])
const id = (description?: string) => Type.String({ format: 'uuid', ...(description && { description }) })
const closed = <T extends Record<string, TSchema>>(members: T) => Type.Object(members, { additionalProperties: false })

export const NewPrompt = closed({
  taskId: Type.Optional(id('The task to cut into steps; then there is no `about`.')),
  about: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      description: 'What is filmed and talked about, such as “my kitchen”; then there is no `taskId`.',
    }),
  ),
})
export type NewPrompt = Static<typeof NewPrompt>

export const PromptParams = Type.Object({ id: pathId('prompt') })

export const Prompt = Type.Object(
  {
    id: id(),
    taskId: orNull(id()),
    about: orNull(Type.String()),
    prompt: Type.String({ description: 'To paste into a chatbot.' }),
    answer: orNull(Type.String({ description: 'As it was pasted.' })),
    parentId: orNull(id('The task that holds the steps.')),
    answeredAt: orNull(Type.String({ format: 'date-time' })),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { title: 'Prompt' },
)
export type Prompt = Static<typeof Prompt>

export const ANSWER_LENGTH_MAX = 20_000

export const PromptAnswer = closed({
  text: Type.String({
    minLength: 1,
    maxLength: ANSWER_LENGTH_MAX,
    description: 'What the chatbot said: a list, Markdown, JSON, or neither. No word of it is lost.',
  }),
})
export type PromptAnswer = Static<typeof PromptAnswer>

export const AnsweredPrompt = Type.Object({
  prompt: Prompt,
  shape: Type.Unsafe<'json' | 'list' | 'text'>({
    ...Type.Union([Type.Literal('json'), Type.Literal('list'), Type.Literal('text')]),
    description: 'What the answer was read as.',
  }),
  parent: Task,
  steps: Type.Array(Task, { description: 'In their order.' }),
})
export type AnsweredPrompt = Static<typeof AnsweredPrompt>
