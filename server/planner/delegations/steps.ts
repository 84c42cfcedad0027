import { isProblem, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import type { PlannerTx } from '../door.ts'
import { idleAgent } from '../agents/service.ts'
import { TaskNotFound, changeTaskIn, taskHeld } from '../tasks/service.ts'
import { EVENT_OF } from './events.ts'
import { taskOf } from './follow.ts'
import { canSee } from './policy.ts'
import {
  type DelegationPatch,
  type DelegationRow,
  delegationById,
  holdTaskOf,
  insertNote,
  lockedDelegation,
  updateDelegation,
} from './queries.ts'
import { type Action, type DelegationState, OPEN, STEPS, isAllowed } from './state.ts'

export const DelegationNotFound = problem('planner/delegation-not-found', 404, 'There is no such delegation')
export const StepNotAllowed = problem(
  'planner/delegation-step-not-allowed',
  409,
  'This does not follow from how it stands',
)

/** Who took a step, and what they said. */
export interface Said {
  /** user:…, agent:… or system. */
  readonly actor: string
  readonly note?: string | null | undefined
  readonly percent?: number | null | undefined
}

/**
 * A delegation of the workspace, held until the transaction ends, its task before it.
 * @throws DelegationNotFound
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export async function delegationHeld(tx: PlannerTx, ctx: Ctx, id: string, ifMatch?: string): Promise<DelegationRow> {
  await holdTaskOf(tx, id)
  const row = seen(ctx, id, await lockedDelegation(tx, id).executeTakeFirst())
  requireMatch(ifMatch, etagOf(id, row.version))
  return row
}

export function seen(ctx: Ctx, id: string, row: DelegationRow | undefined): DelegationRow {
  if (row === undefined || !canSee(ctx.actor, row))
    throw DelegationNotFound({ detail: `No delegation ${id} is here for you.` })
  return row
}

/**
 * Takes a step with what is held: row, history, event and task are one transaction. Returns how it stands then.
 * @throws StepNotAllowed from where it stands
 */
export async function takeStep(
  tx: PlannerTx,
  ctx: Ctx,
  row: DelegationRow,
  action: Action,
  said: Said,
  patch: DelegationPatch = {},
): Promise<DelegationRow> {
  if (!isAllowed(action, row.state)) throw StepNotAllowed({ detail: `It is ${row.state}.`, state: row.state })
  const [{ to }, at] = [STEPS[action], ctx.clock.now()]
  await updateDelegation(tx, row.id, { state: to, ...timesOf(to, row.state, at), ...patch }, at)
  await noteThat(tx, row, action, said)
  const after = await delegationById(tx, row.id).executeTakeFirstOrThrow()
  const event = EVENT_OF[action]
  if (event !== null) {
    const { id: delegationId, taskId, assignee } = after
    await emit(tx, event, { delegationId, taskId, assignee }, { subject: `delegation:${delegationId}` })
  }
  if (to !== row.state || after.assignee !== row.assignee) await haveTaskFollow(tx, ctx, after)
  return after
}

export async function noteThat(
  tx: PlannerTx,
  { id: delegationId, workspaceId }: Pick<DelegationRow, 'id' | 'workspaceId'>,
  action: string,
  { actor, note = null, percent = null }: Said,
): Promise<void> {
  const id = newId<'DelegationNote'>()
  await insertNote(tx, { id, workspaceId, delegationId, action, actor, note, percent })
}

/** Has the task stand as its work does. One that is gone, done or dropped meanwhile stays so. */
export async function haveTaskFollow(tx: PlannerTx, ctx: Ctx, row: DelegationRow): Promise<void> {
  const change = taskOf(row)
  if (change === null) return
  try {
    const { status } = await taskHeld(tx, ctx, row.taskId)
    if (status !== 'done' && status !== 'dropped') await changeTaskIn(tx, ctx, row.taskId, change)
  } catch (error) {
    if (!isProblem(error, TaskNotFound)) throw error
  }
}

/** Where what somebody let go goes next: to another agent at once, or into the queue. */
export async function passedOn(tx: PlannerTx, ctx: Ctx, row: DelegationRow): Promise<DelegationPatch> {
  const { workspaceId, skills } = row
  const tried = row.agentId === null ? row.tried : [...row.tried, row.agentId]
  const agentId = await idleAgent(tx, { workspaceId, skills, except: tried })
  const offeredAt = agentId === null ? null : ctx.clock.now()
  return { isQueued: true, userId: null, agentId, offeredAt, tried: [...tried], progressPercent: 0 }
}

function timesOf(to: DelegationState, from: DelegationState, at: Date): DelegationPatch {
  if (!OPEN.includes(to)) return { endedAt: at }
  if (to === 'pending') return { acceptedAt: null, submittedAt: null }
  if (to === 'accepted') return { acceptedAt: at }
  if (to === 'submitted') return { submittedAt: at }
  return from === 'submitted' ? { submittedAt: null } : {}
}
