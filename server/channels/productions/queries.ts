import { sql } from 'kysely'
import { fixed } from '#platform/database/fixed.ts'
import type { ChannelsDb, ChannelsTx } from '../door.ts'
import type { ProductionsTable } from '../tables.ts'
import { type ProductionState, StageName, type StageState } from './stages.ts'

/** A stage as a production's answer shows it. Times are text as PostgreSQL writes them into JSON. */
export interface StageRow {
  readonly name: StageName
  readonly state: StageState
  readonly attempts: number
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly costMicros: number
  readonly provider: string | null
  readonly summary: Record<string, string | number | boolean | null> | null
  readonly failureCode: string | null
  readonly failureDetail: string | null
}

const stagesOfProduction = sql<StageRow[]>`(
  select jsonb_agg(jsonb_build_object('name', s.name, 'state', s.state, 'attempts', s.attempts,
    'startedAt', s.started_at, 'endedAt', s.ended_at, 'costMicros', s.cost_micros, 'provider', s.provider,
    'summary', s.summary, 'failureCode', s.failure_code, 'failureDetail', s.failure_detail) order by s.position)
  from channels.stages s where s.production_id = p.id)`

const videoOfProduction = sql<string | null>`(
  select u.video_id from channels.publications u
  where u.production_id = p.id and u.target = 'stream' and u.state in ('sent', 'published'))`

const shown = (db: ChannelsDb) =>
  db
    .selectFrom('channels.productions as p')
    .select([
      'p.id',
      'p.workspaceId',
      'p.createdBy',
      'p.taskId',
      'p.projectId',
      'p.visibility',
      'p.state',
      'p.version',
      'p.createdAt',
      'p.updatedAt',
      'p.endedAt',
    ])
    .select([stagesOfProduction.as('stages'), videoOfProduction.as('videoId')])
    .where('p.deletedAt', 'is', null)

export type ProductionRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

export const productionById = fixed((db: ChannelsDb, id: string) => shown(db).where('p.id', '=', id))

export const productionsOfWorkspace = (
  db: ChannelsDb,
  workspaceId: string,
  filter: { readonly after: string | null; readonly limit: number; readonly state?: ProductionState },
) =>
  shown(db)
    .where('p.workspaceId', '=', workspaceId)
    .$if(filter.after !== null, (query) => query.where('p.id', '<', filter.after ?? ''))
    .$if(filter.state !== undefined, (query) => query.where('p.state', '=', filter.state ?? 'running'))
    .orderBy('p.id', 'desc')
    .limit(filter.limit)

/** Of these productions those that are there. */
export const productionsAmong = (db: ChannelsDb, ids: readonly string[]) =>
  db
    .selectFrom('channels.productions')
    .select(['id', 'workspaceId'])
    .where('id', 'in', [...ids])
    .where('deletedAt', 'is', null)

/** Productions under way whose rows have been still the longest. Scope: system. */
export const runningProductions = (db: ChannelsDb, limit: number) =>
  db
    .selectFrom('channels.productions')
    .select(['id', 'workspaceId'])
    .where('state', '=', 'running')
    .where('deletedAt', 'is', null)
    .orderBy('updatedAt')
    .limit(limit)

/** Writes a production with its stages, all of them waiting. Returns false when it is there already. */
export async function insertProduction(
  tx: ChannelsTx,
  production: Pick<ProductionsTable, 'id' | 'workspaceId' | 'createdBy' | 'taskId' | 'projectId' | 'visibility'>,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('channels.productions')
    .values({ ...production, state: 'running' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  const { id: productionId, workspaceId } = production
  await tx
    .insertInto('channels.stages')
    .values(
      StageName.map((name, position) => ({ workspaceId, productionId, name, position, state: 'waiting' as const })),
    )
    .execute()
  return true
}

/** A production whose row nobody else changes until the transaction ends. */
export type HeldProduction = Pick<
  ProductionsTable,
  'id' | 'workspaceId' | 'createdBy' | 'taskId' | 'projectId' | 'visibility' | 'state'
>

/** Takes hold of a production. Whoever changes one of its rows does this first, so that nobody waits in a circle. */
export function holdProduction(tx: ChannelsTx, id: string): Promise<HeldProduction | undefined> {
  return tx
    .selectFrom('channels.productions')
    .select(['id', 'workspaceId', 'createdBy', 'taskId', 'projectId', 'visibility', 'state'])
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

/** Counts a change, and moves the production where that is part of it. */
export async function touchProduction(tx: ChannelsTx, id: string, at: Date, to?: ProductionState): Promise<void> {
  await tx
    .updateTable('channels.productions')
    .set((eb) => ({
      ...(to === undefined ? {} : { state: to, endedAt: to === 'running' ? null : at }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}

/** Counts a beginning of a stage that waits or that somebody else has begun. Returns which, or null when it is over. */
export async function markBegun(tx: ChannelsTx, id: string, stage: StageName, at: Date): Promise<number | null> {
  const row = await tx
    .updateTable('channels.stages')
    .set((eb) => ({
      state: 'running' as const,
      attempts: eb('attempts', '+', 1),
      startedAt: eb.fn.coalesce('startedAt', eb.val(at)),
    }))
    .where('productionId', '=', id)
    .where('name', '=', stage)
    .where('state', 'in', ['waiting', 'running'])
    .returning('attempts')
    .executeTakeFirst()
  return row?.attempts ?? null
}

/** How a stage ended. */
export interface StageEnd {
  readonly state: 'done' | 'failed'
  readonly costMicros?: number
  readonly provider?: string
  /** JSON. */
  readonly summary?: string
  readonly failureCode?: string
  readonly failureDetail?: string
}

/** Ends a stage that runs; with `attempt` only if that is its newest. Returns whether it was so. */
export async function markEnded(
  tx: ChannelsTx,
  of: { readonly productionId: string; readonly stage: StageName; readonly attempt: number | null },
  end: StageEnd,
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('channels.stages')
    .set({ ...end, endedAt: at })
    .where('productionId', '=', of.productionId)
    .where('name', '=', of.stage)
    .where('state', '=', 'running')
    .$if(of.attempt !== null, (query) => query.where('attempts', '=', of.attempt ?? 0))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The stage may run from now on, by the clock that also says when jobs were given up. */
export async function markDue(tx: ChannelsTx, id: string, stage: StageName): Promise<void> {
  const dueAt = sql<Date>`now()`
  await tx
    .updateTable('channels.stages')
    .set({ state: 'waiting', dueAt, startedAt: null, endedAt: null, failureCode: null, failureDetail: null })
    .where('productionId', '=', id)
    .where('name', '=', stage)
    .where('state', 'in', ['waiting', 'failed'])
    .execute()
}

/** Whatever was not done will not be done. */
export async function skipRest(tx: ChannelsTx, id: string, at: Date): Promise<void> {
  await tx
    .updateTable('channels.stages')
    .set({ state: 'skipped', endedAt: at })
    .where('productionId', '=', id)
    .where('state', 'in', ['waiting', 'running'])
    .execute()
}

/** The first stage that is not done, if any. */
export const currentStage = (db: ChannelsDb, id: string) =>
  db
    .selectFrom('channels.stages')
    .select(['name', 'state', 'dueAt'])
    .where('productionId', '=', id)
    .where('state', '!=', 'done')
    .orderBy('position')
    .limit(1)

/** Whether a job was given up for good after a moment. Scope: system. */
export const deadJobSince = (db: ChannelsDb, jobName: string, key: string, since: Date) =>
  db
    .selectFrom('platform.deadJobs')
    .select('id')
    .where('jobName', '=', jobName)
    .where('key', '=', key)
    .where('diedAt', '>', since)
    .limit(1)
