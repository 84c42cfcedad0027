import { Type } from 'typebox'
import { spentOn } from '#commons/metering/service.ts'
import { defineJourneyPart } from '#commons/journeys/part.ts'
import { isProblem } from '#kernel/errors.ts'
import { Film, filmOf } from '#studio'
import { Production } from './schema.ts'
import { productionWithTag } from './service.ts'

/** What is not there is no part of the journey. */
async function ifThere<R>(reading: Promise<R>): Promise<R | null> {
  try {
    return await reading
  } catch (error) {
    if (isProblem(error) && error.status === 404) return null
    throw error
  }
}

/** The production, with what the ledger says it cost. */
export const productionPart = defineJourneyPart({
  name: 'production',
  of: 'production',
  schema: Type.Object({
    ...Production.properties,
    spent: Type.Array(Type.Object({ currency: Type.String(), amountMicros: Type.Integer() }), {
      description: 'What the ledger says that its stages cost.',
    }),
  }),
  read: async (ctx, id) => {
    const found = await ifThere(productionWithTag(ctx, id))
    if (found === null) return null
    const { production } = found
    const { taskId, projectId } = production
    const spent = await spentOn(ctx, `production:${id}:`)
    return {
      shown: { ...production, spent },
      leads: [...(taskId === null ? [] : [{ kind: 'task', id: taskId }]), { kind: 'project', id: projectId }],
    }
  },
})

/** The film: what was said about it, who made what of it, and the render. */
export const filmPart = defineJourneyPart({
  name: 'film',
  of: 'project',
  schema: Film,
  read: async (ctx, id) => {
    const film = await ifThere(filmOf(ctx, id))
    return film === null ? null : { shown: film, leads: [] }
  },
})
