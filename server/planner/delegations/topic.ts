import { Type } from 'typebox'
import { defineTopic } from '#platform/realtime/topic.ts'
import { planner } from '../door.ts'
import { delegationEvents } from './events.ts'
import { canSee } from './policy.ts'
import { delegationsAmong } from './queries.ts'
import { Delegation } from './schema.ts'

const { state, assignee, progressPercent } = Delegation.properties

/** `delegation:<id>`: every step that work takes, and how far it is. */
export const delegationTopic = defineTopic({
  kind: 'delegation',
  permission: 'task:read',
  events: delegationEvents,
  mayRead: async (ctx, ids) => {
    const rows = await planner.one(ctx, (db) => delegationsAmong(db, ids))
    return new Set(rows.filter((row) => canSee(ctx.actor, row)).map(({ id }) => id))
  },
  state: {
    type: 'planner.delegation.progress',
    schema: Type.Object({ state, assignee, progressPercent }),
    read: async (ctx, id) => {
      const [row] = await planner.one(ctx, (db) => delegationsAmong(db, [id]))
      if (row === undefined) return null
      const { workspaceId, progressPercent: percent } = row
      return { workspaceId, data: { state: row.state, assignee: row.assignee, progressPercent: percent } }
    },
  },
})
