import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import { LEASE_MS } from './lease.ts'

const lease = sql`make_interval(secs => ${LEASE_MS / 1000})`

const inHand = sql<number>`(select count(*)::int from planner.delegations d
  where d.workspace_id = a.workspace_id and d.agent_id = a.id and d.state in ('pending', 'accepted', 'in_progress'))`

const all = (db: PlannerDb) =>
  db
    .selectFrom('planner.agents as a')
    .select(['a.id', 'a.workspaceId', 'a.userId', 'a.name', 'a.description', 'a.skills', 'a.maxConcurrent'])
    .select(['a.lastSeenAt', 'a.version', 'a.createdAt', 'a.updatedAt', 'a.deletedAt'])
    .select([inHand.as('inHand'), sql<boolean>`a.last_seen_at > now() - ${lease}`.as('isLive')])

export type AgentRow = Awaited<ReturnType<ReturnType<typeof all>['execute']>>[number]

export const agentsOf = (
  db: PlannerDb,
  workspaceId: string,
  asked: { readonly after: string | null; readonly limit: number },
) =>
  all(db)
    .where('a.workspaceId', '=', workspaceId)
    .where('a.deletedAt', 'is', null)
    .$if(asked.after !== null, (query) => query.where('a.id', '<', asked.after ?? ''))
    .orderBy('a.id', 'desc')
    .limit(asked.limit)

export const agentById = (db: PlannerDb, id: string) => all(db).where('a.id', '=', id).where('a.deletedAt', 'is', null)

/** The agent of an account, there or removed. */
export const agentOfUser = (db: PlannerDb, workspaceId: string, userId: string) =>
  all(db).where('a.workspaceId', '=', workspaceId).where('a.userId', '=', userId)

/** Registers the agent of an account, or says anew what it can do. Returns its id. */
export async function putAgent(
  tx: PlannerTx,
  row: {
    readonly id: string
    readonly workspaceId: string
    readonly userId: string
    readonly name: string
    readonly description: string
    readonly skills: readonly string[]
    readonly maxConcurrent: number
  },
): Promise<string> {
  const { name, description, maxConcurrent } = row
  const skills = [...row.skills]
  const now = sql<Date>`now()`
  const { id } = await tx
    .insertInto('planner.agents')
    .values({ ...row, skills })
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'userId']).doUpdateSet((eb) => ({
        ...{ name, description, skills, maxConcurrent, deletedAt: null, lastSeenAt: now, updatedAt: now },
        version: eb('planner.agents.version', '+', 1),
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Notes that an agent was heard of, and holds it until the transaction ends: what it has in hand changes one by one. */
export async function touchAgent(tx: PlannerTx, workspaceId: string, userId: string): Promise<string | null> {
  const row = await tx
    .updateTable('planner.agents')
    .set({ lastSeenAt: sql<Date>`clock_timestamp()` })
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .where('deletedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

export async function markAgentRemoved(tx: PlannerTx, id: string, at: Date): Promise<void> {
  await tx
    .updateTable('planner.agents')
    .set((eb) => ({ deletedAt: at, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

/**
 * A live agent with all these skills and room for more, the least busy first, held until the transaction ends. One that
 * somebody else holds at the moment is passed over.
 */
export async function lockIdleAgent(
  tx: PlannerTx,
  workspaceId: string,
  skills: readonly string[],
  except: readonly string[],
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select a.id from planner.agents a
    where a.workspace_id = ${workspaceId} and a.deleted_at is null and a.skills @> ${[...skills]}::text[]
      and a.id <> all(${[...except]}::uuid[]) and a.last_seen_at > now() - ${lease} and ${inHand} < a.max_concurrent
      and exists (select from commons.workspace_members m
        where m.workspace_id = a.workspace_id and m.user_id = a.user_id)
    order by ${inHand}, a.last_seen_at desc limit 1 for update of a skip locked`.execute(tx)
  return rows[0]?.id ?? null
}
