import { type Static, Type } from 'typebox'
import { PageQuery } from '#platform/http/pagination.ts'

export const TaskStatus = ['inbox', 'next', 'doing', 'waiting', 'done', 'dropped'] as const
export type TaskStatus = (typeof TaskStatus)[number]

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])
const status = Type.Unsafe<TaskStatus>({ ...Type.Union(TaskStatus.map((word) => Type.Literal(word))) })

export const TaskParams = Type.Object({ id: Type.String({ format: 'uuid', description: 'Id of the task.' }) })

export const Task = Type.Object({
  id: Type.String({ format: 'uuid' }),
  title: Type.String(),
  notes: Type.String(),
  status,
  waitingFor: orNull(Type.String({ description: 'Why it waits, such as what went wrong with its production.' })),
  productionId: orNull(Type.String({ format: 'uuid', description: 'The newest production of a film of it.' })),
  completedAt: orNull(Type.String({ format: 'date-time' })),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
})
export type Task = Static<typeof Task>

export const TaskQuery = Type.Object(
  {
    ...PageQuery,
    status: Type.Optional(Type.Unsafe<TaskStatus>({ ...status, description: 'Only tasks that stand so.' })),
  },
  { additionalProperties: false },
)
export type TaskQuery = Static<typeof TaskQuery>

export const TaskPage = Type.Object({ items: Type.Array(Task), nextCursor: orNull(Type.String()) })
