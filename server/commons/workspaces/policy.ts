import type { Actor } from '#platform/context.ts'
import { type Role, isAtLeast } from './roles.ts'

/** Who manages members changes those who are not above themselves. */
export function mayManage(mine: Role, theirs: Role): boolean {
  return isAtLeast(mine, 'admin') && isAtLeast(mine, theirs)
}

/** Nobody gives a role above their own, to themselves or to others. */
export function mayGive(mine: Role, given: Role): boolean {
  return isAtLeast(mine, 'admin') && isAtLeast(mine, given)
}

/** An API key is of one workspace: of the others of its person it sees nothing. */
export function isWithinReach(actor: Actor, workspaceId: string): boolean {
  if (actor.kind !== 'user') return false
  return actor.credentialKind !== 'api-key' || actor.workspaceId === workspaceId
}

/** Who may see somebody's address: the person, and who manages members. */
export function maySeeEmail(actor: Actor, userId: string): boolean {
  if (actor.kind !== 'user') return false
  return actor.userId === userId || actor.permissions.has('member:manage')
}
