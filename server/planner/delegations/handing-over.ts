import { type Fault, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { record } from '#commons/audit/service.ts'
import { type PlannerTx, planner } from '../door.ts'
import { agentNamed, idleAgent } from '../agents/service.ts'
import { personOf, taskHeld } from '../tasks/service.ts'
import { delegationHandedOver } from './actions.ts'
import { handedOver } from './events.ts'
import { type DelegationRow, delegationById, insertDelegation, memberRole, openDelegationOf } from './queries.ts'
import type { Delegation, HandOver } from './schema.ts'
import { tagged } from './shown.ts'
import { haveTaskFollow, noteThat } from './steps.ts'

export const HandedOverAlready = problem('planner/handed-over-already', 409, 'This task is in somebody’s hands')
export const TaskNotOpen = problem('planner/task-not-open', 409, 'This task is not to be done any more')

/** Whom something is given to. */
interface Hands {
  readonly userId: string | null
  readonly agentId: string | null
  readonly isQueued: boolean
}

/**
 * Decides who does a task: oneself, somebody with oneself, somebody else, or nobody. The task follows in the same
 * transaction.
 * @throws TaskNotFound, TaskNotOpen, HandedOverAlready
 * @throws InvalidInput for somebody who cannot do it
 */
export function handOver(ctx: Ctx, wish: HandOver): Promise<{ delegation: Delegation; etag: string }> {
  return planner.write(ctx, async (tx) => tagged(await handOverIn(tx, ctx, wish)))
}

/** The same in the transaction of its cause. */
export async function handOverIn(tx: PlannerTx, ctx: Ctx, wish: HandOver): Promise<DelegationRow> {
  const { userId: delegatedBy, workspaceId } = personOf(ctx)
  const { taskId, mode, skills = [], instructions = '', acceptance = [], validation = [] } = wish
  const task = await taskHeld(tx, ctx, taskId)
  if (task.status === 'done' || task.status === 'dropped') throw TaskNotOpen({ detail: `It is ${task.status}.` })
  if ((await openDelegationOf(tx, taskId).executeTakeFirst()) !== undefined)
    throw HandedOverAlready({ detail: 'Withdraw it first.' })
  const hands = await handsFor(tx, ctx, wish)
  const at = ctx.clock.now()
  const id = newId<'Delegation'>()
  const state = mode === 'do' ? 'in_progress' : mode === 'delete' ? 'completed' : 'pending'
  await insertDelegation(tx, {
    ...{ id, workspaceId, taskId, delegatedBy, mode, state, ...hands, instructions, submittedAt: null },
    ...{ skills: [...skills], acceptance: [...acceptance], validation: [...validation] },
    offeredAt: hands.agentId === null ? null : at,
    acceptedAt: mode === 'do' ? at : null,
    endedAt: mode === 'delete' ? at : null,
  })
  const row = await delegationById(tx, id).executeTakeFirstOrThrow()
  const { assignee } = row
  await noteThat(tx, row, 'handed-over', { actor: `user:${delegatedBy}` })
  await record(tx, ctx, delegationHandedOver, { of: workspaceId, targetId: id, after: { taskId, mode, assignee } })
  await emit(tx, handedOver, { delegationId: id, taskId, assignee }, { subject: `delegation:${id}` })
  await haveTaskFollow(tx, ctx, row)
  return row
}

async function handsFor(tx: PlannerTx, ctx: Ctx, { mode, assignee, skills = [] }: HandOver): Promise<Hands> {
  const { userId: own, workspaceId } = personOf(ctx)
  if (mode === 'do' || mode === 'delete') {
    if (assignee !== undefined) throw wrong('is nobody where one decides for oneself')
    return { userId: own, agentId: null, isQueued: false }
  }
  if (assignee === undefined) {
    const agentId = await idleAgent(tx, { workspaceId, skills, except: [] })
    return { userId: null, agentId, isQueued: true }
  }
  const [kind, id = ''] = assignee.split(':', 2)
  if (kind === 'agent') {
    const agent = await agentNamed(tx, id)
    if (agent === null || agent.workspaceId !== workspaceId) throw wrong('is no agent of this workspace')
    return { userId: null, agentId: id, isQueued: false }
  }
  if (id === own) throw wrong('is oneself: then the mode is do')
  const member = await memberRole(tx, workspaceId, id).executeTakeFirst()
  if (member === undefined) throw wrong('is nobody of this workspace')
  if (member.role === 'viewer') throw wrong('only looks on in this workspace')
  return { userId: id, agentId: null, isQueued: false }
}

const wrong = (detail: string) => {
  const errors: Fault[] = [{ pointer: '/assignee', detail }]
  return InvalidInput({ errors })
}
