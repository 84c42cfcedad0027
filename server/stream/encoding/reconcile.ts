import { MINUTE_MS } from '#kernel/clock.ts'
import { MediaFailure } from '#platform/media/failure.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import type { AnyJob, JobCtx } from '#platform/jobs/job.ts'
import { defineReconciler } from '#platform/jobs/schedule.ts'
import { type StreamTx, stream } from '../door.ts'
import { failEncoding, removeMedia } from './failing.ts'
import { encodeAudioJob, encodeChunkJob, makeThumbnailsJob, packageVideoJob, probeVideoJob } from './jobs.ts'
import type { EncodingPlan } from './plan.ts'
import { deadJob, doneOf, storedIndexes, unfinishedVideos } from './queries.ts'

const BATCH = 200

/**
 * Derives the jobs that unfinished videos should have from their rows and enqueues those that are missing: what was
 * lost with a restored backup, or by a bug of ours, is found again. Jobs that exist stay as they are: their keys hold.
 * A video whose job was given up for good (poison) has failed.
 */
export const encodingReconciler = defineReconciler({
  name: 'stream-encoding',
  everyMs: MINUTE_MS,
  run: async (ctx) => {
    const videos = await stream.one(ctx, (db) => unfinishedVideos(db, BATCH))
    for (const video of videos) {
      const failed = await stream.write(ctx, (tx) => reconcile(tx, ctx, video))
      if (failed) await removeMedia(ctx, video.id)
    }
  },
})

interface Unfinished {
  readonly id: string
  readonly workspaceId: string
  readonly state: string
  readonly plan: unknown
}

/** Returns true when the video has failed now. */
async function reconcile(tx: StreamTx, ctx: JobCtx, video: Unfinished): Promise<boolean> {
  const { id: videoId, workspaceId } = video
  const wanted = await wantedJobs(tx, video)
  for (const { job, input } of wanted) {
    if ((await deadJob(tx, job.name, job.keyOf(input) ?? '').executeTakeFirst()) !== undefined) {
      const failure = new MediaFailure('encoding_failed', 'The encoding was given up after several tries.')
      return failEncoding(tx, ctx, video, failure)
    }
    const made = await enqueue(tx, job, input, { workspaceId })
    if (made !== null) ctx.log.warn({ videoId, job: job.name }, 'a missing job was enqueued again')
  }
  return false
}

async function wantedJobs(tx: StreamTx, video: Unfinished): Promise<{ job: AnyJob; input: unknown }[]> {
  const videoId = video.id
  if (video.state !== 'encoding') return [{ job: probeVideoJob, input: { videoId } }]
  const plan = video.plan as EncodingPlan
  const stored = await storedIndexes(tx, videoId).execute()
  const done = await doneOf(tx, videoId)
  const pictures = new Set(stored.filter((row) => row.track === 'video').map((row) => row.index))
  const missing = plan.chunks.filter((chunk) => !pictures.has(chunk.index))
  const wanted: { job: AnyJob; input: unknown }[] = missing.map(({ index }) => ({
    job: encodeChunkJob,
    input: { videoId, index },
  }))
  if (plan.audio.length > 0 && !done.hasAudio) wanted.push({ job: encodeAudioJob, input: { videoId } })
  if (!done.hasThumbnails) wanted.push({ job: makeThumbnailsJob, input: { videoId } })
  return wanted.length > 0 ? wanted : [{ job: packageVideoJob, input: { videoId } }]
}
