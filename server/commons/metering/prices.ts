import { invariant } from '#kernel/assert.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { record } from '../audit/service.ts'
import { personOf } from '../api-keys/service.ts'
import type { PricesTable } from '../tables.ts'
import { priceAdded, priceRemoved } from './actions.ts'
import { commons, deletePrice, insertPrice, ownPriceCount, pricesFor, pricesOf } from './queries.ts'
import type { NewPrice, Price, PriceQuery } from './schema.ts'

export const PriceNotFound = problem('metering/price-not-found', 404, 'There is no such price of your own')
export const PriceExists = problem('metering/price-exists', 409, 'There is a price from that time on')
export const TooManyPrices = problem('metering/too-many-prices', 409, 'These are more prices than one has')

/** How many prices of its own a workspace has. */
export const PRICES_MAX = 1000

/** What a model costs, in micros of a dollar for a million units. */
export interface ModelPrices {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly audioSeconds: number
}

/** What a provider asks for a model at a time: the workspace's own prices go before those of the book. One statement. */
export async function modelPrices(
  ground: HasDatabase,
  asked: { readonly workspaceId: string; readonly provider: string; readonly model: string; readonly at: Date },
): Promise<ModelPrices> {
  const rows = await commons.one(ground, (db) => pricesFor(db, asked))
  const of = (unit: PricesTable['unit']): number => {
    const price = rows.find((row) => row.unit === unit)
    invariant(price !== undefined, 'the price book has a last line for everything')
    return price.microsPerMillion
  }
  return { inputTokens: of('input-token'), outputTokens: of('output-token'), audioSeconds: of('audio-second') }
}

/** The price book as the workspace sees it: its own prices and those for everybody. */
export async function prices(ctx: Ctx, { limit = 20, cursor, provider }: PriceQuery): Promise<Page<Price>> {
  const { workspaceId } = personOf(ctx)
  const filter = { after: afterCursor(cursor), limit: limit + 1, provider: provider ?? null }
  const page = pageOf(await commons.one(ctx, (db) => pricesOf(db, workspaceId, filter)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * Writes a price of the workspace's own, which goes before those for everybody.
 * @throws PriceExists, TooManyPrices
 * @throws InvalidInput when it would end before it begins
 */
export async function addPrice(ctx: Ctx, wish: NewPrice): Promise<Price> {
  const { workspaceId } = personOf(ctx)
  const validFrom = wish.validFrom === undefined ? ctx.clock.now() : new Date(wish.validFrom)
  const validTo = wish.validTo === undefined || wish.validTo === null ? null : new Date(wish.validTo)
  if (validTo !== null && validTo <= validFrom)
    throw InvalidInput({ errors: [{ pointer: '/validTo', detail: 'must be after validFrom' }] })
  const { provider, model, unit, microsPerMillion } = wish
  const row = { id: newId<'Price'>(), workspaceId, provider, model, unit, microsPerMillion, validFrom, validTo }
  return commons.write(ctx, async (tx) => {
    const { count } = await ownPriceCount(tx, workspaceId).executeTakeFirstOrThrow()
    if (count >= PRICES_MAX) throw TooManyPrices({ detail: `There are ${count} already.` })
    const createdAt = await insertPrice(tx, row)
    if (createdAt === null) throw PriceExists({ detail: 'Choose another time, or remove that one.' })
    const after = { provider, model, unit, microsPerMillion }
    await record(tx, ctx, priceAdded, { of: workspaceId, targetId: row.id, after })
    return shown({ ...row, createdAt, currency: 'USD' })
  })
}

/**
 * Removes a price of the workspace's own. What was counted by it stays counted.
 * @throws PriceNotFound
 */
export async function removePrice(ctx: Ctx, id: string): Promise<void> {
  const { workspaceId } = personOf(ctx)
  await commons.write(ctx, async (tx) => {
    const before = await deletePrice(tx, workspaceId, id)
    if (before === undefined) throw PriceNotFound({ detail: `No price ${id} is yours.` })
    await record(tx, ctx, priceRemoved, { of: workspaceId, targetId: id, before })
  })
}

type PriceRow = Awaited<ReturnType<ReturnType<typeof pricesOf>['execute']>>[number]

function shown(row: PriceRow): Price {
  return {
    id: row.id,
    isOwn: row.workspaceId !== null,
    provider: row.provider,
    model: row.model,
    unit: row.unit,
    microsPerMillion: row.microsPerMillion,
    currency: row.currency,
    validFrom: row.validFrom.toISOString(),
    validTo: row.validTo?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}
