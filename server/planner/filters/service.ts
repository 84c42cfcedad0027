import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { type PlannerTx, planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { type FilterRow, filtersOf, insertFilter, lockedFilter, updateFilter } from './queries.ts'
import type { Filter, FilterChange, FilterQuery, NewFilter } from './schema.ts'

export const FilterNotFound = problem('planner/filter-not-found', 404, 'There is no such filter')

/** One's own filters in the workspace, newest first. */
export async function filters(ctx: Ctx, { limit = 20, cursor }: FilterQuery): Promise<Page<Filter>> {
  const whose = personOf(ctx)
  const asked = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => filtersOf(db, whose, asked)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/** Keeps a question to the list of tasks under a name. */
export async function saveFilter(ctx: Ctx, wish: NewFilter): Promise<Filter> {
  const { userId, workspaceId } = personOf(ctx)
  const id = newId<'Filter'>()
  return shown(await planner.write(ctx, (tx) => insertFilter(tx, { ...wish, id, userId, workspaceId })))
}

/**
 * Changes a filter of one's own.
 * @throws FilterNotFound, PreconditionFailed
 */
export function changeFilter(ctx: Ctx, id: string, change: FilterChange, ifMatch?: string): Promise<Filter> {
  return planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id, false)
    requireMatch(ifMatch, etagOf(id, row.version))
    return shown(await updateFilter(tx, id, change, ctx.clock.now()))
  })
}

/**
 * Takes a filter of one's own away.
 * @throws FilterNotFound, PreconditionFailed
 */
export async function deleteFilter(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id, false)
    requireMatch(ifMatch, etagOf(id, row.version))
    const now = ctx.clock.now()
    await updateFilter(tx, id, { deletedAt: now }, now)
  })
}

/**
 * Puts a filter back.
 * @throws FilterNotFound also for one that is there
 */
export function restoreFilter(ctx: Ctx, id: string): Promise<Filter> {
  return planner.write(ctx, async (tx) => {
    await held(tx, ctx, id, true)
    return shown(await updateFilter(tx, id, { deletedAt: null }, ctx.clock.now()))
  })
}

async function held(tx: PlannerTx, ctx: Ctx, id: string, deleted: boolean): Promise<FilterRow> {
  const row = await lockedFilter(tx, personOf(ctx), id).executeTakeFirst()
  if (row === undefined || (row.deletedAt !== null) !== deleted)
    throw FilterNotFound({ detail: `No filter ${id} is here for you.` })
  return row
}

function shown({ id, name, query, createdAt, updatedAt }: FilterRow): Filter {
  return { id, name, query, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}
