import type { Actor } from '#platform/context.ts'

/** A film is its workspace's own, until it is published elsewhere. */
export function canRead(actor: Actor, film: { readonly workspaceId: string }): boolean {
  switch (actor.kind) {
    case 'anonymous':
      return false
    case 'user':
      return actor.workspaceId === film.workspaceId
    case 'system':
      return actor.workspaceId === null || actor.workspaceId === film.workspaceId
  }
}
