import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { record } from '#commons/audit/service.ts'
import { type PlannerTx, planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { agentRegistered, agentRemoved } from './actions.ts'
import { LEASE_MS } from './lease.ts'
import {
  type AgentRow,
  agentById,
  agentOfUser,
  agentsOf,
  lockIdleAgent,
  markAgentRemoved,
  putAgent,
  touchAgent,
} from './queries.ts'
import type { Agent, AgentQuery, AgentRegistration, Heartbeat } from './schema.ts'

export { LEASE_MS } from './lease.ts'

export const AgentNotFound = problem('planner/agent-not-found', 404, 'There is no such agent')
export const KeyNeeded = problem('planner/agent-needs-key', 403, 'An agent acts by an API key')
export const NotYourAgent = problem('planner/not-your-agent', 403, 'This agent is not yours to remove')

/** The agents of the workspace, newest first. */
export async function agents(ctx: Ctx, { limit = 20, cursor }: AgentQuery): Promise<Page<Agent>> {
  const { workspaceId } = personOf(ctx)
  const asked = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => agentsOf(db, workspaceId, asked)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * One agent.
 * @throws AgentNotFound
 */
export async function agent(ctx: Ctx, id: string): Promise<{ agent: Agent; etag: string }> {
  const [row] = await planner.one(ctx, (db) => agentById(db, id))
  return tagged(found(ctx, id, row))
}

/**
 * Registers the account that calls as an agent of the workspace, or says anew what it can do.
 * @throws KeyNeeded when a session calls
 */
export function registerAgent(ctx: Ctx, wish: AgentRegistration): Promise<{ agent: Agent; etag: string }> {
  const { userId, workspaceId } = byKey(ctx)
  const { name, description = '', skills, maxConcurrent } = wish
  return planner.write(ctx, async (tx) => {
    const row = { name, description, skills, maxConcurrent, workspaceId, userId }
    const id = await putAgent(tx, { ...row, id: newId<'Agent'>() })
    await record(tx, ctx, agentRegistered, { of: workspaceId, targetId: id, after: { name, userId, skills } })
    return tagged(await agentById(tx, id).executeTakeFirstOrThrow())
  })
}

/**
 * The agent says that it is there.
 * @throws KeyNeeded, AgentNotFound
 */
export function heartbeat(ctx: Ctx): Promise<Heartbeat> {
  const { userId, workspaceId } = byKey(ctx)
  return planner.write(ctx, async (tx) => {
    await agentCalling(tx, ctx)
    const { inHand, lastSeenAt } = await agentOfUser(tx, workspaceId, userId).executeTakeFirstOrThrow()
    return { inHand, leaseEndsAt: new Date(lastSeenAt.getTime() + LEASE_MS).toISOString() }
  })
}

/**
 * Removes an agent: it is given nothing more, and what it has in hand goes back as if it were lost.
 * @throws AgentNotFound, PreconditionFailed
 * @throws NotYourAgent for who is neither its account nor manages members
 */
export async function removeAgent(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  const actor = personOf(ctx)
  await planner.write(ctx, async (tx) => {
    const row = found(ctx, id, await agentById(tx, id).forUpdate('a').executeTakeFirst())
    if (row.userId !== actor.userId && !actor.permissions.has('member:manage')) throw NotYourAgent()
    requireMatch(ifMatch, etagOf(id, row.version))
    await markAgentRemoved(tx, id, ctx.clock.now())
    const before = { name: row.name, userId: row.userId }
    await record(tx, ctx, agentRemoved, { of: row.workspaceId, targetId: id, before })
  })
}

/**
 * The agent that calls, heard of from now on and held until the transaction ends. Who it is follows from the credential.
 * @throws KeyNeeded, AgentNotFound
 */
export async function agentCalling(tx: PlannerTx, ctx: Ctx): Promise<string> {
  const { userId, workspaceId } = byKey(ctx)
  const id = await touchAgent(tx, workspaceId, userId)
  if (id === null) throw AgentNotFound({ detail: 'Register first.' })
  return id
}

/** The same where one may be a person too; null for who calls as no agent. */
export async function agentCallingIfAny(tx: PlannerTx, ctx: Ctx): Promise<string | null> {
  const { userId, workspaceId, credentialKind } = personOf(ctx)
  return credentialKind === 'api-key' ? touchAgent(tx, workspaceId, userId) : null
}

/** An agent of the workspace that was named; null when there is none (any more). */
export async function agentNamed(tx: PlannerTx, id: string): Promise<AgentRow | null> {
  return (await agentById(tx, id).executeTakeFirst()) ?? null
}

/**
 * A live agent with these skills and room, held until the transaction ends so that it is not given more than it takes;
 * null when there is none at the moment.
 */
export async function idleAgent(
  tx: PlannerTx,
  wish: { readonly workspaceId: string; readonly skills: readonly string[]; readonly except: readonly string[] },
): Promise<string | null> {
  const full: string[] = []
  for (;;) {
    const id = await lockIdleAgent(tx, wish.workspaceId, wish.skills, [...wish.except, ...full])
    if (id === null) return null
    // What it had in hand was counted before it was held.
    const held = await agentById(tx, id).executeTakeFirst()
    if (held !== undefined && held.inHand < held.maxConcurrent) return id
    full.push(id)
  }
}

function byKey(ctx: Ctx): UserActor {
  const actor = personOf(ctx)
  if (actor.credentialKind !== 'api-key') throw KeyNeeded()
  return actor
}

function found(ctx: Ctx, id: string, row: AgentRow | undefined): AgentRow {
  if (row === undefined || row.workspaceId !== personOf(ctx).workspaceId)
    throw AgentNotFound({ detail: `No agent ${id} is here for you.` })
  return row
}

function tagged(row: AgentRow): { agent: Agent; etag: string } {
  return { agent: shown(row), etag: etagOf(row.id, row.version, `${row.inHand} ${row.lastSeenAt.getTime()}`) }
}

function shown(row: AgentRow): Agent {
  const { id, userId, name, description, skills, maxConcurrent, inHand, isLive } = row
  return {
    ...{ id, userId, name, description, skills: [...skills], maxConcurrent, inHand, isLive },
    lastSeenAt: row.lastSeenAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
