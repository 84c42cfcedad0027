import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { NewFilter } from './schema.ts'

const COLUMNS = [
  ...(['id', 'name', 'version', 'deletedAt', 'createdAt', 'updatedAt'] as const),
  sql<NewFilter['query']>`query`.as('query'),
] as const

const all = (db: PlannerDb) => db.selectFrom('planner.savedFilters').select(COLUMNS)

export type FilterRow = Awaited<ReturnType<ReturnType<typeof all>['execute']>>[number]

const own = (db: PlannerDb, userId: string, workspaceId: string) =>
  all(db).where('userId', '=', userId).where('workspaceId', '=', workspaceId)

export const filtersOf = (
  db: PlannerDb,
  whose: { readonly userId: string; readonly workspaceId: string },
  asked: { readonly after: string | null; readonly limit: number },
) =>
  own(db, whose.userId, whose.workspaceId)
    .where('deletedAt', 'is', null)
    .$if(asked.after !== null, (query) => query.where('id', '<', asked.after ?? ''))
    .orderBy('id', 'desc')
    .limit(asked.limit)

/** One's own filter, there or deleted, held until the transaction ends. */
export const lockedFilter = (tx: PlannerTx, whose: { userId: string; workspaceId: string }, id: string) =>
  own(tx, whose.userId, whose.workspaceId).where('id', '=', id).forUpdate()

export async function insertFilter(
  tx: PlannerTx,
  { query, ...filter }: NewFilter & { readonly id: string; readonly userId: string; readonly workspaceId: string },
): Promise<FilterRow> {
  return tx
    .insertInto('planner.savedFilters')
    .values({ ...filter, query: JSON.stringify(query) })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow()
}

export async function updateFilter(
  tx: PlannerTx,
  id: string,
  {
    query,
    ...patch
  }: { readonly name?: string; readonly query?: NewFilter['query']; readonly deletedAt?: Date | null },
  at: Date,
): Promise<FilterRow> {
  return tx
    .updateTable('planner.savedFilters')
    .set((eb) => ({
      ...patch,
      ...(query === undefined ? {} : { query: JSON.stringify(query) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow()
}

/** Whether the task and the project that a filter names are in the workspace; what it does not name is. */
export const namedThings = (
  db: PlannerDb,
  workspaceId: string,
  { parentId, projectId }: { readonly parentId: string | undefined; readonly projectId: string | undefined },
) => {
  const there = (table: 'planner.tasks' | 'planner.projects', id: string | undefined) =>
    id === undefined
      ? sql<boolean>`true`
      : sql<boolean>`exists (select from ${sql.table(table)} t
          where t.id = ${id} and t.workspace_id = ${workspaceId} and t.deleted_at is null)`
  return db.selectNoFrom([
    there('planner.tasks', parentId).as('hasParent'),
    there('planner.projects', projectId).as('hasProject'),
  ])
}
