import { type Static, type TSchema, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import * as champs from '../champs/vocabulary.ts'
import { ChangeScope, NewRecurrence, Recurrence } from '../recurrence/schema.ts'

export const TaskStatus = ['inbox', 'next', 'doing', 'waiting', 'done', 'dropped'] as const
export type TaskStatus = (typeof TaskStatus)[number]

export const STEP_LEVEL = 6

export const TaskKind = ['digital', 'human'] as const
export type TaskKind = (typeof TaskKind)[number]

const LABELS_MAX = 20

const whole = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description })
const tags = <Word extends string>(words: readonly Word[]) => Type.Array(wordOf(words), { maxItems: 2 })

export const Champs = Type.Object(
  {
    conversation: tags(champs.Conversation),
    help: tags(champs.Help),
    activity: tags(champs.Activity),
    movement: tags(champs.Movement),
    participation: wordOf(champs.Participation, 'At most 2, 5, 15, 30 minutes, or more.'),
    success: Type.String({ maxLength: 500, description: 'Done when …' }),
  },
  { title: 'Champs', additionalProperties: false },
)

export const TaskParams = Type.Object({ id: pathId('task') })

/** What its people say of a task; the same words in what comes in and what goes out. */
const said = {
  title: Type.String({ minLength: 1, maxLength: 200 }),
  notes: Type.String({ maxLength: 20_000 }),
  status: wordOf(TaskStatus, undefined, { title: 'TaskStatus' }),
  priority: whole(0, 4, '0 none to 4 most urgent.'),
  level: whole(0, 6, '0 initiative, 1 phase, 2 epic, 3 sprint, 4 task, 5 subtask, 6 step. Deeper than its parent’s.'),
  parentId: orNull(uuid()),
  projectId: orNull(uuid()),
  zoneId: orNull(uuid('An area of life.')),
  labels: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: LABELS_MAX, uniqueItems: true }),
  dueAt: orNull(dateTime('An instant; then `timeZone` says where it was meant, and there is no `dueDate`.')),
  dueDate: orNull(Type.String({ format: 'date', description: 'A day; then there is no `dueAt`.' })),
  startAt: orNull(dateTime('Not before.')),
  timeZone: orNull(Type.String({ minLength: 1, maxLength: 64, description: 'IANA name, such as Europe/Lisbon.' })),
  estimateMinutes: orNull(whole(1, 100_000, 'What its people think that it takes.')),
  actualMinutes: orNull(whole(0, 100_000, 'What it took.')),
  energy: orNull(whole(1, 3, 'What it takes: 1 low, 2 medium, 3 high.')),
  kind: orNull(wordOf(TaskKind, 'Whether a program could do it.')),
  icon: orNull(Type.String({ minLength: 1, maxLength: 32 })),
  champs: orNull(Champs),
  doneWhen: orNull(Type.String({ minLength: 1, maxLength: 500, description: 'By what one sees that it is done.' })),
  assignee: orNull(
    Type.String({
      pattern: '^(user|agent):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
      description: 'user:… or agent:…',
    }),
  ),
  waitingFor: orNull(Type.String({ minLength: 1, maxLength: 1000, description: 'Why it waits; kept while it does.' })),
}

export const Task = Type.Object(
  {
    id: uuid(),
    ...said,
    position: Type.Integer({ description: 'Its place among the children of its parent.' }),
    p50Minutes: orNull(Type.Integer({ description: 'Half of the like were done in this time.' })),
    p80Minutes: orNull(Type.Integer({ description: 'Four of five of the like were done in this time.' })),
    progress: Type.Object(
      { done: Type.Integer(), total: Type.Integer() },
      { description: 'Of its own children; those that were dropped are not counted.' },
    ),
    blocked: Type.Boolean({ description: 'Something that it depends on is still open.' }),
    recurrence: orNull(Recurrence),
    productionId: orNull(uuid('The newest production of a film of it.')),
    completedAt: orNull(dateTime()),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Task' },
)
export type Task = Static<typeof Task>

const recurs = orNull(NewRecurrence)

const optional = <T extends Record<string, TSchema>>(members: T) => Type.Partial(Type.Object(members))
// Who does it follows from delegations; areas of life come with their own feature.
const { title: _title, assignee: _assignee, zoneId: _zoneId, ...unasked } = said

/** What it is called elsewhere, for programs that bring tasks: the same name is brought once. */
const Foreign = Type.Object(
  {
    source: Type.String({ minLength: 1, maxLength: 100, description: 'Such as `todoist`.' }),
    externalId: Type.String({ minLength: 1, maxLength: 1000 }),
    fields: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), {
        maxProperties: 100,
        description: 'What has no place here, kept as it came.',
      }),
    ),
  },
  { additionalProperties: false },
)

export const NewTask = Type.Object(
  {
    ...{ title: said.title, ...optional(unasked).properties },
    ...{ recurrence: Type.Optional(recurs), foreign: Type.Optional(Foreign) },
  },
  { title: 'NewTask', additionalProperties: false },
)
export type NewTask = Static<typeof NewTask>

export const TaskChange = Type.Object(
  {
    ...optional({ title: said.title, ...unasked, recurrence: recurs }).properties,
    scope: Type.Optional(
      wordOf(ChangeScope, 'Of what recurs: this occurrence alone, unless said; or what later ones begin with, too.'),
    ),
  },
  { title: 'TaskChange', additionalProperties: false, minProperties: 1 },
)
export type TaskChange = Static<typeof TaskChange>

/** What the house says of tasks beside their people. */
export interface Handed {
  readonly assignee?: string | null
  readonly zoneId?: string | null
}

/** Instants as the questions of lists take them. */
const before = Type.Optional(dateTime('Only tasks whose due time lies before it; of those of a day, the day’s end.'))

export const TASK_FILTERS = {
  status: Type.Optional(wordOf(TaskStatus, 'Only tasks that stand so.')),
  open: Type.Optional(Type.Boolean({ description: 'Only those that are to be done, or only those that are not.' })),
  parentId: Type.Optional(
    Type.Union([uuid(), Type.Literal('none')], { description: 'The children of one, or `none`: those at the top.' }),
  ),
  projectId: Type.Optional(uuid()),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  minPriority: Type.Optional(whole(1, 4, 'At least as urgent.')),
  maxEnergy: Type.Optional(whole(1, 3, 'Takes at most as much.')),
  level: Type.Optional(whole(0, 6, 'Of one level.')),
  assignee: Type.Optional(said.assignee.anyOf[0]),
  dueBefore: before,
  dueFrom: Type.Optional(dateTime('Only tasks whose due time does not lie before it.')),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Words of title and notes, or how they begin; one wrong letter does no harm.',
    }),
  ),
}

export const TaskOrder = ['newest', 'due'] as const
export type TaskOrder = (typeof TaskOrder)[number]

export const TaskQuery = Type.Object(
  {
    ...PageQuery,
    ...TASK_FILTERS,
    order: Type.Optional(
      wordOf(TaskOrder, 'Newest first, or what is due soonest first (open tasks with a due time alone).'),
    ),
  },
  { additionalProperties: false },
)
export type TaskQuery = Static<typeof TaskQuery>

export const TaskPage = page(Task)

export const ChildOrder = Type.Object(
  {
    ids: Type.Array(uuid(), {
      minItems: 1,
      maxItems: 500,
      uniqueItems: true,
      description: 'All children, in their order.',
    }),
  },
  { additionalProperties: false },
)
export type ChildOrder = Static<typeof ChildOrder>

export const BULK_MAX = 100

export const BulkChange = Type.Object(
  {
    ids: Type.Array(uuid(), { minItems: 1, maxItems: BULK_MAX, uniqueItems: true }),
    change: Type.Optional(TaskChange),
    delete: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
)
export type BulkChange = Static<typeof BulkChange>

export const BulkResult = Type.Object({
  items: Type.Array(Task, { description: 'As they stand now; none of the deleted.' }),
})
