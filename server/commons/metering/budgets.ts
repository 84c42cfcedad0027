import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { personOf } from '../api-keys/service.ts'
import { record } from '../audit/service.ts'
import { budgetAdded, budgetChanged, budgetRemoved } from './actions.ts'
import {
  budgetById,
  budgetsOf,
  commons,
  deleteBudget,
  insertBudget,
  linesBelow,
  updateBudget,
  usage,
} from './queries.ts'
import type { Budget, Line, NewBudget, SpendQuery } from './schema.ts'
import { type UsageRow, usedIn } from './service.ts'

export const BudgetNotFound = problem('metering/budget-not-found', 404, 'There is no such budget')
export const BudgetExists = problem('metering/budget-exists', 409, 'There is a budget for that period')

/** The budgets of the workspace, with what is used of them. */
export async function budgets(ctx: Ctx): Promise<{ items: Budget[] }> {
  const { workspaceId } = personOf(ctx)
  return commons.read(ctx, async (db) => {
    const rows = await budgetsOf(db, workspaceId).execute()
    const used = rows.length === 0 ? [] : await usage(db, workspaceId).execute()
    return { items: rows.map((row) => shown(row, used)) }
  })
}

/**
 * Sets how much may be held and spent in a period. What is used already counts.
 * @throws BudgetExists
 */
export async function addBudget(ctx: Ctx, wish: NewBudget): Promise<Budget> {
  const { workspaceId } = personOf(ctx)
  const { period, limitMicros, currency } = wish
  const row = { id: newId<'Budget'>(), workspaceId, period, limitMicros, currency }
  return commons.write(ctx, async (tx) => {
    const createdAt = await insertBudget(tx, row)
    if (createdAt === null) throw BudgetExists({ detail: `There is one for the period ${period}: change that one.` })
    await record(tx, ctx, budgetAdded, { of: workspaceId, targetId: row.id, after: { period, limitMicros, currency } })
    return shown({ ...row, createdAt, updatedAt: createdAt }, await usage(tx, workspaceId).execute())
  })
}

/**
 * Changes how much a budget allows. Less than is used already refuses whatever comes next.
 * @throws BudgetNotFound
 */
export async function changeBudget(ctx: Ctx, id: string, limitMicros: number): Promise<Budget> {
  const { workspaceId } = personOf(ctx)
  return commons.write(ctx, async (tx) => {
    const row = await budgetById(tx, workspaceId, id).executeTakeFirst()
    if (row === undefined) throw BudgetNotFound({ detail: `No budget ${id} is here for you.` })
    const updatedAt = ctx.clock.now()
    await updateBudget(tx, id, limitMicros, updatedAt)
    const [before, after] = [{ limitMicros: row.limitMicros }, { limitMicros }]
    await record(tx, ctx, budgetChanged, { of: workspaceId, targetId: id, before, after })
    return shown({ ...row, limitMicros, updatedAt }, await usage(tx, workspaceId).execute())
  })
}

/**
 * Takes a budget away: nothing limits that period any more.
 * @throws BudgetNotFound
 */
export async function removeBudget(ctx: Ctx, id: string): Promise<void> {
  const { workspaceId } = personOf(ctx)
  await commons.write(ctx, async (tx) => {
    const row = await budgetById(tx, workspaceId, id).executeTakeFirst()
    if (row === undefined || !(await deleteBudget(tx, id)))
      throw BudgetNotFound({ detail: `No budget ${id} is here for you.` })
    const { period, limitMicros, currency } = row
    await record(tx, ctx, budgetRemoved, { of: workspaceId, targetId: id, before: { period, limitMicros, currency } })
  })
}

/** The lines of the ledger, newest first: all of them, or those of sources that begin with a prefix. */
export async function spends(ctx: Ctx, { limit = 20, cursor, prefix = '' }: SpendQuery): Promise<Page<Line>> {
  const { workspaceId } = personOf(ctx)
  const filter = { prefix, after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await commons.one(ctx, (db) => linesBelow(db, workspaceId, filter)), limit)
  const items = page.items.map((line) => ({ ...line, createdAt: line.createdAt.toISOString() }))
  return { items, nextCursor: page.nextCursor }
}

type BudgetRow = Awaited<ReturnType<ReturnType<typeof budgetsOf>['execute']>>[number]

function shown(row: BudgetRow, used: readonly UsageRow[]): Budget {
  const { id, period, limitMicros, currency } = row
  return {
    ...{ id, period, limitMicros, currency },
    ...usedIn(
      used.find((one) => one.currency === currency),
      period,
    ),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
