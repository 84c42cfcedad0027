import type { Actor } from '#platform/context.ts'
import type { Visibility } from './schema.ts'

/** What a policy needs to know of a video. */
export interface Guarded {
  readonly workspaceId: string
  readonly visibility: Visibility
}

/** Everyone reads public and unlisted videos; private ones only their workspace. */
export function canRead(actor: Actor, video: Guarded): boolean {
  return video.visibility !== 'private' || isOfWorkspace(actor, video)
}

/** Only the video's own workspace changes or removes it. */
export function canEdit(actor: Actor, video: Guarded): boolean {
  return isOfWorkspace(actor, video)
}

function isOfWorkspace(actor: Actor, video: Guarded): boolean {
  switch (actor.kind) {
    case 'anonymous':
      return false
    case 'user':
      return actor.workspaceId === video.workspaceId
    case 'system':
      return actor.workspaceId === null || actor.workspaceId === video.workspaceId
  }
}
