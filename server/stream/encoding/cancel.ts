import { cancelByKey } from '#platform/jobs/enqueue.ts'
import type { StreamTx } from '../door.ts'
import { encodeAudioJob, encodeChunkJob, makeThumbnailsJob, packageVideoJob, probeVideoJob } from './jobs.ts'
import type { EncodingPlan } from './plan.ts'
import { planOf, storedIndexes } from './queries.ts'

/** A job that is left alone because it is the one that asks: its name, and for a chunk which. */
export interface OwnJob {
  readonly name: string
  readonly index?: number | undefined
}

/**
 * Cancels everything that may be at work on a video, but for `own`: waiting jobs never run, running ones are told to
 * stop at commit and end their FFmpeg. Call it in the transaction that takes the video out of work, so that nothing is
 * enqueued behind it. Jobs that do not exist are passed over.
 */
export async function cancelEncoding(tx: StreamTx, videoId: string, own: OwnJob | null = null): Promise<void> {
  for (const job of [probeVideoJob, encodeAudioJob, makeThumbnailsJob, packageVideoJob]) {
    if (job.name !== own?.name) await cancelByKey(tx, job, job.keyOf({ videoId }) ?? '')
  }
  const row = await planOf(tx, videoId).executeTakeFirst()
  if (row === undefined || row.plan === null) return
  const stored = await storedIndexes(tx, videoId).execute()
  const done = new Set(stored.filter(({ track }) => track === 'video').map(({ index }) => index))
  for (const { index } of (row.plan as EncodingPlan).chunks) {
    const isOwn = own?.name === encodeChunkJob.name && own.index === index
    if (isOwn || done.has(index)) continue
    await cancelByKey(tx, encodeChunkJob, encodeChunkJob.keyOf({ videoId, index }) ?? '')
  }
}
