import { HOUR_MS } from '#kernel/clock.ts'
import { handle } from '../database/handle.ts'
import { type JobTables, deleteOldAttempts, deleteOldProgress } from './queries.ts'
import { defineReconciler } from './schedule.ts'

const db = handle<JobTables>()

/** Removes progress nobody wrote to for 3 days and history of more than 30; finished jobs themselves go after a day. */
export const sweepJobs = defineReconciler({
  name: 'job-history',
  everyMs: HOUR_MS,
  run: (ctx) =>
    db.write(ctx, async (tx) => {
      await deleteOldProgress(tx, 3)
      await deleteOldAttempts(tx, 30)
    }),
})
