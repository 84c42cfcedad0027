import { Type } from 'typebox'
import { MINUTE_MS } from '#kernel/clock.ts'
import { defineJob } from '#platform/jobs/job.ts'
import { defineSchedule } from '#platform/jobs/schedule.ts'
import { defineStorageOwner } from '#platform/storage/garbage.ts'
import { stream } from '../door.ts'
import { mediaPrefix } from '../encoding/keys.ts'
import { sweepGrants } from '../playback/urls.ts'
import { purgeDeleted } from '../videos/service.ts'
import { videosWithMedia } from './queries.ts'

const Nothing = Type.Object({})

const purgeVideosJob = defineJob({
  name: 'stream.purge-videos',
  input: Nothing,
  retry: { limit: 2, backoff: 'exponential' },
  timeoutMs: 30 * MINUTE_MS,
  concurrency: 'io',
  key: () => 'all',
  run: async (ctx) => {
    const purged = await purgeDeleted(ctx)
    if (purged > 0) ctx.log.info({ purged }, 'deleted videos were purged')
  },
})

const sweepGrantsJob = defineJob({
  name: 'stream.sweep-grants',
  input: Nothing,
  retry: { limit: 2, backoff: 'exponential' },
  timeoutMs: MINUTE_MS,
  concurrency: 'io',
  key: () => 'all',
  run: (ctx) => sweepGrants(ctx),
})

export const housekeepingJobs = [purgeVideosJob, sweepGrantsJob]

export const housekeeping = [
  defineSchedule({ name: 'stream.purge-videos', cron: '17 * * * *', job: purgeVideosJob, input: {} }),
  defineSchedule({ name: 'stream.sweep-grants', cron: '*/10 * * * *', job: sweepGrantsJob, input: {} }),
]

const VIDEO_OF_KEY = /^stream\/([0-9a-f-]{36})\//

/** Media is wanted as long as its video is there and did not fail; a deleted one is there until it is purged. */
export const mediaOwner = defineStorageOwner({
  prefix: 'stream/',
  isLive: async (ctx, keys) => {
    const ids = new Set(keys.map((key) => VIDEO_OF_KEY.exec(key)?.[1]).filter((id) => id !== undefined))
    const rows = ids.size === 0 ? [] : await stream.one(ctx, (db) => videosWithMedia(db, [...ids]))
    const prefixes = rows.map((row) => mediaPrefix(row.id))
    return new Set(keys.filter((key) => prefixes.some((prefix) => key.startsWith(prefix))))
  },
})
