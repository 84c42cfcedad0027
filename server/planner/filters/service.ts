import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { type FilterRow, filtersOf, insertFilter, lockedFilter, namedThings, updateFilter } from './queries.ts'
import type { Filter, FilterChange, FilterQuery, NewFilter } from './schema.ts'

export const FilterNotFound = problem('planner/filter-not-found', 404, 'There is no such filter')

/** One's own filters in the workspace, newest first. */
export async function filters(ctx: Ctx, { limit = 20, cursor }: FilterQuery): Promise<Page<Filter>> {
  const whose = personOf(ctx)
  const asked = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => filtersOf(db, whose, asked)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * Keeps a question to the list of tasks under a name.
 * @throws InvalidInput when it asks for what is not there
 */
export async function saveFilter(ctx: Ctx, wish: NewFilter): Promise<Filter> {
  const { userId, workspaceId } = personOf(ctx)
  const id = newId<'Filter'>()
  await requireThere(ctx, wish.query)
  return shown(await planner.write(ctx, (tx) => insertFilter(tx, { ...wish, id, userId, workspaceId })))
}

/**
 * Changes a filter of one's own.
 * @throws FilterNotFound, PreconditionFailed
 * @throws InvalidInput when it asks for what is not there
 */
export async function changeFilter(ctx: Ctx, id: string, change: FilterChange, ifMatch?: string): Promise<Filter> {
  await requireThere(ctx, change.query ?? {})
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

/** A filter is kept and told again: it names nothing of which its person must not even know that it is there. */
async function requireThere(ctx: Ctx, { parentId, projectId }: NewFilter['query']): Promise<void> {
  const asked = { parentId: parentId === 'none' ? undefined : parentId, projectId }
  if (asked.parentId === undefined && projectId === undefined) return
  const { workspaceId } = personOf(ctx)
  const [there] = await planner.one(ctx, (db) => namedThings(db, workspaceId, asked))
  const errors = [
    ...(there?.hasParent === true ? [] : [{ pointer: '/query/parentId', detail: 'is no task of this workspace' }]),
    ...(there?.hasProject === true ? [] : [{ pointer: '/query/projectId', detail: 'is no project of this workspace' }]),
  ]
  if (errors.length > 0) throw InvalidInput({ errors })
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
