import { type RouteDefinition, route } from '#platform/http/route.ts'
import { BudgetExists, BudgetNotFound, addBudget, budgets, changeBudget, removeBudget, spends } from './budgets.ts'
import { PriceExists, PriceNotFound, TooManyPrices, addPrice, prices, removePrice } from './prices.ts'
import {
  Budget,
  BudgetChange,
  BudgetList,
  BudgetParams,
  CostQuery,
  Costs,
  LinePage,
  NewBudget,
  NewPrice,
  Price,
  PricePage,
  PriceParams,
  PriceQuery,
  SpendQuery,
} from './schema.ts'
import { costsOn } from './service.ts'

const tag = 'Metering'
const [BUDGETS, PRICES] = ['/api/v1/metering/budgets', '/api/v1/metering/prices']
const reads = { method: 'GET', tag, permission: 'workspace:read' } as const
const manages = { tag, permission: 'workspace:manage' } as const

const routes: readonly RouteDefinition[] = [
  route({
    ...{ ...reads, id: 'listBudgets', path: BUDGETS },
    summary: 'The budgets of the workspace, with what is used of them',
    ok: [200, BudgetList],
    handler: (ctx) => budgets(ctx),
  }),
  route({
    ...{ ...manages, id: 'createBudget', method: 'POST', path: BUDGETS, idempotency: 'accepted' },
    summary: 'Set how much may be spent in a period',
    body: NewBudget,
    ok: [201, Budget],
    problems: [BudgetExists],
    handler: (ctx, { body }) => addBudget(ctx, body),
  }),
  route({
    ...{ ...manages, id: 'changeBudget', method: 'PATCH', path: `${BUDGETS}/:id` },
    summary: 'Change how much a budget allows',
    params: BudgetParams,
    body: BudgetChange,
    ok: [200, Budget],
    problems: [BudgetNotFound],
    handler: (ctx, { params: { id }, body }) => changeBudget(ctx, id, body.limitMicros),
  }),
  route({
    ...{ ...manages, id: 'removeBudget', method: 'DELETE', path: `${BUDGETS}/:id` },
    summary: 'Take a budget away',
    params: BudgetParams,
    ok: [204, null],
    problems: [BudgetNotFound],
    handler: (ctx, { params: { id } }) => removeBudget(ctx, id),
  }),
  route({
    ...{ ...reads, id: 'listSpends', path: '/api/v1/metering/spends' },
    summary: 'The lines of the ledger of costs, newest first',
    query: SpendQuery,
    ok: [200, LinePage],
    handler: (ctx, { query }) => spends(ctx, query),
  }),
  route({
    ...{ ...reads, id: 'getCosts', path: '/api/v1/metering/costs' },
    summary: 'What was spent and is held at the moment: in all, or on what begins with a prefix',
    query: CostQuery,
    ok: [200, Costs],
    handler: async (ctx, { query: { prefix = '' } }) => ({ items: await costsOn(ctx, prefix) }),
  }),
  route({
    ...{ ...reads, id: 'listPrices', path: PRICES },
    summary: 'The price book: what models cost, the workspace’s own prices among them',
    query: PriceQuery,
    ok: [200, PricePage],
    handler: (ctx, { query }) => prices(ctx, query),
  }),
  route({
    ...{ ...manages, id: 'createPrice', method: 'POST', path: PRICES, idempotency: 'accepted' },
    summary: 'Write a price of the workspace’s own, which goes before those for everybody',
    body: NewPrice,
    ok: [201, Price],
    problems: [PriceExists, TooManyPrices],
    handler: (ctx, { body }) => addPrice(ctx, body),
  }),
  route({
    ...{ ...manages, id: 'removePrice', method: 'DELETE', path: `${PRICES}/:id` },
    summary: 'Remove a price of the workspace’s own',
    params: PriceParams,
    ok: [204, null],
    problems: [PriceNotFound],
    handler: (ctx, { params: { id } }) => removePrice(ctx, id),
  }),
]

export default routes
