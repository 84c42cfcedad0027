import type { StreamDb } from '../door.ts'

/** Of these videos those whose media is wanted. */
export const videosWithMedia = (db: StreamDb, ids: readonly string[]) =>
  db
    .selectFrom('stream.videos')
    .select('id')
    .where('id', 'in', [...ids])
    .where('state', '!=', 'failed')
