import type { TestApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'

/**
 * Who calls. `stranger` owns another workspace and `administrator` runs the installation; neither is in this workspace.
 * `reader` is an owner's key that only reads, `former` a member's credential whose membership has ended. What is there
 * was made by the editor, so that nobody is allowed anything because it is their own but they. `banned` is an admin there
 * who was shut out of the installation.
 */
export const ACTORS = [
  'anonymous',
  'stranger',
  'administrator',
  'former',
  'banned',
  'viewer',
  'editor',
  'admin',
  'owner',
  'reader',
] as const
export type Actor = (typeof ACTORS)[number]

export interface Actors {
  /** The workspace that all of it is about. */
  readonly workspaceId: string
  readonly people: Readonly<Record<Exclude<Actor, 'anonymous' | 'administrator'>, Stranger>>
  /** null for nobody. */
  readonly token: (actor: Actor) => string | null
}

/** A workspace, and everybody with a credential each. */
export async function givenActors(app: TestApp): Promise<Actors> {
  const owner = await givenStranger(app)
  const { workspaceId } = owner
  const people = {
    owner,
    stranger: await givenStranger(app),
    viewer: await givenMember(app, { workspaceId, role: 'viewer' }),
    editor: await givenMember(app, { workspaceId, role: 'editor' }),
    admin: await givenMember(app, { workspaceId, role: 'admin' }),
    former: await givenMember(app, { workspaceId, role: 'admin' }),
    banned: await givenMember(app, { workspaceId, role: 'admin' }),
    reader: await givenMember(app, { workspaceId, role: 'owner', permissions: ['*:read'] }),
  }
  await app.db.sql('delete from commons.workspace_members where workspace_id = $1 and user_id = $2', [
    ...[workspaceId, people.former.userId],
  ])
  await app.db.sql(`update commons.users set banned_at = now(), ban_reason = 'spam' where id = $1`, [
    people.banned.userId,
  ])
  return {
    workspaceId,
    people,
    token: (actor) => {
      if (actor === 'anonymous') return null
      return actor === 'administrator' ? app.token : people[actor].token
    },
  }
}
