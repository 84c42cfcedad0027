import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'

const progress = sql<{ done: number; total: number }>`(
  select jsonb_build_object('done', count(*) filter (where t.status = 'done'), 'total', count(*)) from planner.tasks t
  where t.workspace_id = p.workspace_id and t.project_id = p.id and t.deleted_at is null and t.status <> 'dropped')`

const all = (db: PlannerDb) =>
  db
    .selectFrom('planner.projects as p')
    .select(['p.id', 'p.workspaceId', 'p.ownerId', 'p.name', 'p.description', 'p.isActive', 'p.version', 'p.deletedAt'])
    .select(['p.createdAt', 'p.updatedAt', progress.as('progress')])

const there = (db: PlannerDb) => all(db).where('p.deletedAt', 'is', null)

export type ProjectRow = Awaited<ReturnType<ReturnType<typeof all>['execute']>>[number]

export const projectById = (db: PlannerDb, id: string) => there(db).where('p.id', '=', id)

/** The project, there or deleted, held until the transaction ends. */
export const lockedProject = (tx: PlannerTx, id: string) => all(tx).where('p.id', '=', id).forUpdate('p')

export const projectsOfWorkspace = (
  db: PlannerDb,
  workspaceId: string,
  asked: { readonly isActive?: boolean; readonly after: string | null; readonly limit: number },
) =>
  there(db)
    .where('p.workspaceId', '=', workspaceId)
    .$if(asked.isActive !== undefined, (query) => query.where('p.isActive', '=', asked.isActive ?? true))
    .$if(asked.after !== null, (query) => query.where('p.id', '<', asked.after ?? ''))
    .orderBy('p.id', 'desc')
    .limit(asked.limit)

/** Projects whose names begin so, whatever their case; the shortest name first. */
export const projectsNamed = (db: PlannerDb, workspaceId: string, beginning: string) =>
  there(db)
    .where('p.workspaceId', '=', workspaceId)
    .where((eb) => eb.fn<boolean>('starts_with', [eb.fn('lower', ['p.name']), eb.fn('lower', [eb.val(beginning)])]))
    .orderBy(sql`length(p.name)`)
    .orderBy('p.id')
    .limit(1)

/** One at a time for each workspace, until the transaction ends: two who name a new project at once would both make it. */
export async function holdProjectNames(tx: PlannerTx, workspaceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('planner.projects:' || ${workspaceId}::text, 0))`.execute(tx)
}

export async function insertProject(
  tx: PlannerTx,
  project: {
    readonly id: string
    readonly workspaceId: string
    readonly ownerId: string
    readonly name: string
    readonly description?: string
    readonly isActive?: boolean
  },
): Promise<void> {
  await tx.insertInto('planner.projects').values(project).execute()
}

export async function updateProject(
  tx: PlannerTx,
  id: string,
  patch: {
    readonly name?: string
    readonly description?: string
    readonly isActive?: boolean
    readonly ownerId?: string
    readonly deletedAt?: Date | null
  },
  at: Date,
): Promise<void> {
  await tx
    .updateTable('planner.projects')
    .set((eb) => ({ ...patch, updatedAt: at, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

export const memberOf = (db: PlannerDb, workspaceId: string, userId: string) =>
  db
    .selectFrom('commons.workspaceMembers')
    .select('userId')
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
