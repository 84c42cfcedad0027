import { Type } from 'typebox'
import type { Ctx } from '#platform/context.ts'
import { wordOf } from '#platform/fields.ts'
import { defineTopic } from '#platform/realtime/topic.ts'
import { stream } from '../door.ts'
import { videoFailed, videoReady } from './events.ts'
import { canEdit, canRead } from './policy.ts'
import { type LiveRow, videosLive } from './queries.ts'
import { VideoState } from './schema.ts'

const Progress = Type.Object({
  state: wordOf(VideoState),
  playable: Type.Boolean(),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
})

/** `video:<id>`: what happens to a video and how far its encoding is; for its workspace also a room. */
export const videoTopic = defineTopic({
  kind: 'video',
  permission: 'video:read',
  events: [videoReady, videoFailed],
  mayRead: (ctx, ids) => those(ctx, ids, (row) => canRead(ctx.actor, row)),
  mayJoin: (ctx, ids) => those(ctx, ids, (row) => canEdit(ctx.actor, row)),
  state: {
    type: 'stream.video.progress',
    schema: Progress,
    read: async (ctx, id) => {
      const [row] = await stream.one(ctx, (db) => videosLive(db, [id]))
      if (row === undefined) return null
      const { workspaceId, state, playable, progress } = row
      return { workspaceId, data: { state, playable, progress } }
    },
  },
})

async function those(ctx: Ctx, ids: readonly string[], may: (row: LiveRow) => boolean): Promise<Set<string>> {
  const rows = await stream.one(ctx, (db) => videosLive(db, ids))
  return new Set(rows.filter(may).map(({ id }) => id))
}
