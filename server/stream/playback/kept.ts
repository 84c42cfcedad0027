import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Type } from 'typebox'
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts'
import { cached } from '#platform/cache/cached.ts'
import { orNull } from '#platform/fields.ts'
import { stream } from '../door.ts'
import { videoTag } from '../videos/tags.ts'
import { openVideo } from './queries.ts'

const compressed = promisify(gzip)

/**
 * Whether a video is open to all; null when it is not, or is not there. Every segment asks it. Closing a video tells the
 * cache; should that be lost, what was open is closed after these 1.5 s all the same.
 */
export const openToAll = cached({
  name: 'stream.open-videos',
  whose: 'everyone',
  ttlMs: 1.5 * SECOND_MS,
  deafTtlMs: 1 * SECOND_MS,
  value: orNull(Type.Literal(true)),
  tags: (videoId: string) => [videoTag(videoId)],
  load: async (ctx, videoId) => {
    const [row] = await stream.one(ctx, (db) => openVideo(db, videoId))
    return row === undefined ? null : true
  },
})

/**
 * The finished playlists, manifests and tracks of videos that are open to all, compressed (gzip, base64); null while a
 * file is not there. As long as clients keep them (`Cache-Control`). Ask `openToAll` first.
 */
export const textOfOpenVideo = cached({
  name: 'stream.open-texts',
  whose: 'everyone',
  ttlMs: MINUTE_MS,
  absentTtlMs: 0,
  maxBytes: 32 * 1024 * 1024,
  value: orNull(Type.Object({ gzip: Type.String() })),
  tags: (videoId: string, _storageKey: string) => [videoTag(videoId)],
  load: async (ctx, _videoId, storageKey) => {
    if ((await ctx.storage.head(storageKey)) === null) return null
    const text = await buffer(await ctx.storage.read(storageKey))
    return { gzip: (await compressed(text, { level: 6 })).toString('base64') }
  },
})
