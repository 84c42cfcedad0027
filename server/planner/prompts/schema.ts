import { type Static, Type } from 'typebox'
import { closed, dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Task } from '../tasks/schema.ts'

export const NewPrompt = closed({
  taskId: Type.Optional(uuid('The task to cut into steps; then there is no `about`.')),
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
    id: uuid(),
    taskId: orNull(uuid()),
    about: orNull(Type.String()),
    prompt: Type.String({ description: 'To paste into a chatbot.' }),
    answer: orNull(Type.String({ description: 'As it was pasted.' })),
    parentId: orNull(uuid('The task that holds the steps.')),
    answeredAt: orNull(dateTime()),
    createdAt: dateTime(),
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
  shape: wordOf(['json', 'list', 'text'], 'What the answer was read as.'),
  parent: Task,
  steps: Type.Array(Task, { description: 'In their order.' }),
})
export type AnsweredPrompt = Static<typeof AnsweredPrompt>
