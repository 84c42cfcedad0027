import { newId } from '#kernel/ids.ts'
import type { CallOptions, Reply } from './app.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

/** Calls the routes of costs, budgets and prices. */
export async function walkMetering(visit: Visit, call: Caller): Promise<void> {
  const at = '/api/v1/metering'
  const wish = { body: { period: 'total', limitMicros: 1_000_000, currency: 'USD' } }
  await visit('listBudgets', 'none', call('GET', `${at}/budgets`))
  const made = await visit('createBudget', 'a new one', call('POST', `${at}/budgets`, wish))
  const budget = `${at}/budgets/${made.json<{ id: string }>().id}`
  await visit('createBudget', 'for a period that has one', call('POST', `${at}/budgets`, wish))
  await visit('listBudgets', 'one', call('GET', `${at}/budgets`))
  await visit('changeBudget', 'its limit', call('PATCH', budget, { body: { limitMicros: 5 } }))
  await visit('removeBudget', 'of one', call('DELETE', budget))
  await visit('removeBudget', 'of none', call('DELETE', budget))
  await visit('changeBudget', 'of none', call('PATCH', budget, { body: { limitMicros: 5 } }))
  await visit('listSpends', 'a page', call('GET', `${at}/spends?prefix=production:`))
  await visit('getCosts', 'of all', call('GET', `${at}/costs`))
  await visit('getCosts', 'of a prefix', call('GET', `${at}/costs?prefix=production:`))
  await visit('listPrices', 'a page', call('GET', `${at}/prices?provider=openai&limit=2`))
  const price = { body: { provider: 'openai', model: newId(), unit: 'input-token', microsPerMillion: 5 } }
  const priced = await visit('createPrice', 'a new one', call('POST', `${at}/prices`, price))
  const own = `${at}/prices/${priced.json<{ id: string }>().id}`
  await visit('removePrice', 'of one’s own', call('DELETE', own))
  await visit('removePrice', 'of none', call('DELETE', own))
}
