import { type Static, Type } from 'typebox'
import { closed, dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Task, TaskKind } from '../tasks/schema.ts'
import { LABEL_PLACES, TEMPLATE_PLACES, TimeOfDay } from './places.ts'

export const ExecutionState = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
export type ExecutionState = (typeof ExecutionState)[number]

export const StepState = ['pending', 'running', 'done', 'failed', 'cancelled'] as const
export type StepState = (typeof StepState)[number]

/** Whether a model may be asked, must answer, or is left alone. */
export const Way = ['any', 'model', 'rules'] as const
export type Way = (typeof Way)[number]

const told = (places: readonly string[]) => places.map((place) => `{${place}}`).join(', ')

const Step = Type.Object(
  {
    label: Type.String({
      ...{ minLength: 1, maxLength: 120, pattern: '\\S' },
      description: `What is done; it may hold ${told(LABEL_PLACES)}.`,
    }),
    minutes: Type.Integer({ minimum: 1, maximum: 60 }),
    kind: wordOf(TaskKind, 'Whether a program could do it.'),
    icon: orNull(Type.String({ minLength: 1, maxLength: 32 })),
  },
  { title: 'WorkflowStep', additionalProperties: false },
)
export type WorkflowStep = Static<typeof Step>

const words = {
  name: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
  description: Type.String({ maxLength: 2000 }),
  systemPrompt: Type.String({
    maxLength: 4000,
    description: 'In what manner a model is to work the steps out. It says how, never what may be answered.',
  }),
  template: Type.String({
    ...{ minLength: 1, maxLength: 4000, pattern: '\\S' },
    description: `What is wanted; it may hold ${told(TEMPLATE_PLACES)}.`,
  }),
  steps: Type.Array(Step, { minItems: 3, maxItems: 10, description: 'In their order.' }),
}

/** What a workflow says, whosever it is. */
export const WorkflowWords = Type.Object(words)
export type WorkflowWords = Static<typeof WorkflowWords>

export const NewWorkflow = closed({
  ...{ name: words.name, template: words.template, steps: words.steps },
  ...{ description: Type.Optional(words.description), systemPrompt: Type.Optional(words.systemPrompt) },
})
export type NewWorkflow = Static<typeof NewWorkflow>

export const WorkflowChange = Type.Object(Type.Partial(Type.Object(words)).properties, {
  additionalProperties: false,
  minProperties: 1,
})
export type WorkflowChange = Static<typeof WorkflowChange>

export const Workflow = Type.Object(
  {
    id: uuid(),
    ...words,
    minutes: Type.Integer({ description: 'Of all steps together.' }),
    isBuiltIn: Type.Boolean({ description: 'It came with the server: everybody has it and nobody changes it.' }),
    createdBy: orNull(uuid('Null for what came with the server.')),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Workflow' },
)
export type Workflow = Static<typeof Workflow>

export const WorkflowParams = Type.Object({ id: pathId('workflow') })
export const WorkflowQuery = closed({ ...PageQuery })
export type WorkflowQuery = Static<typeof WorkflowQuery>
export const WorkflowPage = page(Workflow)

const energy = Type.Integer({ minimum: 1, maximum: 3, description: 'What is there: 1 low to 3 high.' })
const minutesThere = Type.Integer({ minimum: 1, maximum: 100_000, description: 'How long there is time.' })

export const NewExecution = closed({
  taskId: Type.Optional(uuid('The task that it is about.')),
  about: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'What it is about, where there is no task.',
    }),
  ),
  way: Type.Optional(
    wordOf(
      Way,
      '`any` (default): a model where one is connected, else rules. `model`: it fails where no model answers. `rules`: no model is asked.',
    ),
  ),
  energy: Type.Optional(energy),
  minutes: Type.Optional(minutesThere),
  timeOfDay: Type.Optional(wordOf(TimeOfDay, 'Absent: what it is now in `timeZone`.')),
  timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA name.' })),
  recentTasks: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 10, default: 5, description: 'How many of the newest tasks it may know of.' }),
  ),
})
export type NewExecution = Static<typeof NewExecution>

export const Failure = Type.Object({ code: Type.String(), detail: Type.String() })
export type Failure = Static<typeof Failure>

const Path = wordOf(['model', 'rules'] as const, 'Which way it was answered.')
const Cost = {
  inputTokens: Type.Integer(),
  outputTokens: Type.Integer(),
  costMicros: Type.Integer({ description: 'Millionths of a US dollar, of every asking.' }),
}

export const ExecutionStep = Type.Object({
  label: Type.String({ description: 'The label of the workflow with the words of the task.' }),
  icon: orNull(Type.String()),
  kind: wordOf(TaskKind),
  state: wordOf(StepState),
  title: orNull(Type.String({ description: 'What to do; null until it is worked out.' })),
  detail: Type.String({ description: 'How to do it; plain text that a model may have written.' }),
  minutes: Type.Integer(),
  doneWhen: orNull(Type.String()),
  path: orNull(Path),
  confidence: orNull(Type.Number({ minimum: 0, maximum: 1 })),
  provider: orNull(Type.String()),
  model: orNull(Type.String()),
  ...Cost,
  failure: orNull(Failure),
  startedAt: orNull(dateTime()),
  endedAt: orNull(dateTime()),
})
export type ExecutionStep = Static<typeof ExecutionStep>

export const Context = Type.Object({
  energy: orNull(energy),
  minutes: orNull(minutesThere),
  timeOfDay: wordOf(TimeOfDay),
  recent: Type.Array(Type.String(), { description: 'Titles of the newest tasks.' }),
})
export type Context = Static<typeof Context>

const briefly = {
  id: uuid(),
  workflowId: uuid(),
  name: Type.String({ description: 'Of the workflow, as it was when it was run.' }),
  taskId: orNull(uuid('The task that it is about.')),
  about: orNull(Type.String()),
  way: wordOf(Way),
  state: wordOf(ExecutionState),
  path: orNull(wordOf(['model', 'rules'] as const, '`model` where a model worked out any step.')),
  confidence: orNull(Type.Number({ minimum: 0, maximum: 1, description: 'That of the least sure step.' })),
  progress: Type.Object({ done: Type.Integer(), total: Type.Integer() }),
  minutes: Type.Integer({ description: 'Of all steps together.' }),
  ...Cost,
  currency: Type.Literal('USD'),
  appliedAt: orNull(dateTime()),
  createdAt: dateTime(),
  updatedAt: dateTime(),
  endedAt: orNull(dateTime()),
}

export const Execution = Type.Object(
  {
    ...briefly,
    request: Type.String({ description: 'The template with the words of the situation.' }),
    context: Context,
    steps: Type.Array(ExecutionStep),
  },
  { title: 'Execution' },
)
export type Execution = Static<typeof Execution>

export const ExecutionBriefly = Type.Object(briefly)
export type ExecutionBriefly = Static<typeof ExecutionBriefly>
export const ExecutionPage = page(ExecutionBriefly)

export const ExecutionParams = Type.Object({ id: pathId('execution') })
export const ExecutionQuery = closed({
  ...PageQuery,
  workflowId: Type.Optional(uuid()),
  taskId: Type.Optional(uuid()),
  state: Type.Optional(wordOf(ExecutionState)),
})
export type ExecutionQuery = Static<typeof ExecutionQuery>

export const ExecutionApply = closed({
  as: Type.Optional(wordOf(['steps', 'subtasks'] as const, '`steps` (default), or one level below the task.')),
})
export type ExecutionApply = Static<typeof ExecutionApply>

export const ExecutionApplied = Type.Object({
  task: orNull(Type.Object(Task.properties, { description: 'What they lie below; null when it was deleted since.' })),
  steps: Type.Array(Task, { description: 'In their order; without what was deleted since.' }),
})
export type ExecutionApplied = Static<typeof ExecutionApplied>
