import { Type } from 'typebox'
import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts'
import { uuid } from '#platform/fields.ts'
import { type Concurrency, type Job, type Retry, defineJob } from '#platform/jobs/job.ts'
import { StageName } from './stages.ts'

// The light half of the stages: what enqueues them does not load what runs them.
const StageInput = Type.Object({ productionId: uuid() })

/** Tries of a stage that fails by no fault of its input. */
export const STAGE_RETRY: Retry = { limit: 3, backoff: 'exponential', delayMs: 2_000 }

const WORK: Readonly<Record<StageName, { readonly timeoutMs: number; readonly concurrency: Concurrency }>> = {
  script: { timeoutMs: 5 * MINUTE_MS, concurrency: 'io' },
  voice: { timeoutMs: 30 * MINUTE_MS, concurrency: 'cpu' },
  visuals: { timeoutMs: 3 * HOUR_MS, concurrency: 'cpu' },
  captions: { timeoutMs: 5 * MINUTE_MS, concurrency: 'io' },
  music: { timeoutMs: 30 * MINUTE_MS, concurrency: 'cpu' },
  assemble: { timeoutMs: 3 * HOUR_MS, concurrency: 'cpu' },
  check: { timeoutMs: HOUR_MS, concurrency: 'cpu' },
  publish: { timeoutMs: 30 * MINUTE_MS, concurrency: 'io' },
}

const defineStageJob = (stage: StageName): Job<typeof StageInput> =>
  defineJob({
    name: `channels.${stage}`,
    input: StageInput,
    retry: STAGE_RETRY,
    ...WORK[stage],
    fair: true,
    key: ({ productionId }) => `${productionId}:${stage}`,
    load: async () => {
      const { runStage } = await import('./run.ts')
      return { run: (ctx, { productionId }, signal) => runStage(ctx, productionId, stage, signal) }
    },
  })

const jobs = new Map(StageName.map((stage) => [stage, defineStageJob(stage)]))

/** The job of a stage. */
export function stageJob(stage: StageName): Job<typeof StageInput> {
  const job = jobs.get(stage)
  if (job === undefined) throw new Error(`There is no job of the stage ${stage}`)
  return job
}

export const stageJobs = [...jobs.values()]
