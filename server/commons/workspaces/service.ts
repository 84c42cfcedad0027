import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { systemScope } from '#platform/database/scope.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { Unauthenticated } from '#platform/http/problems.ts'
import { record } from '../audit/service.ts'
import { workspaceCreated, workspaceDeleted, workspaceRenamed, workspaceRestored } from './actions.ts'
import { isWithinReach } from './policy.ts'
import {
  type WorkspaceRow,
  commons,
  foundedCount,
  holdWorkspace,
  insertWorkspace,
  moveSession,
  updateWorkspace,
  workspacesOfPerson,
} from './queries.ts'
import type { NewWorkspace, Workspace, WorkspaceChange, WorkspaceQuery } from './schema.ts'

export const WorkspaceNotFound = problem('workspaces/workspace-not-found', 404, 'There is no such workspace')
export const PersonalWorkspace = problem('workspaces/personal-workspace', 409, 'This is somebody’s own workspace')
export const TooManyWorkspaces = problem(
  'workspaces/too-many-workspaces',
  409,
  'These are more workspaces than one has',
)
export const NoSession = problem('workspaces/no-session', 409, 'This credential works in one workspace only')

/** How long a deleted workspace can be restored. */
export const RESTORED_WITHIN_DAYS = 30
/** How many workspaces one person answers for, their own one aside. */
export const FOUNDED_MAX = 100

/** @throws Unauthenticated when nobody, or the system, acts */
export function personOf({ actor }: Pick<Ctx, 'actor'>): UserActor {
  if (actor.kind !== 'user') throw Unauthenticated()
  return actor
}

/** The workspaces that the caller is in and reaches, newest first. */
export async function workspacesOf(ctx: Ctx, query: WorkspaceQuery): Promise<Page<Workspace>> {
  const actor = personOf(ctx)
  const { limit = 20, cursor, state = 'active' } = query
  const filter = {
    after: afterCursor(cursor),
    limit: limit + 1,
    only: actor.credentialKind === 'api-key' ? actor.workspaceId : null,
    deletedWithinDays: state === 'deleted' ? RESTORED_WITHIN_DAYS : null,
  }
  const page = pageOf(await commons.one(ctx, (db) => workspacesOfPerson(db, actor.userId, filter)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * One workspace that the caller is in, with the tag of its state.
 * @throws WorkspaceNotFound also for those of others, and those that were deleted
 */
export async function workspaceWithTag(ctx: Ctx, id: string): Promise<{ workspace: Workspace; etag: string }> {
  const row = await ownWorkspace(ctx, id, null)
  return { workspace: shown(row), etag: etagOf(row.id, row.version, row.role) }
}

async function ownWorkspace(ctx: Ctx, id: string, deletedWithinDays: number | null): Promise<WorkspaceRow> {
  const { userId } = personOf(ctx)
  const filter = { after: null, limit: 1, only: id, deletedWithinDays }
  const [row] = isWithinReach(ctx.actor, id)
    ? await commons.one(ctx, (db) => workspacesOfPerson(db, userId, filter))
    : []
  if (row === undefined) throw WorkspaceNotFound({ detail: `No workspace ${id} is here for you.` })
  return row
}

/**
 * Makes a workspace that the caller owns.
 * @throws TooManyWorkspaces beyond 100 that one person answers for
 */
export async function createWorkspace(ctx: Ctx, { name }: NewWorkspace): Promise<Workspace> {
  const { userId: ownerId } = personOf(ctx)
  const id = newId<'Workspace'>()
  const at = ctx.clock.now().toISOString()
  return commons.write(ctx, async (tx) => {
    const { count } = await foundedCount(tx, ownerId).executeTakeFirstOrThrow()
    if (count >= FOUNDED_MAX) throw TooManyWorkspaces({ detail: `You own ${count} workspaces already.` })
    await insertWorkspace(tx, { id, name, ownerId })
    await record(tx, ctx, workspaceCreated, { of: ownerId, targetId: id, after: { name } })
    return { id, name, personal: false, role: 'owner', createdAt: at, updatedAt: at, deletedAt: null }
  })
}

/**
 * Changes the name.
 * @throws WorkspaceNotFound, PreconditionFailed
 */
export async function changeWorkspace(
  ctx: Ctx,
  id: string,
  { name }: WorkspaceChange,
  ifMatch: string | undefined,
): Promise<{ workspace: Workspace; etag: string }> {
  const { userId } = personOf(ctx)
  await commons.write(ctx, async (tx) => {
    await held(tx, id)
    const filter = { after: null, limit: 1, only: id, deletedWithinDays: null }
    const [before] = await workspacesOfPerson(tx, userId, filter).execute()
    if (before === undefined) throw WorkspaceNotFound()
    requireMatch(ifMatch, etagOf(id, before.version))
    if (name === undefined || name === before.name) return
    await updateWorkspace(tx, id, ctx.clock.now(), { name })
    await record(tx, ctx, workspaceRenamed, { of: id, targetId: id, before: { name: before.name }, after: { name } })
  })
  return workspaceWithTag(ctx, id)
}

/**
 * Takes a workspace out of sight with everything in it. All credentials of it end at once; whoever owns it can restore it
 * for 30 days.
 * @throws WorkspaceNotFound, PersonalWorkspace
 */
export async function deleteWorkspace(ctx: Ctx, id: string): Promise<void> {
  personOf(ctx)
  await commons.write(ctx, async (tx) => {
    const { personalOf } = await held(tx, id)
    if (personalOf !== null) throw PersonalWorkspace({ detail: 'It ends with its person only.' })
    const at = ctx.clock.now()
    await updateWorkspace(tx, id, at, { deletedAt: at })
    await record(tx, ctx, workspaceDeleted, { of: id, targetId: id })
  })
}

/**
 * Puts a deleted workspace back, for who owns it.
 * @throws WorkspaceNotFound also when it is not deleted, or was more than 30 days ago
 */
export async function restoreWorkspace(ctx: Ctx, id: string): Promise<Workspace> {
  const { userId } = personOf(ctx)
  await ownWorkspace(ctx, id, RESTORED_WITHIN_DAYS)
  // Nobody can be in a deleted workspace; that the caller may enter this one was just found out.
  const within: Ctx = { ...ctx, scope: { role: 'app', workspaceId: id, userId } }
  await commons.write(within, async (tx) => {
    await updateWorkspace(tx, id, ctx.clock.now(), { deletedAt: null })
    await record(tx, ctx, workspaceRestored, { of: id, targetId: id })
  })
  return shown(await ownWorkspace(ctx, id, null))
}

/**
 * Has the caller's session work in another workspace from its next request on, where a request names none.
 * @throws WorkspaceNotFound where the caller is not in
 * @throws NoSession for API keys, which are of one workspace
 */
export async function switchWorkspace(ctx: Ctx, id: string): Promise<Workspace> {
  const { credentialId, credentialKind } = personOf(ctx)
  if (credentialKind !== 'session' || credentialId === undefined) {
    throw NoSession({ detail: 'Make a key in the other workspace.' })
  }
  const row = await ownWorkspace(ctx, id, null)
  const system = { database: ctx.database, scope: systemScope }
  const [moved] = await commons.writeOne(system, (db) => moveSession(db, credentialId, id))
  if (moved === undefined) throw WorkspaceNotFound()
  return shown(row)
}

/**
 * Holds the workspace until the transaction ends.
 * @throws WorkspaceNotFound when there is none (any more)
 */
export async function held(tx: Parameters<typeof holdWorkspace>[0], id: string) {
  const row = await holdWorkspace(tx, id).executeTakeFirst()
  if (row === undefined) throw WorkspaceNotFound({ detail: `No workspace ${id} is here for you.` })
  return row
}

function shown(row: WorkspaceRow): Workspace {
  return {
    id: row.id,
    name: row.name,
    personal: row.personalOf !== null,
    role: row.role,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    deletedAt: row.deletedAt?.toISOString() ?? null,
  }
}
