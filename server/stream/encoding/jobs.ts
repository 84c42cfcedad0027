import { Type } from 'typebox'
import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts'
import { uuid } from '#platform/fields.ts'
import { defineJob } from '#platform/jobs/job.ts'

const VideoInput = Type.Object({ videoId: uuid() })

// The light half of the jobs: what enqueues them does not load what runs them.
const RETRY = { limit: 3, backoff: 'exponential', delayMs: 2_000 } as const

export const probeVideoJob = defineJob({
  name: 'stream.probe',
  input: VideoInput,
  retry: RETRY,
  timeoutMs: 30 * MINUTE_MS,
  concurrency: 'cpu',
  fair: true,
  priority: () => 2,
  key: ({ videoId }) => videoId,
  load: async () => {
    const { asStepOf, probeVideo } = await import('./service.ts')
    return {
      run: (ctx, input, signal) => asStepOf(ctx, input, RETRY.limit + 1, () => probeVideo(ctx, input.videoId, signal)),
    }
  },
})

export const encodeChunkJob = defineJob({
  name: 'stream.encode',
  input: Type.Object({ videoId: uuid(), index: Type.Integer({ minimum: 0 }) }),
  retry: RETRY,
  timeoutMs: 6 * HOUR_MS,
  concurrency: 'cpu',
  fair: true,
  // What makes a video playable goes before what makes it whole.
  priority: ({ index }) => (index === 0 ? 1 : 0),
  key: ({ videoId, index }) => `${videoId}:${index}`,
  load: async () => {
    const { asStepOf, encodeVideoChunk } = await import('./service.ts')
    return {
      run: (ctx, input, signal) => asStepOf(ctx, input, RETRY.limit + 1, () => encodeVideoChunk(ctx, input, signal)),
    }
  },
})

export const encodeAudioJob = defineJob({
  name: 'stream.encode-audio',
  input: Type.Object({
    videoId: uuid(),
    /** Frames that the picture really has, when that differs from the plan. */
    frameCount: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  retry: RETRY,
  timeoutMs: 6 * HOUR_MS,
  concurrency: 'cpu',
  fair: true,
  priority: () => 1,
  key: ({ videoId }) => videoId,
  load: async () => {
    const { asStepOf, encodeVideoAudio } = await import('./service.ts')
    return {
      run: (ctx, input, signal) => asStepOf(ctx, input, RETRY.limit + 1, () => encodeVideoAudio(ctx, input, signal)),
    }
  },
})

export const makeThumbnailsJob = defineJob({
  name: 'stream.thumbnails',
  input: VideoInput,
  retry: RETRY,
  timeoutMs: 30 * MINUTE_MS,
  concurrency: 'cpu',
  fair: true,
  key: ({ videoId }) => videoId,
  load: async () => {
    const [{ asStepOf }, { thumbnailsOfVideo }] = await Promise.all([
      import('./service.ts'),
      import('../thumbnails/service.ts'),
    ])
    return {
      run: (ctx, input, signal) =>
        asStepOf(ctx, input, RETRY.limit + 1, () => thumbnailsOfVideo(ctx, input.videoId, signal)),
    }
  },
})

export const packageVideoJob = defineJob({
  name: 'stream.package',
  input: VideoInput,
  retry: RETRY,
  timeoutMs: 30 * MINUTE_MS,
  concurrency: 'io',
  key: ({ videoId }) => videoId,
  load: async () => {
    const [{ asStepOf }, { packageVideo }] = await Promise.all([
      import('./service.ts'),
      import('../packaging/service.ts'),
    ])
    return {
      run: (ctx, input) => asStepOf(ctx, input, RETRY.limit + 1, () => packageVideo(ctx, input.videoId)),
    }
  },
})

export const encodingJobs = [probeVideoJob, encodeChunkJob, encodeAudioJob, makeThumbnailsJob, packageVideoJob]
