import type { Actor } from '#platform/context.ts'
import type { Visibility } from './schema.ts'

/** What a policy needs to know of a template. */
export interface Guarded {
  readonly workspaceId: string
  readonly createdBy: string
  readonly visibility: Visibility
}

/** One's own, and what is for all in the workspace. */
export function canSee(actor: Actor, template: Guarded): boolean {
  if (actor.kind !== 'user' || actor.workspaceId !== template.workspaceId) return false
  return template.visibility === 'public' || template.createdBy === actor.userId
}

/** A template is its maker's to change and to share; what is for all is looked after also by who manages members. */
export function canChange(actor: Actor, template: Guarded): boolean {
  if (actor.kind !== 'user' || !canSee(actor, template)) return false
  return template.createdBy === actor.userId || actor.permissions.has('member:manage')
}
