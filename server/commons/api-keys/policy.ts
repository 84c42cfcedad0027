import type { UserActor } from '#platform/context.ts'
import { mayManage } from '../workspaces/policy.ts'
import { type Role, areWithin, isPermission, isRole } from '../workspaces/roles.ts'

/** What a policy needs to know of a key. */
export interface Guarded {
  readonly id: string
  readonly userId: string
  readonly permissions: readonly string[]
  /** What the one as whom it acts is in the workspace; null for who is not in it any more. */
  readonly role: Role | null
  readonly isService: boolean
}

/** Scopes that the caller has not, or that their role does not give: no key is made beyond one's own rights. */
export function beyondOwn(actor: UserActor, scopes: readonly string[]): string[] {
  return scopes.filter(
    (scope) => !areWithin([scope], actor.scopes ?? []) || (isPermission(scope) && !actor.permissions.has(scope)),
  )
}

/** Who manages members sees every key of the workspace, and makes some for service accounts that are not above them. */
export function managesServices(actor: UserActor, role: Role | null): boolean {
  return actor.permissions.has('member:manage') && isRole(actor.role) && role !== null && mayManage(actor.role, role)
}

export function seesAllKeys(actor: UserActor): boolean {
  return actor.permissions.has('member:manage')
}

/**
 * A key is changed, or handed out anew, by whose it is. One key never changes itself, nor one that may more than itself:
 * who has it would get the other's rights, or outlast its own.
 */
export function mayChange(actor: UserActor, key: Guarded): boolean {
  if (key.id === actor.credentialId || !areWithin(key.permissions, actor.scopes ?? [])) return false
  return key.isService ? managesServices(actor, key.role) : key.userId === actor.userId
}

/** A key is ended also by who manages its person. */
export function mayRevoke(actor: UserActor, key: Guarded): boolean {
  if (key.id === actor.credentialId || !areWithin(key.permissions, actor.scopes ?? [])) return false
  return key.userId === actor.userId || managesServices(actor, key.role ?? 'viewer')
}
