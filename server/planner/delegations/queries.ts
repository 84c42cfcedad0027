import { type Selectable, sql } from 'kysely'
import { touch } from '#platform/realtime/topic.ts'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { DelegationNotesTable, DelegationsTable } from '../tables.ts'
import { LEASE_MS } from '../agents/service.ts'
import type { DelegationState } from './state.ts'

const lease = sql`make_interval(secs => ${LEASE_MS / 1000})`

const assignee = sql<string | null>`case when d.agent_id is not null then 'agent:' || d.agent_id
  when d.user_id is not null then 'user:' || d.user_id end`

const all = (db: PlannerDb) =>
  db
    .selectFrom('planner.delegations as d')
    .leftJoin('planner.agents as a', (join) =>
      join.onRef('a.workspaceId', '=', 'd.workspaceId').onRef('a.id', '=', 'd.agentId'),
    )
    .select(['d.id', 'd.workspaceId', 'd.taskId', 'd.delegatedBy', 'd.mode', 'd.state', 'd.userId', 'd.agentId'])
    .select(['d.isQueued', 'd.skills', 'd.tried', 'd.instructions', 'd.acceptance', 'd.validation'])
    .select(['d.progressPercent', 'd.result', 'd.note', 'd.returns', 'd.acceptedAt', 'd.submittedAt', 'd.endedAt'])
    .select(['d.version', 'd.createdAt', 'd.updatedAt'])
    .select(['a.userId as agentUserId', assignee.as('assignee')])

export type DelegationRow = Awaited<ReturnType<ReturnType<typeof all>['execute']>>[number]

export const delegationsOf = (
  db: PlannerDb,
  workspaceId: string,
  asked: {
    readonly after: string | null
    readonly limit: number
    readonly state?: DelegationState | undefined
    readonly taskId?: string | undefined
    readonly userId?: string | undefined
    readonly agentId?: string | undefined
  },
) => {
  const { after, limit, state, taskId, userId, agentId } = asked
  return all(db)
    .where('d.workspaceId', '=', workspaceId)
    .$if(after !== null, (query) => query.where('d.id', '<', after ?? ''))
    .$if(state !== undefined, (query) => query.where('d.state', '=', state ?? 'pending'))
    .$if(taskId !== undefined, (query) => query.where('d.taskId', '=', taskId ?? ''))
    .$if(userId !== undefined, (query) => query.where('d.userId', '=', userId ?? ''))
    .$if(agentId !== undefined, (query) => query.where('d.agentId', '=', agentId ?? ''))
    .orderBy('d.id', 'desc')
    .limit(limit)
}

export const delegationById = (db: PlannerDb, id: string) => all(db).where('d.id', '=', id)

/** Those of these that are there. */
export const delegationsAmong = (db: PlannerDb, ids: readonly string[]) => all(db).where('d.id', 'in', [...ids])

/** The same, held until the transaction ends. */
export const lockedDelegation = (tx: PlannerTx, id: string) => all(tx).where('d.id', '=', id).forUpdate('d')

export const openDelegationOf = (tx: PlannerDb, taskId: string) =>
  tx.selectFrom('planner.delegations').select('id').where('taskId', '=', taskId).where('endedAt', 'is', null)

/** The delegation by which a task is in somebody’s hands, if it is. */
export const openDelegationAbout = (db: PlannerDb, taskId: string) =>
  all(db).where('d.taskId', '=', taskId).where('d.endedAt', 'is', null)

/** What somebody is in the workspace; undefined for who is not in it. */
export const memberRole = (tx: PlannerDb, workspaceId: string, userId: string) =>
  tx
    .selectFrom('commons.workspaceMembers')
    .select('role')
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)

type Row = Selectable<DelegationsTable>
type Defaulted = 'tried' | 'progressPercent' | 'result' | 'note' | 'returns' | 'version' | 'createdAt' | 'updatedAt'

export async function insertDelegation(tx: PlannerTx, row: Omit<Row, Defaulted>): Promise<void> {
  await tx.insertInto('planner.delegations').values(row).execute()
}

export type DelegationPatch = Partial<
  Omit<Row, 'id' | 'workspaceId' | 'taskId' | 'version' | 'createdAt' | 'updatedAt'>
>

export async function updateDelegation(tx: PlannerTx, id: string, patch: DelegationPatch, at: Date): Promise<void> {
  await tx
    .updateTable('planner.delegations')
    .set((eb) => ({ ...patch, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
  touch(tx, `delegation:${id}`)
}

/** Holds the task of a delegation, there or deleted, until the transaction ends: always before the delegation itself. */
export async function holdTaskOf(tx: PlannerTx, id: string): Promise<void> {
  await tx
    .selectFrom('planner.tasks as t')
    .innerJoin('planner.delegations as d', (join) =>
      join.onRef('d.workspaceId', '=', 't.workspaceId').onRef('d.taskId', '=', 't.id'),
    )
    .select('t.id')
    .where('d.id', '=', id)
    .forUpdate('t')
    .execute()
}

/**
 * What an agent takes next: what was offered to it, then the most urgent and longest waiting that fits its skills and that
 * it has not had before. The task is held until the transaction ends; work that somebody else looks at is passed over.
 */
export async function nextWork(
  tx: PlannerTx,
  agent: { readonly id: string; readonly workspaceId: string; readonly skills: readonly string[] },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select d.id from planner.delegations d
    join planner.tasks t on t.workspace_id = d.workspace_id and t.id = d.task_id
    where d.workspace_id = ${agent.workspaceId} and d.state = 'pending'
      and t.deleted_at is null and t.status not in ('done', 'dropped')
      and (d.agent_id = ${agent.id} or d.agent_id is null and d.is_queued
        and d.skills <@ ${[...agent.skills]}::text[] and ${agent.id} <> all(d.tried))
    order by d.agent_id is null, t.priority desc, d.id limit 1 for update of t skip locked`.execute(tx)
  return rows[0]?.id ?? null
}

/** How much an agent has taken and not handed in. */
export const takenCount = (tx: PlannerDb, workspaceId: string, agentId: string) =>
  tx
    .selectFrom('planner.delegations')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)
    .where('agentId', '=', agentId)
    .where('state', 'in', ['accepted', 'in_progress'])

/**
 * Work whose agent was removed, was not heard of for the length of a lease, or was offered it for as long and did not take
 * it. What was handed to one agent alone waits for it.
 */
export const lostWork = (db: PlannerDb, limit: number, only?: string) =>
  db
    .selectFrom('planner.delegations as d')
    .innerJoin('planner.agents as a', (join) =>
      join.onRef('a.workspaceId', '=', 'd.workspaceId').onRef('a.id', '=', 'd.agentId'),
    )
    .select(['d.id', 'd.workspaceId', sql<boolean>`a.deleted_at is not null`.as('isRemoved')])
    .where('d.state', 'in', ['pending', 'accepted', 'in_progress'])
    .where((eb) =>
      eb.or([
        eb('a.deletedAt', 'is not', null),
        eb.and([
          eb('a.lastSeenAt', '<', sql<Date>`now() - ${lease}`),
          eb.or([eb('d.state', '<>', 'pending'), eb('d.isQueued', '=', true)]),
        ]),
        eb.and([
          eb('d.state', '=', 'pending'),
          eb('d.isQueued', '=', true),
          eb('d.offeredAt', '<', sql<Date>`now() - ${lease}`),
        ]),
      ]),
    )
    .$if(only !== undefined, (query) => query.where('d.id', '=', only ?? ''))
    .orderBy('d.id')
    .limit(limit)

export async function insertNote(
  tx: PlannerTx,
  row: Omit<Selectable<DelegationNotesTable>, 'createdAt'>,
): Promise<void> {
  await tx.insertInto('planner.delegationNotes').values(row).execute()
}

export const notesOf = (
  db: PlannerDb,
  delegationId: string,
  asked: { readonly after: string | null; readonly limit: number },
) =>
  db
    .selectFrom('planner.delegationNotes')
    .select(['id', 'action', 'actor', 'note', 'percent', 'createdAt'])
    .where('delegationId', '=', delegationId)
    .$if(asked.after !== null, (query) => query.where('id', '<', asked.after ?? ''))
    .orderBy('id', 'desc')
    .limit(asked.limit)
