import { Type } from 'typebox'
import { MINUTE_MS } from '#kernel/clock.ts'
import { uuid } from '#platform/fields.ts'
import { type Retry, defineJob } from '#platform/jobs/job.ts'

/** Tries of an execution that stops by a fault of ours; where a model fails the step fails, and is not tried by itself. */
export const RUN_RETRY: Retry = { limit: 3, backoff: 'exponential' }

/** How long a model may take for one step. Ten of them are less than the job may take. */
export const STEP_DEADLINE_MS = MINUTE_MS / 2

/** Works out the steps of an execution, one after the other, in the name of its person: nobody else could read it. */
export const runWorkflowJob = defineJob({
  name: 'planner.run-workflow',
  input: Type.Object({ executionId: uuid(), userId: uuid(), workspaceId: uuid(), round: Type.Integer({ minimum: 1 }) }),
  retry: RUN_RETRY,
  timeoutMs: 10 * MINUTE_MS,
  concurrency: 'io',
  fair: true,
  key: ({ executionId, round }) => `${executionId}:${round}`,
  load: () => import('./running.ts'),
})

export const workflowJobs = [runWorkflowJob]
