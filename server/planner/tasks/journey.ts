import { Type } from 'typebox'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { isProblem } from '#kernel/errors.ts'
import { TaskNotFound, taskRow } from './service.ts'
import { Task } from './schema.ts'

const { id, title, status, productionId, completedAt, createdAt } = Task.properties

/** The task that a film was made for; it leads to the thought that it came from. */
export const taskPart = defineJourneyPart({
  name: 'task',
  of: 'task',
  schema: Type.Object({ id, title, status, productionId, completedAt, createdAt }),
  read: async (ctx, taskId) => {
    const row = await taskRow(ctx, taskId).catch((error: unknown) => {
      if (isProblem(error, TaskNotFound)) return null
      throw error
    })
    if (row === null) return null
    return {
      shown: {
        ...{ id: row.id, title: row.title, status: row.status, productionId: row.productionId },
        completedAt: row.completedAt?.toISOString() ?? null,
        createdAt: row.createdAt.toISOString(),
      },
      leads: row.captureId === null ? [] : [{ kind: 'capture', id: row.captureId }],
    }
  },
})
