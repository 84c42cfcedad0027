import { type RawBuilder, sql } from 'kysely'
import type { Db, StatementDb, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { BudgetsTable, CommonsTables, PricesTable, ReservationsTable } from '../tables.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

/** Today, by the clock that all processes share. */
const TODAY: RawBuilder<string> = sql`(now() at time zone 'utc')::date`
const THIS_MONTH: RawBuilder<string> = sql`date_trunc('month', now() at time zone 'utc')::date`

/** A line that opens something: it is added if its source is not written yet. Returns the day that it counts for, or null. */
export async function insertOpening(
  tx: Writer,
  line: {
    readonly id: string
    readonly workspaceId: string
    readonly source: string
    readonly provider: string
    readonly currency: string
    readonly kind: 'spend' | 'reserve'
    readonly amountMicros: number
    readonly heldMicros: number
  },
): Promise<string | null> {
  const inserted = await tx
    .insertInto('commons.spends')
    .values({ ...line, countedOn: TODAY })
    .onConflict((conflict) =>
      conflict
        .column('source')
        .where(sql<boolean>`kind in ('spend', 'reserve')`)
        .doNothing(),
    )
    .returning(sql<string>`counted_on::text`.as('day'))
    .executeTakeFirst()
  return inserted?.day ?? null
}

/** The line that ends a reservation: what was held is given back, and so much paid. */
export async function insertEnd(
  tx: Writer,
  id: string,
  held: Held,
  end: { readonly kind: 'settle' | 'release'; readonly amountMicros: number },
): Promise<void> {
  const { workspaceId, source, provider, currency, heldMicros, countedOn } = held
  await tx
    .insertInto('commons.spends')
    .values({ id, workspaceId, source, provider, currency, countedOn, heldMicros: 0 - heldMicros, ...end })
    .execute()
}

/** Adds to what is held and was spent on a day. */
export async function addToDay(
  tx: Writer,
  day: { readonly workspaceId: string; readonly currency: string; readonly day: string },
  by: { readonly heldMicros: number; readonly spentMicros: number },
): Promise<void> {
  await tx
    .insertInto('commons.spendDays')
    .values({ ...day, heldMicros: 0, spentMicros: 0 })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'currency', 'day']).doNothing())
    .execute()
  await tx
    .updateTable('commons.spendDays')
    .set((eb) => ({
      heldMicros: eb('heldMicros', '+', by.heldMicros),
      spentMicros: eb('spentMicros', '+', by.spentMicros),
    }))
    .where('workspaceId', '=', day.workspaceId)
    .where('currency', '=', day.currency)
    .where('day', '=', day.day)
    .execute()
}

export async function insertReservation(
  tx: Writer,
  row: Omit<ReservationsTable, 'createdAt' | 'expiresAt'>,
  ttlMs: number,
): Promise<void> {
  await tx
    .insertInto('commons.reservations')
    .values({ ...row, expiresAt: sql<Date>`now() + ${ttlMs} * interval '1 millisecond'` })
    .execute()
}

/** What a reservation held. */
export type Held = Pick<
  ReservationsTable,
  'workspaceId' | 'source' | 'provider' | 'currency' | 'heldMicros' | 'countedOn'
>

/** Takes an open reservation away: who gets it ends it. */
export function takeReservation(tx: Writer, source: string): Promise<Held | undefined> {
  return tx
    .deleteFrom('commons.reservations')
    .where('source', '=', source)
    .returning(['workspaceId', 'source', 'provider', 'currency', 'heldMicros'])
    .returning(sql<string>`counted_on::text`.as('countedOn'))
    .executeTakeFirst()
}

/** Reservations whose holders have not ended them in time, in the order of their ids. */
export const expiredReservations = (db: Reader, page: { readonly after: string | null; readonly limit: number }) =>
  db
    .selectFrom('commons.reservations')
    .select(['id', 'workspaceId', 'source', 'owner', 'provider', 'heldMicros', 'currency', 'createdAt'])
    .where('expiresAt', '<', sql<Date>`now()`)
    .$if(page.after !== null, (query) => query.where('id', '>', page.after ?? ''))
    .orderBy('id')
    .limit(page.limit)

export type ExpiredRow = Awaited<ReturnType<ReturnType<typeof expiredReservations>['execute']>>[number]

/** Holds a reservation for longer. */
export const prolong = (db: StatementDb<CommonsTables>, id: string, byMs: number) =>
  db
    .updateTable('commons.reservations')
    .set({ expiresAt: sql<Date>`now() + ${byMs} * interval '1 millisecond'` })
    .where('id', '=', id)

/** The budgets of a workspace, held until the transaction ends: nobody else passes them meanwhile. */
export function lockBudgets(
  tx: Writer,
  workspaceId: string,
  currency: string,
): Promise<Pick<BudgetsTable, 'period' | 'limitMicros'>[]> {
  return tx
    .selectFrom('commons.budgets')
    .select(['period', 'limitMicros'])
    .where('workspaceId', '=', workspaceId)
    .where('currency', '=', currency)
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** What is held and was spent today, in this month, and in all, by currency. */
export const usage = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.spendDays')
    .select([
      'currency',
      sql<number>`coalesce(sum(held_micros) filter (where day = ${TODAY}), 0)::bigint`.as('dayHeld'),
      sql<number>`coalesce(sum(spent_micros) filter (where day = ${TODAY}), 0)::bigint`.as('daySpent'),
      sql<number>`coalesce(sum(held_micros) filter (where day >= ${THIS_MONTH}), 0)::bigint`.as('monthHeld'),
      sql<number>`coalesce(sum(spent_micros) filter (where day >= ${THIS_MONTH}), 0)::bigint`.as('monthSpent'),
      sql<number>`sum(held_micros)::bigint`.as('totalHeld'),
      sql<number>`sum(spent_micros)::bigint`.as('totalSpent'),
    ])
    .where('workspaceId', '=', workspaceId)
    .groupBy('currency')
    .orderBy('currency')

/** Above every source that begins with the prefix, and below every other one that sorts behind it. */
const LAST = '\u{10ffff}'

const below = (db: Reader, prefix: string) =>
  db
    .selectFrom('commons.spends')
    .where(sql<boolean>`source collate "C" >= ${prefix} and source collate "C" < ${prefix + LAST}`)

/** What was spent below a source (`production:<id>:`), and what is held for it, by currency. */
export const costsBelow = (db: Reader, prefix: string) =>
  below(db, prefix)
    .select([
      'currency',
      sql<number>`sum(amount_micros)::bigint`.as('spentMicros'),
      sql<number>`sum(held_micros)::bigint`.as('heldMicros'),
    ])
    .groupBy('currency')
    .orderBy('currency')

export const linesBelow = (
  db: Reader,
  workspaceId: string,
  page: { readonly prefix: string; readonly after: string | null; readonly limit: number },
) =>
  below(db, page.prefix)
    .select(['id', 'source', 'kind', 'provider', 'amountMicros', 'heldMicros', 'currency', 'createdAt'])
    .where('workspaceId', '=', workspaceId)
    .$if(page.after !== null, (query) => query.where('id', '<', page.after ?? ''))
    .orderBy('id', 'desc')
    .limit(page.limit)

export const budgetsOf = (db: Reader, workspaceId: string) =>
  db.selectFrom('commons.budgets').selectAll().where('workspaceId', '=', workspaceId).orderBy('id', 'desc')

export const budgetById = (db: Reader, workspaceId: string, id: string) =>
  budgetsOf(db, workspaceId).where('id', '=', id)

/** Adds a budget; null when the workspace has one for that period. */
export async function insertBudget(
  tx: Writer,
  budget: Omit<BudgetsTable, 'createdAt' | 'updatedAt'>,
): Promise<Date | null> {
  const inserted = await tx
    .insertInto('commons.budgets')
    .values(budget)
    .onConflict((conflict) => conflict.columns(['workspaceId', 'period', 'currency']).doNothing())
    .returning('createdAt')
    .executeTakeFirst()
  return inserted?.createdAt ?? null
}

export async function updateBudget(tx: Writer, id: string, limitMicros: number, at: Date): Promise<void> {
  await tx.updateTable('commons.budgets').set({ limitMicros, updatedAt: at }).where('id', '=', id).execute()
}

export async function deleteBudget(tx: Writer, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('commons.budgets').where('id', '=', id).executeTakeFirst()
  return numDeletedRows === 1n
}

/** The prices of a model by its units, the one that counts first: own before general, exact names before patterns. */
export const pricesFor = (
  db: Reader,
  asked: { readonly workspaceId: string; readonly provider: string; readonly model: string; readonly at: Date },
) =>
  db
    .selectFrom('commons.prices')
    .select(['unit', 'microsPerMillion'])
    .distinctOn('unit')
    .where((eb) => eb.or([eb('workspaceId', 'is', null), eb('workspaceId', '=', asked.workspaceId)]))
    .where('provider', 'in', [asked.provider, '*'])
    .where(
      sql<boolean>`(model = ${asked.model} or right(model, 1) = '*' and starts_with(${asked.model}, left(model, -1)))`,
    )
    .where('validFrom', '<=', asked.at)
    .where((eb) => eb.or([eb('validTo', 'is', null), eb('validTo', '>', asked.at)]))
    .orderBy('unit')
    .orderBy(sql`workspace_id is null`)
    .orderBy(sql`provider = '*'`)
    .orderBy(sql`right(model, 1) = '*'`)
    .orderBy(sql`length(model)`, 'desc')
    .orderBy('validFrom', 'desc')

export const pricesOf = (
  db: Reader,
  workspaceId: string,
  page: { readonly after: string | null; readonly limit: number; readonly provider: string | null },
) =>
  db
    .selectFrom('commons.prices')
    .selectAll()
    .where((eb) => eb.or([eb('workspaceId', 'is', null), eb('workspaceId', '=', workspaceId)]))
    .$if(page.provider !== null, (query) => query.where('provider', '=', page.provider ?? ''))
    .$if(page.after !== null, (query) => query.where('id', '<', page.after ?? ''))
    .orderBy('id', 'desc')
    .limit(page.limit)

/** Writes a price of a workspace's own; null when there is one for that model and unit from the same time on. */
export async function insertPrice(
  tx: Writer,
  price: Omit<PricesTable, 'createdAt' | 'currency'>,
): Promise<Date | null> {
  const inserted = await tx
    .insertInto('commons.prices')
    .values(price)
    .onConflict((conflict) => conflict.columns(['workspaceId', 'provider', 'model', 'unit', 'validFrom']).doNothing())
    .returning('createdAt')
    .executeTakeFirst()
  return inserted?.createdAt ?? null
}

export const ownPriceCount = (db: Reader, workspaceId: string) =>
  db
    .selectFrom('commons.prices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)

/** Removes a price of the workspace's own. */
export function deletePrice(
  tx: Writer,
  workspaceId: string,
  id: string,
): Promise<Pick<PricesTable, 'provider' | 'model' | 'unit' | 'microsPerMillion'> | undefined> {
  return tx
    .deleteFrom('commons.prices')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returning(['provider', 'model', 'unit', 'microsPerMillion'])
    .executeTakeFirst()
}
