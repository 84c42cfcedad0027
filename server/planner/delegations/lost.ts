import { MINUTE_MS } from '#kernel/clock.ts'
import { type Ctx, type SystemActor, scopeOfActor } from '#platform/context.ts'
import { defineReconciler } from '#platform/jobs/schedule.ts'
import { planner } from '../door.ts'
import { holdTaskOf, lockedDelegation, lostWork } from './queries.ts'
import { passedOn, takeStep } from './steps.ts'

const BATCH = 200

/** Gives back what agents had in hand that were removed or are not heard of any more. */
export const lostAgentReconciler = defineReconciler({
  name: 'planner-lost-agents',
  everyMs: MINUTE_MS,
  run: async (ctx) => {
    await giveBackLost(ctx)
  },
})

/** The same at once. Returns how much was given back. */
export async function giveBackLost(ctx: Ctx): Promise<number> {
  const lost = await planner.one(ctx, (db) => lostWork(db, BATCH))
  let count = 0
  for (const { id, workspaceId } of lost) {
    const actor: SystemActor = { kind: 'system', name: 'planner-lost-agents', workspaceId }
    if (await giveBack({ ...ctx, actor, scope: scopeOfActor(actor) }, id)) count += 1
  }
  return count
}

function giveBack(ctx: Ctx, id: string): Promise<boolean> {
  return planner.write(ctx, async (tx) => {
    await holdTaskOf(tx, id)
    const row = await lockedDelegation(tx, id).executeTakeFirst()
    // It may have been heard of, or have handed in, since it was looked for.
    const still = await lostWork(tx, 1, id).executeTakeFirst()
    if (row === undefined || still === undefined) return false
    const said = { actor: 'system', note: still.isRemoved ? 'The agent was removed.' : 'The agent was not heard of.' }
    const stays = !row.isQueued && !still.isRemoved
    const patch = stays ? { progressPercent: 0 } : await passedOn(tx, ctx, row)
    await takeStep(tx, ctx, row, 'release', said, patch)
    return true
  })
}
