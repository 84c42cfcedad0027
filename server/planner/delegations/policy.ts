import type { Actor } from '#platform/context.ts'

/** What a policy needs to know of a delegation. */
export interface Guarded {
  readonly workspaceId: string
  readonly delegatedBy: string
  readonly userId: string | null
  readonly agentId: string | null
  /** The account of the agent that has it. */
  readonly agentUserId: string | null
}

/** Whoever is in the workspace sees what is handed over there. */
export function canSee(actor: Actor, delegation: Guarded): boolean {
  return actor.kind === 'user' && actor.workspaceId === delegation.workspaceId
}

/** Work is done by whom it was handed to: the person, or the agent that calls (null: no agent calls). */
export function isWorker(actor: Actor, agentId: string | null, delegation: Guarded): boolean {
  if (actor.kind !== 'user' || !canSee(actor, delegation)) return false
  if (delegation.agentId !== null) return delegation.agentId === agentId
  return delegation.userId === actor.userId
}

/**
 * Who handed it over decides about it, or who manages members; never whose work it is. The person behind an agent does so
 * signed in, but by none of the keys that their agent may hold.
 */
export function isReviewer(actor: Actor, delegation: Guarded): boolean {
  if (actor.kind !== 'user' || !canSee(actor, delegation)) return false
  if (delegation.agentUserId === actor.userId && actor.credentialKind === 'api-key') return false
  if (delegation.userId === actor.userId) return delegation.delegatedBy === actor.userId
  return delegation.delegatedBy === actor.userId || actor.permissions.has('member:manage')
}
