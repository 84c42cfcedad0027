import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { defineReconciler } from '#platform/jobs/schedule.ts'
import { type PlannerTx, planner } from '../door.ts'
import { inputOf } from './executions.ts'
import { runWorkflowJob } from './jobs.ts'
import { type ExecutionRow, deadJobSince, lockedExecution, unfinishedExecutions, updateExecution } from './queries.ts'
import type { ExecutionStep } from './schema.ts'

const PAGE_ROWS = 200

/** Derives from their rows the jobs that executions under way should have; one whose job was given up for good has failed. */
export const lostExecutionReconciler = defineReconciler({
  name: 'planner-lost-executions',
  everyMs: MINUTE_MS,
  run: async (ctx, signal) => {
    await takeUpLost(ctx, signal)
  },
})

/**
 * The same at once. The system sees whose executions have not ended and no word of them: each is looked at in the name of
 * its person. Returns how many were taken up or failed.
 */
export async function takeUpLost(ctx: Ctx, signal?: AbortSignal): Promise<number> {
  let count = 0
  for (let after: string | null = null; ;) {
    const page: { after: string | null; limit: number } = { after, limit: PAGE_ROWS }
    const rows: readonly { id: string; workspaceId: string; userId: string }[] = await planner.one(ctx, (db) =>
      unfinishedExecutions(db, page),
    )
    for (const { id, workspaceId, userId } of rows) {
      signal?.throwIfAborted()
      if (await takeUp({ ...ctx, scope: { role: 'app', workspaceId, userId } }, id)) count += 1
    }
    after = rows.at(-1)?.id ?? null
    if (rows.length < PAGE_ROWS) return count
  }
}

function takeUp(ctx: Ctx, id: string): Promise<boolean> {
  return planner.write(ctx, async (tx) => {
    const row = await lockedExecution(tx, id).executeTakeFirst()
    // It may have ended since it was looked for.
    if (row === undefined || row.endedAt !== null) return false
    const input = inputOf(row)
    const key = runWorkflowJob.keyOf(input) ?? ''
    const dead = await deadJobSince(tx, runWorkflowJob.name, key, row.updatedAt).executeTakeFirst()
    if (dead !== undefined) {
      await fail(tx, row, ctx.clock.now())
      return true
    }
    const made = await enqueue(tx, runWorkflowJob, input)
    if (made !== null) ctx.log.warn({ executionId: id }, 'an execution had lost its job and has another')
    return made !== null
  })
}

/** The step that was under way failed with its job; it can be tried again from there. */
async function fail(tx: PlannerTx, row: ExecutionRow, now: Date): Promise<void> {
  const failure = { code: 'internal', detail: 'It was given up after too many tries. Try it again.' }
  const at = row.steps.findIndex(({ state }) => state !== 'done')
  const steps = row.steps.map((step, place): ExecutionStep =>
    place === at ? { ...step, state: 'failed', failure, endedAt: now.toISOString() } : step,
  )
  await updateExecution(tx, row.id, { state: 'failed', steps, endedAt: now }, now)
}
