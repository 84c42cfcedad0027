import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { type PlannerTx, planner } from '../door.ts'
import { agentCalling, agentCallingIfAny, agentNamed } from '../agents/service.ts'
import { personOf } from '../tasks/service.ts'
import { isWorker } from './policy.ts'
import { type DelegationRow, lockedDelegation, nextWork, takenCount } from './queries.ts'
import type { Delegation, Progress, Refusal, Submission, Taken } from './schema.ts'
import { shown, tagged } from './shown.ts'
import { type Said, delegationHeld, passedOn, takeStep } from './steps.ts'

export const NotYourWork = problem('planner/not-your-work', 403, 'This was not handed to you')
export const AgentBusy = problem('planner/agent-busy', 409, 'The agent has as much in hand as it takes')

/** How often an agent looks for other work when what it found was taken under its hands. */
const LOOKS_MAX = 10

type Tagged = { readonly delegation: Delegation; readonly etag: string }

/** Work that is held by whom it was handed to. */
interface InHand {
  readonly row: DelegationRow
  readonly agentId: string | null
  readonly actor: string
}

/**
 * An agent takes what was offered to it, or else the next that fits its skills. However many ask at once, each piece of
 * work is taken by one, and none takes more than it has room for. Null while there is nothing, or no room.
 * @throws KeyNeeded, AgentNotFound
 */
export function takeWork(ctx: Ctx): Promise<Taken> {
  const { workspaceId } = personOf(ctx)
  return planner.write(ctx, async (tx) => {
    const agentId = await agentCalling(tx, ctx)
    const agent = await agentNamed(tx, agentId)
    if (agent === null || !(await hasRoom(tx, workspaceId, agentId))) return { delegation: null }
    for (let look = 0; look < LOOKS_MAX; look++) {
      const id = await nextWork(tx, { id: agentId, workspaceId, skills: agent.skills })
      if (id === null) return { delegation: null }
      const row = await lockedDelegation(tx, id).executeTakeFirstOrThrow()
      // It may have been taken between the look and the hold.
      if (row.state !== 'pending' || (row.agentId !== null && row.agentId !== agentId)) continue
      const after = await takeStep(tx, ctx, row, 'accept', { actor: `agent:${agentId}` }, { agentId })
      return { delegation: shown(after) }
    }
    return { delegation: null }
  })
}

/**
 * Takes on what was handed to one.
 * @throws DelegationNotFound, NotYourWork, StepNotAllowed, AgentBusy, PreconditionFailed
 */
export function acceptWork(ctx: Ctx, id: string, ifMatch?: string): Promise<Tagged> {
  return working(ctx, id, ifMatch, async (tx, { row, agentId, actor }) => {
    if (agentId !== null && row.agentId === agentId && !(await hasRoom(tx, row.workspaceId, agentId)))
      throw AgentBusy({ detail: 'Hand something in first.' })
    return takeStep(tx, ctx, row, 'accept', { actor })
  })
}

/**
 * Says how far the work is; the first word of it begins it.
 * @throws DelegationNotFound, NotYourWork, StepNotAllowed, PreconditionFailed
 */
export function reportProgress(ctx: Ctx, id: string, { percent, note }: Progress, ifMatch?: string): Promise<Tagged> {
  return working(ctx, id, ifMatch, async (tx, { row, actor }) => {
    const begun = row.state === 'accepted' ? await takeStep(tx, ctx, row, 'begin', { actor }) : row
    const patch = { progressPercent: percent, ...(note === undefined ? {} : { note }) }
    return takeStep(tx, ctx, begun, 'progress', { actor, note, percent }, patch)
  })
}

/**
 * Hands in the result. What one does by oneself is done with it; all else is reviewed.
 * @throws DelegationNotFound, NotYourWork, StepNotAllowed, PreconditionFailed
 */
export function submitWork(ctx: Ctx, id: string, { result, note }: Submission, ifMatch?: string): Promise<Tagged> {
  return working(ctx, id, ifMatch, (tx, { row, actor }) => {
    const said: Said = { actor, note, percent: 100 }
    const patch = { result, progressPercent: 100, ...(note === undefined ? {} : { note }) }
    return takeStep(tx, ctx, row, row.mode === 'do' ? 'finish' : 'submit', said, patch)
  })
}

/**
 * Gives work back with a reason. Out of the queue it goes to another; what was handed to one alone comes back to who
 * handed it over.
 * @throws DelegationNotFound, NotYourWork, StepNotAllowed, PreconditionFailed
 */
export function refuseWork(ctx: Ctx, id: string, { reason }: Refusal, ifMatch?: string): Promise<Tagged> {
  return working(ctx, id, ifMatch, async (tx, { row, actor }) => {
    const said: Said = { actor, note: reason }
    if (!row.isQueued) return takeStep(tx, ctx, row, 'refuse', said, { note: reason })
    return takeStep(tx, ctx, row, 'pass-on', said, { ...(await passedOn(tx, ctx, row)), note: reason })
  })
}

function working(
  ctx: Ctx,
  id: string,
  ifMatch: string | undefined,
  work: (tx: PlannerTx, inHand: InHand) => Promise<DelegationRow>,
): Promise<Tagged> {
  const { userId } = personOf(ctx)
  return planner.write(ctx, async (tx) => {
    // The agent is held before task and delegation, in every transaction in the same order.
    const agentId = await agentCallingIfAny(tx, ctx)
    const row = await delegationHeld(tx, ctx, id, ifMatch)
    if (!isWorker(ctx.actor, agentId, row)) throw NotYourWork({ detail: `It is ${row.assignee ?? 'nobody'}’s.` })
    const actor = row.agentId === null ? `user:${userId}` : `agent:${row.agentId}`
    return tagged(await work(tx, { row, agentId, actor }))
  })
}

async function hasRoom(tx: PlannerTx, workspaceId: string, agentId: string): Promise<boolean> {
  const { count } = await takenCount(tx, workspaceId, agentId).executeTakeFirstOrThrow()
  const agent = await agentNamed(tx, agentId)
  return agent !== null && count < agent.maxConcurrent
}
