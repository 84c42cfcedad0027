import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { record } from '#commons/audit/service.ts'
import { planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { delegationReviewed } from './actions.ts'
import { isReviewer } from './policy.ts'
import type { DelegationRow } from './queries.ts'
import type { Delegation, Review, Withdrawal } from './schema.ts'
import { tagged } from './shown.ts'
import { delegationHeld, passedOn, takeStep } from './steps.ts'
import type { Action } from './state.ts'

export const NotYourReview = problem('planner/not-your-review', 403, 'This is not yours to decide')

type Tagged = { readonly delegation: Delegation; readonly etag: string }

/**
 * Decides about a result: accepted, the work is completed and its task done; rejected, it goes back to whom it came from,
 * or to another.
 * @throws DelegationNotFound, NotYourReview, StepNotAllowed, PreconditionFailed
 * @throws InvalidInput for a rejection without a reason
 */
export function reviewWork(ctx: Ctx, id: string, review: Review, ifMatch?: string): Promise<Tagged> {
  const { verdict, note, next = 'same' } = review
  if (verdict === 'reject' && note === undefined)
    throw InvalidInput({ errors: [{ pointer: '/note', detail: 'must say why' }] })
  const action = verdict === 'accept' ? 'approve' : next === 'same' ? 'return' : 'reassign'
  return deciding(ctx, id, action, note, ifMatch)
}

/**
 * Takes back what was handed over.
 * @throws DelegationNotFound, NotYourReview, StepNotAllowed, PreconditionFailed
 */
export function withdrawWork(ctx: Ctx, id: string, { reason }: Withdrawal, ifMatch?: string): Promise<Tagged> {
  return deciding(ctx, id, 'withdraw', reason, ifMatch)
}

function deciding(
  ctx: Ctx,
  id: string,
  action: Action,
  note: string | undefined,
  ifMatch: string | undefined,
): Promise<Tagged> {
  const { userId } = personOf(ctx)
  return planner.write(ctx, async (tx) => {
    const row = await delegationHeld(tx, ctx, id, ifMatch)
    if (!isReviewer(ctx.actor, row)) throw NotYourReview()
    const patch = {
      ...(action === 'reassign' ? await passedOn(tx, ctx, row) : {}),
      ...(action === 'return' || action === 'reassign' ? { returns: row.returns + 1 } : {}),
      ...(note === undefined ? {} : { note }),
    }
    const after = await takeStep(tx, ctx, row, action, { actor: `user:${userId}`, note }, patch)
    await record(tx, ctx, delegationReviewed, {
      ...{ of: row.workspaceId, targetId: id, before: decided(row), after: decided(after) },
    })
    return tagged(after)
  })
}

const decided = ({ state, assignee }: DelegationRow) => ({ state, assignee })
