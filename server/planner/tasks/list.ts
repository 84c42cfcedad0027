import { isId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { tasksFound } from '../search/service.ts'
import {
  type After,
  type TaskFilter,
  type TaskRow,
  ancestorIds,
  tasksAmong,
  tasksByIds,
  tasksOfWorkspace,
} from './queries.ts'
import { personOf } from './rows.ts'
import type { Task, TaskQuery } from './schema.ts'
import { shown } from './shown.ts'

/** Found tasks that are held against the filter at a time, and how often before a page is left as short as it is. */
const FOUND_AT_ONCE = 200
const ROUNDS_MAX = 10

/**
 * The workspace's tasks, newest first or soonest due first; with `q` those that hold its words.
 * @throws InvalidInput when the cursor is of another list
 */
export async function tasksOf(ctx: Ctx, query: TaskQuery): Promise<Page<Task>> {
  const { limit = 20, cursor, q, order = 'newest', ...filter } = query
  if (q !== undefined) return found(ctx, q, filter, cursor, limit)
  const { workspaceId } = personOf(ctx)
  const after = order === 'due' ? dueCursor(cursor) : newestCursor(cursor)
  const asked = { filter, order, after, limit: limit + 1 }
  const rows = await planner.one(ctx, (db) => tasksOfWorkspace(db, workspaceId, asked))
  const page = pageOf(rows, limit)
  const items = page.items.map(shown)
  if (order === 'newest' || page.nextCursor === null) return { items, nextCursor: page.nextCursor }
  const last = page.items.at(-1)
  return { items, nextCursor: last === undefined ? null : cursorOf(last) }
}

/** Those of the tasks that are there for who asks. */
export async function tasksByIdsOf(ctx: Ctx, ids: readonly string[]): Promise<Task[]> {
  if (ids.length === 0) return []
  const { workspaceId } = personOf(ctx)
  const rows = await planner.one(ctx, (db) => tasksByIds(db, ids))
  return rows.filter((row) => row.workspaceId === workspaceId).map(shown)
}

/** What lies above a task, from the top down. */
export async function aboveTask(ctx: Ctx, id: string): Promise<Task[]> {
  const ids = await planner.one(ctx, (db) => ancestorIds(db, id))
  const tasks = await tasksByIdsOf(
    ctx,
    ids.map((row) => row.id),
  )
  return tasks.toSorted((a, b) => a.level - b.level)
}

/** The children of a task in their order, a hundred at most. */
export async function belowTask(ctx: Ctx, id: string): Promise<Task[]> {
  const { items } = await tasksOf(ctx, { parentId: id, limit: 100 })
  return items.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1))
}

function newestCursor(cursor: string | undefined): After | null {
  const id = afterCursor(cursor)
  return id === null ? null : { id }
}

const cursorOf = ({ id, dueBy }: TaskRow): string =>
  Buffer.from(`due:${dueBy?.toISOString()}:${id}`).toString('base64url')

function dueCursor(cursor: string | undefined): After | null {
  if (cursor === undefined) return null
  const [, time = '', id = ''] = /^due:(.+Z):([^:]+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? []
  const dueBy = new Date(time)
  if (isId(id) && !Number.isNaN(dueBy.getTime())) return { id, dueBy }
  throw InvalidInput({ errors: [{ pointer: '?cursor', detail: 'is not a cursor of this list' }] })
}

/**
 * What the index finds is held against the filter by portions: a filter that leaves next to nothing of many thousand finds
 * ends a page before it is full, and its cursor goes on from there.
 */
async function found(
  ctx: Ctx,
  question: string,
  filter: TaskFilter,
  cursor: string | undefined,
  limit: number,
): Promise<Page<Task>> {
  const { workspaceId } = personOf(ctx)
  let [before, rows]: [string | null, TaskRow[]] = [afterCursor(cursor), []]
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const wanted = round === 0 && Object.keys(filter).length === 0 ? limit + 1 : FOUND_AT_ONCE
    const ids = await tasksFound(ctx, question, before, wanted)
    if (ids.length > 0) rows = [...rows, ...(await planner.one(ctx, (db) => tasksAmong(db, workspaceId, ids, filter)))]
    if (rows.length > limit || ids.length < wanted) {
      const page = pageOf(rows, limit)
      return { items: page.items.map(shown), nextCursor: page.nextCursor }
    }
    before = ids.at(-1) ?? before
  }
  return { items: rows.map(shown), nextCursor: before === null ? null : cursorAfter(before) }
}

const cursorAfter = (id: string): string => Buffer.from(`after:${id}`).toString('base64url')
