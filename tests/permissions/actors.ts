import type { TestApp } from '#tests/support/app.ts'
import { givenPerson, givenSecondFactor, post } from '../../server/commons/accounts/fixtures/people.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import { givenSession } from '#tests/support/sessions.ts'

/**
 * Who calls. `stranger` owns another workspace and `administrator` runs the installation; neither is in this workspace.
 * `reader` is an owner's key that only reads, `former` a member's credential whose membership has ended. What is there
 * was made by the editor, so that nobody is allowed anything because it is their own but they. `banned` is an admin there
 * who was shut out of the installation, `pending` an account whose password was given and whose second factor was not.
 */
export const ACTORS = [
  'anonymous',
  'stranger',
  'administrator',
  'former',
  'banned',
  'pending',
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
  readonly people: Readonly<Record<Exclude<Actor, 'anonymous' | 'administrator' | 'pending'>, Stranger>>
  /** null for nobody. */
  readonly token: (actor: Actor) => string | null
  /** Headers of a new session of theirs; those of their token for who has nothing but that. */
  readonly session: (actor: Actor) => Promise<Readonly<Record<string, string>>>
}

/** A workspace, and everybody with a credential each; `challenge` is what the pending one holds. */
export async function givenActors(app: TestApp, challenge: string): Promise<Actors> {
  const { workspaceId } = await givenStranger(app)
  const people = {
    owner: await givenMember(app, { workspaceId, role: 'owner' }),
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
  const token = (actor: Actor): string | null => {
    if (actor === 'anonymous') return null
    if (actor === 'pending') return challenge
    return actor === 'administrator' ? app.token : people[actor].token
  }
  return {
    ...{ workspaceId, people, token },
    session: async (actor) => {
      if (actor === 'anonymous') return {}
      if (actor === 'pending' || actor === 'reader') return { Authorization: `Bearer ${token(actor)}` }
      return givenSession(app, actor === 'administrator' ? await administrator(app) : people[actor])
    },
  }
}

async function administrator(app: TestApp): Promise<Omit<Stranger, 'token'>> {
  const [found] = await app.db.sql<{ userId: string; workspaceId: string }>(
    `select u.id as "userId", w.id as "workspaceId" from commons.users u join commons.workspaces w on w.personal_of = u.id
     where u.email = 'owner@example.org'`,
  )
  if (found === undefined) throw new Error('there is no administrator')
  return found
}

/** What somebody holds who has given the right password and not the code of their app. */
export async function givenChallenge(app: TestApp): Promise<string> {
  const person = await givenPerson(app)
  await givenSecondFactor(app, person)
  const { email, password } = person
  const reply = await post(app, 'login', { email, password })
  return reply.json<{ challenge: string }>().challenge
}
