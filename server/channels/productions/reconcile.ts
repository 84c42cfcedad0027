import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { defineReconciler } from '#platform/jobs/schedule.ts'
import { channels } from '../door.ts'
import { reconcilePublication } from '../publications/service.ts'
import { stageJob } from './jobs.ts'
import { GIVEN_UP, failStage, holdRunning } from './progress.ts'
import { currentStage, deadJobSince, markBegun, runningProductions } from './queries.ts'

const BATCH = 200

/**
 * Derives from their rows the jobs that productions under way should have, and enqueues those that are missing; a stage
 * whose job was given up for good has failed. Of films that were handed over it looks what has become of them.
 */
export const productionReconciler = defineReconciler({
  name: 'channels-productions',
  everyMs: MINUTE_MS,
  run: async (ctx) => {
    const running = await channels.one(ctx, (db) => runningProductions(db, BATCH))
    for (const production of running) {
      if (!(await reconcilePublication(ctx, production))) await reconcileStage(ctx, production.id)
    }
  },
})

async function reconcileStage(ctx: Ctx, productionId: string): Promise<void> {
  await channels.write(ctx, async (tx) => {
    const production = await holdRunning(tx, productionId)
    const stage = await currentStage(tx, productionId).executeTakeFirst()
    if (production === null || stage === undefined || stage.dueAt === null) return
    const job = stageJob(stage.name)
    const key = job.keyOf({ productionId }) ?? ''
    const dead = await deadJobSince(tx, job.name, key, stage.dueAt).executeTakeFirst()
    if (dead !== undefined) {
      // A job may die before its stage was ever begun.
      if (stage.state === 'waiting') await markBegun(tx, productionId, stage.name, ctx.clock.now())
      await failStage(tx, ctx, { production, stage: stage.name, attempt: null }, GIVEN_UP)
      return
    }
    const made = await enqueue(tx, job, { productionId }, { workspaceId: production.workspaceId })
    if (made !== null) ctx.log.warn({ productionId, job: job.name }, 'a missing job was enqueued again')
  })
}
