import type { Actor } from '#platform/context.ts'

/** What a policy needs to know of a production. */
export interface Guarded {
  readonly workspaceId: string
}

/** A production is its workspace's, whatever becomes of its video. */
export function canUse(actor: Actor, production: Guarded): boolean {
  switch (actor.kind) {
    case 'anonymous':
      return false
    case 'user':
      return actor.workspaceId === production.workspaceId
    case 'system':
      return actor.workspaceId === null || actor.workspaceId === production.workspaceId
  }
}
