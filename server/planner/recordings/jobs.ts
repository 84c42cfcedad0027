import { Type } from 'typebox'
import { MINUTE_MS } from '#kernel/clock.ts'
import { uuid } from '#platform/fields.ts'
import { defineJob } from '#platform/jobs/job.ts'

/** Listens to a recording in the name of its person: nobody else may hear it. */
export const hearRecordingJob = defineJob({
  name: 'planner.hear-recording',
  input: Type.Object({ captureId: uuid(), userId: uuid(), workspaceId: uuid() }),
  retry: { limit: 3, backoff: 'exponential' },
  timeoutMs: 10 * MINUTE_MS,
  concurrency: 'io',
  fair: true,
  key: ({ captureId }) => captureId,
  load: () => import('./hearing.ts'),
})

export const recordingJobs = [hearRecordingJob]
