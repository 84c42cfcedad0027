import { Type } from 'typebox'
import { MINUTE_MS } from '#kernel/clock.ts'
import { uuid } from '#platform/fields.ts'
import { defineJob } from '#platform/jobs/job.ts'

/** Finds the tasks in a thought, in the name of its person: nobody else could read it. */
export const splitCaptureJob = defineJob({
  name: 'planner.split-capture',
  input: Type.Object({ captureId: uuid(), userId: uuid(), workspaceId: uuid() }),
  retry: { limit: 3, backoff: 'exponential' },
  timeoutMs: MINUTE_MS,
  concurrency: 1,
  fair: true,
  key: ({ captureId }) => captureId,
  // The readers of dates are loaded where the job runs, and with its first run.
  load: () => import('./splitting.ts'),
})

export const captureJobs = [splitCaptureJob]
