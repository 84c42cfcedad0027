import type { Ctx } from '#platform/context.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { planner } from '../door.ts'
import { dependencies } from '../dependencies/service.ts'
import { aboveTask, belowTask, personOf, taskWithTag } from '../tasks/service.ts'
import { canSee } from './policy.ts'
import { delegationById, delegationsOf, notesOf, openDelegationAbout } from './queries.ts'
import { requirementOf } from './requirement.ts'
import type { Delegation, DelegationQuery, HistoryEntry, HistoryQuery, Requirement } from './schema.ts'
import { shown, tagged } from './shown.ts'
import { seen } from './steps.ts'

export { HandedOverAlready, TaskNotOpen, handOver, handOverIn } from './handing-over.ts'
export { NotYourReview, reviewWork, withdrawWork } from './reviewing.ts'
export { DelegationNotFound, StepNotAllowed } from './steps.ts'
export { AgentBusy, NotYourWork, acceptWork, refuseWork, reportProgress, submitWork, takeWork } from './working.ts'

/** What is and was handed over in the workspace, newest first. */
export async function delegations(ctx: Ctx, query: DelegationQuery): Promise<Page<Delegation>> {
  const { limit = 20, cursor, state, taskId, assignee } = query
  const { workspaceId } = personOf(ctx)
  const [kind, id] = assignee?.split(':', 2) ?? []
  const who = { userId: kind === 'user' ? id : undefined, agentId: kind === 'agent' ? id : undefined }
  const asked = { after: afterCursor(cursor), limit: limit + 1, state, taskId, ...who }
  const page = pageOf(await planner.one(ctx, (db) => delegationsOf(db, workspaceId, asked)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * One delegation with the tag of its state.
 * @throws DelegationNotFound also for those of other workspaces
 */
export async function delegationWithTag(ctx: Ctx, id: string): Promise<{ delegation: Delegation; etag: string }> {
  const [row] = await planner.one(ctx, (db) => delegationById(db, id))
  return tagged(seen(ctx, id, row))
}

/**
 * All that happened to it, newest first.
 * @throws DelegationNotFound
 */
export async function delegationHistory(ctx: Ctx, id: string, query: HistoryQuery): Promise<Page<HistoryEntry>> {
  const { limit = 20, cursor } = query
  const asked = { after: afterCursor(cursor), limit: limit + 1 }
  await delegationWithTag(ctx, id)
  const page = pageOf(await planner.one(ctx, (db) => notesOf(db, id, asked)), limit)
  return {
    items: page.items.map(({ createdAt, ...entry }) => ({ ...entry, createdAt: createdAt.toISOString() })),
    nextCursor: page.nextCursor,
  }
}

/**
 * What is asked, written for whoever is to do it: the task with what is above, below and before it.
 * @throws DelegationNotFound
 * @throws TaskNotFound when the task was deleted
 */
export async function requirement(ctx: Ctx, id: string): Promise<Requirement> {
  const { delegation } = await delegationWithTag(ctx, id)
  return documentOf(ctx, delegation.taskId, delegation)
}

/**
 * The same of a task, handed over or not: for a worker outside of the house, such as a chatbot that it is pasted into.
 * @throws TaskNotFound
 */
export async function requirementOfTask(ctx: Ctx, taskId: string): Promise<Requirement> {
  const [row] = await planner.one(ctx, (db) => openDelegationAbout(db, taskId))
  return documentOf(ctx, taskId, row === undefined || !canSee(ctx.actor, row) ? null : shown(row))
}

async function documentOf(ctx: Ctx, taskId: string, delegation: Delegation | null): Promise<Requirement> {
  const { task } = await taskWithTag(ctx, taskId)
  const above = await aboveTask(ctx, taskId)
  const below = await belowTask(ctx, taskId)
  const { dependsOn } = await dependencies(ctx, taskId)
  return { markdown: requirementOf({ delegation, task, above, below, dependsOn }) }
}
