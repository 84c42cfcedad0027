import type { Actor } from '#platform/context.ts'

/** What a policy needs to know of a task. */
export interface Guarded {
  readonly workspaceId: string
}

/** A task is its workspace's; whoever is in there sees it and works on it. */
export function canUse(actor: Actor, task: Guarded): boolean {
  switch (actor.kind) {
    case 'anonymous':
      return false
    case 'user':
      return actor.workspaceId === task.workspaceId
    case 'system':
      return actor.workspaceId === null || actor.workspaceId === task.workspaceId
  }
}
