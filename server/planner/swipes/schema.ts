import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { HandOver } from '../delegations/schema.ts'
import { Task } from '../tasks/schema.ts'

export const Direction = ['left', 'up', 'right'] as const
export type Direction = (typeof Direction)[number]

export const How = ['with-me', 'solo'] as const
export type How = (typeof How)[number]

const actualMinutes = Type.Integer({ minimum: 0, maximum: 100_000 })
const closed = { additionalProperties: false } as const

export const SwipeParams = Type.Object({ id: pathId('swipe') })

const { assignee, skills, instructions } = HandOver.properties

export const NewSwipe = Type.Object(
  {
    taskId: uuid(),
    direction: wordOf(Direction, 'left: let it be. up: hand it over. right: do it.'),
    how: Type.Optional(wordOf(How, 'Of a swipe to the right: by first steps, or alone against a timer.')),
    minutes: Type.Optional(Type.Integer({ minimum: 5, maximum: 60, description: 'Of a timer. 25 unless said.' })),
    reason: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        pattern: '\\S',
        description: 'Why it is let be; nobody is asked for one.',
      }),
    ),
    // Of a swipe up, as when work is handed over.
    assignee,
    skills,
    instructions,
  },
  closed,
)
export type NewSwipe = Static<typeof NewSwipe>

const Timer = Type.Object({
  minutes: Type.Integer({ description: 'How long it was set to.' }),
  startedAt: dateTime(),
  endsAt: dateTime('When it rings.'),
  remainingMs: Type.Integer({
    description: 'Until it rings, by the clock of the server; 0 when it has, or has ended.',
  }),
  finishedAt: orNull(dateTime()),
  actualMinutes: orNull(actualMinutes),
})

export const Swipe = Type.Object(
  {
    id: uuid(),
    taskId: uuid(),
    direction: wordOf(Direction),
    how: orNull(wordOf(How)),
    reason: orNull(Type.String()),
    delegationId: orNull(uuid()),
    timer: orNull(Timer),
    createdAt: dateTime(),
  },
  { title: 'Swipe' },
)
export type Swipe = Static<typeof Swipe>

export const Swiped = Type.Object({
  swipe: Swipe,
  task: Task,
  steps: Type.Array(Task, { description: 'With `with-me`: what to begin with, three at most.' }),
})
export type Swiped = Static<typeof Swiped>

export const SwipeQuery = Type.Object(PageQuery, closed)
export type SwipeQuery = Static<typeof SwipeQuery>
export const SwipePage = page(Swipe)

export const Running = Type.Object({ swipe: orNull(Swipe) })
export type Running = Static<typeof Running>

export const Finish = Type.Object(
  {
    isDone: Type.Boolean({ description: 'Whether the task is done with it.' }),
    actualMinutes: Type.Optional(
      Type.Integer({
        ...actualMinutes,
        description: 'How long one was really at it. What the clock says unless said.',
      }),
    ),
  },
  closed,
)
export type Finish = Static<typeof Finish>
