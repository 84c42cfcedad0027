import { DAY_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { canUse } from '../tasks/policy.ts'
import { personOf } from '../tasks/service.ts'
import {
  type ProjectRow,
  holdProjectNames,
  insertProject,
  lockedProject,
  memberOf,
  projectById,
  projectsNamed,
  projectsOfWorkspace,
  updateProject,
} from './queries.ts'
import type { NewProject, Project, ProjectChange, ProjectQuery } from './schema.ts'

export const ProjectNotFound = problem('planner/project-not-found', 404, 'There is no such project')

/** How long a deleted project can be restored. */
const RESTORABLE_MS = 30 * DAY_MS

/** The projects of the workspace, newest first. */
export async function projectsOf(ctx: Ctx, query: ProjectQuery): Promise<Page<Project>> {
  const { workspaceId } = personOf(ctx)
  const { limit = 20, cursor, isActive } = query
  const asked = { ...(isActive === undefined ? {} : { isActive }), after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => projectsOfWorkspace(db, workspaceId, asked)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * One project with the tag of its state.
 * @throws ProjectNotFound also for those of other workspaces
 */
export async function projectWithTag(ctx: Ctx, id: string): Promise<{ project: Project; etag: string }> {
  const [row] = await planner.one(ctx, (db) => projectById(db, id))
  return tagged(mine(ctx, id, row))
}

/**
 * Makes a project.
 * @throws InvalidInput
 */
export function createProject(ctx: Ctx, wish: NewProject): Promise<{ project: Project; etag: string }> {
  return planner.write(ctx, async (tx) => {
    const id = await addProject(tx, ctx, wish)
    return tagged(await projectById(tx, id).executeTakeFirstOrThrow())
  })
}

/** The same in the transaction of its cause. Returns its id. */
async function addProject(tx: PlannerTx, ctx: Ctx, wish: NewProject): Promise<string> {
  const { userId, workspaceId } = personOf(ctx)
  const id = newId<'Project'>()
  await requireSound(tx, workspaceId, wish)
  await insertProject(tx, { ownerId: userId, ...wish, id, workspaceId })
  return id
}

/**
 * The id of the project whose name begins so, which is made when there is none: once, however many name it at the same
 * moment.
 * @throws InvalidInput
 */
export async function projectToAddTo(tx: PlannerTx, ctx: Ctx, name: string): Promise<string> {
  const { workspaceId } = personOf(ctx)
  await holdProjectNames(tx, workspaceId)
  const row = await projectsNamed(tx, workspaceId, name).executeTakeFirst()
  return row?.id ?? addProject(tx, ctx, { name })
}

/** The project whose name begins so, the one with the shortest name of several; null when there is none. */
export async function projectNamed(ctx: Ctx, beginning: string): Promise<Project | null> {
  const { workspaceId } = personOf(ctx)
  const [row] = await planner.one(ctx, (db) => projectsNamed(db, workspaceId, beginning))
  return row === undefined ? null : shown(row)
}

/**
 * Changes a project.
 * @throws ProjectNotFound, PreconditionFailed, InvalidInput
 */
export function changeProject(
  ctx: Ctx,
  id: string,
  change: ProjectChange,
  ifMatch?: string,
): Promise<{ project: Project; etag: string }> {
  return planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id)
    requireMatch(ifMatch, etagOf(id, row.version))
    await requireSound(tx, row.workspaceId, change)
    await updateProject(tx, id, change, ctx.clock.now())
    return tagged(await projectById(tx, id).executeTakeFirstOrThrow())
  })
}

/**
 * Takes a project out of sight. Its tasks stay where they are.
 * @throws ProjectNotFound, PreconditionFailed
 */
export async function deleteProject(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id)
    requireMatch(ifMatch, etagOf(id, row.version))
    const now = ctx.clock.now()
    await updateProject(tx, id, { deletedAt: now }, now)
  })
}

/**
 * Puts a deleted project back.
 * @throws ProjectNotFound also for one that is there, or was deleted longer ago than 30 days
 */
export function restoreProject(ctx: Ctx, id: string): Promise<{ project: Project; etag: string }> {
  return planner.write(ctx, async (tx) => {
    const [row, now] = [await lockedProject(tx, id).executeTakeFirst(), ctx.clock.now()]
    const isGone =
      row === undefined || row.deletedAt === null || now.getTime() - row.deletedAt.getTime() > RESTORABLE_MS
    if (isGone) throw ProjectNotFound({ detail: `No project ${id} is here for you to restore.` })
    mine(ctx, id, row)
    await updateProject(tx, id, { deletedAt: null }, now)
    return tagged(await projectById(tx, id).executeTakeFirstOrThrow())
  })
}

async function held(tx: PlannerTx, ctx: Ctx, id: string): Promise<ProjectRow> {
  const row = await lockedProject(tx, id).executeTakeFirst()
  return mine(ctx, id, row?.deletedAt === null ? row : undefined)
}

function mine(ctx: Ctx, id: string, row: ProjectRow | undefined): ProjectRow {
  if (row === undefined || !canUse(ctx.actor, row))
    throw ProjectNotFound({ detail: `No project ${id} is here for you.` })
  return row
}

async function requireSound(tx: PlannerTx, workspaceId: string, { name, ownerId }: ProjectChange): Promise<void> {
  const errors = []
  if (name !== undefined && !/[^\p{C}\p{Z}]/u.test(name))
    errors.push({ pointer: '/name', detail: 'must hold something to read' })
  if (ownerId !== undefined && (await memberOf(tx, workspaceId, ownerId).executeTakeFirst()) === undefined)
    errors.push({ pointer: '/ownerId', detail: 'is nobody of this workspace' })
  if (errors.length > 0) throw InvalidInput({ errors })
}

function tagged(row: ProjectRow): { project: Project; etag: string } {
  const project = shown(row)
  return { project, etag: etagOf(row.id, row.version, JSON.stringify(project.progress)) }
}

function shown(row: ProjectRow): Project {
  const { id, ownerId, name, description, isActive, progress, createdAt, updatedAt } = row
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
  return { id, ownerId, name, description, isActive, progress, ...times }
}
