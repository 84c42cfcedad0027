import { defineTopic } from '#platform/realtime/topic.ts'
import { channels } from '../door.ts'
import { productionEvents } from './events.ts'
import { canUse } from './policy.ts'
import { productionsAmong } from './queries.ts'

/** `production:<id>`: every stage as it begins and ends, and how the production ends. */
export const productionTopic = defineTopic({
  kind: 'production',
  permission: 'production:read',
  events: productionEvents,
  mayRead: async (ctx, ids) => {
    const rows = await channels.one(ctx, (db) => productionsAmong(db, ids))
    return new Set(rows.filter((row) => canUse(ctx.actor, row)).map(({ id }) => id))
  },
})
