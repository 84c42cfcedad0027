import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { modelPrices } from './prices.ts'
import type { Budget, Price } from './schema.ts'
import { reserve, settle } from './service.ts'

const [BUDGETS, PRICES] = ['/api/v1/metering/budgets', '/api/v1/metering/prices']

let app: TestApp
let owner: Stranger
beforeAll(async () => {
  app = await testApp({ roles: ['api'] })
  owner = await givenStranger(app)
})
afterAll(() => app[Symbol.asyncDispose]())

const call = (method: string, path: string, body?: unknown) =>
  app.call(method, path, { token: owner.token, ...(body === undefined ? {} : { body }) })

const ground = () => ({
  database: app.db.database,
  scope: { role: 'app', workspaceId: owner.workspaceId, userId: owner.userId } as const,
})

test('a budget is set, shows what is used of it, is changed and taken away', async () => {
  const made = await call('POST', BUDGETS, { period: 'day', limitMicros: 100, currency: 'USD' })
  expect(made.status).toBe(201)
  const { id } = made.json<Budget>()
  expect((await call('POST', BUDGETS, { period: 'day', limitMicros: 5, currency: 'USD' })).status).toBe(409)
  expect((await call('POST', BUDGETS, { period: 'day', limitMicros: 5, currency: 'EUR' })).status).toBe(400)
  const { workspaceId } = owner
  const wish = { workspaceId, provider: 'test', currency: 'USD', owner: 'test', ttlMs: 60_000 }
  const { database, scope } = ground()
  await database.transaction(scope, (tx) => reserve(tx, { ...wish, source: 'film:1:a', amountMicros: 30 }))
  await database.transaction(scope, (tx) => reserve(tx, { ...wish, source: 'film:1:b', amountMicros: 20 }))
  await database.transaction(scope, (tx) => settle(tx, 'film:1:a', 25))
  const { items } = (await call('GET', BUDGETS)).json<{ items: Budget[] }>()
  expect(items).toMatchObject([{ id, period: 'day', limitMicros: 100, heldMicros: 20, spentMicros: 25 }])
  const changed = await call('PATCH', `${BUDGETS}/${id}`, { limitMicros: 40 })
  expect(changed.json()).toMatchObject({ limitMicros: 40, heldMicros: 20, spentMicros: 25 })
  const more = database.transaction(scope, (tx) => reserve(tx, { ...wish, source: 'film:2:a', amountMicros: 1 }))
  await expect(more).rejects.toThrow('0 are left')
  expect((await call('DELETE', `${BUDGETS}/${id}`)).status).toBe(204)
  expect((await call('DELETE', `${BUDGETS}/${id}`)).status).toBe(404)
  expect((await call('PATCH', `${BUDGETS}/${id}`, { limitMicros: 1 })).status).toBe(404)
  const log = (await call('GET', '/api/v1/audit-log?targetKind=budget')).json<{ items: { action: string }[] }>()
  expect(log.items.map(({ action }) => action)).toEqual(['budget.removed', 'budget.changed', 'budget.added'])
})

test('what things cost is read line by line and in sum, by the beginning of what it was spent on', async () => {
  const sum = (await call('GET', '/api/v1/metering/costs?prefix=film:1:')).json()
  expect(sum).toEqual({ items: [{ currency: 'USD', spentMicros: 25, heldMicros: 20 }] })
  expect((await call('GET', '/api/v1/metering/costs?prefix=film:1:a')).json()).toEqual({
    items: [{ currency: 'USD', spentMicros: 25, heldMicros: 0 }],
  })
  expect((await call('GET', '/api/v1/metering/costs?prefix=film:9')).json()).toEqual({ items: [] })
  const first = (await call('GET', '/api/v1/metering/spends?prefix=film:&limit=2')).json<{
    items: { source: string; kind: string }[]
    nextCursor: string
  }>()
  const rest = (await call('GET', `/api/v1/metering/spends?prefix=film:&cursor=${first.nextCursor}`)).json<
    typeof first
  >()
  expect([...first.items, ...rest.items].map(({ source, kind }) => `${kind} ${source}`)).toEqual([
    ...['settle film:1:a', 'reserve film:1:b', 'reserve film:1:a'],
  ])
  const stranger = await givenStranger(app)
  const others = await app.call('GET', '/api/v1/metering/spends', { token: stranger.token })
  expect(others.json()).toEqual({ items: [], nextCursor: null })
})

test('the price book knows models by name and by the beginning of it; one’s own prices go before', async () => {
  const asked = { workspaceId: owner.workspaceId, provider: 'openai', model: 'gpt-4o-mini-2024-07-18', at: new Date() }
  const of = (over: Partial<typeof asked>) => modelPrices(ground(), { ...asked, ...over })
  expect(await of({})).toMatchObject({ inputTokens: 150_000, outputTokens: 600_000 })
  expect(await of({ provider: 'anthropic', model: 'claude-sonnet-5-5' })).toMatchObject({ outputTokens: 10_000_000 })
  expect(await of({ provider: 'local', model: 'llama' })).toEqual({ inputTokens: 0, outputTokens: 0, audioSeconds: 0 })
  // What nobody has priced is counted like the dearest.
  expect(await of({ provider: 'models.example.org', model: 'x' })).toMatchObject({ inputTokens: 30_000_000 })
  expect(await of({ model: 'whisper-1' })).toMatchObject({ audioSeconds: 100_000_000 })

  const own = { provider: 'openai', model: 'gpt-4o-mini*', unit: 'input-token', microsPerMillion: 7 }
  const validFrom = '2026-02-01T00:00:00.000Z'
  const made = await call('POST', PRICES, { ...own, validFrom, validTo: '2026-03-01T00:00:00.000Z' })
  expect(made.status).toBe(201)
  expect((await call('POST', PRICES, { ...own, validFrom })).status).toBe(409)
  expect((await call('POST', PRICES, { ...own, validFrom, validTo: validFrom })).status).toBe(400)
  expect((await of({ at: new Date('2026-02-10') })).inputTokens).toBe(7)
  expect((await of({ at: new Date('2026-03-10') })).inputTokens).toBe(150_000)
  const listed = (await call('GET', `${PRICES}?provider=openai&limit=100`)).json<{ items: Price[] }>()
  expect(listed.items.filter(({ isOwn }) => isOwn)).toEqual([made.json()])
  expect(listed.items.length).toBeGreaterThan(20)
  const { id } = made.json<Price>()
  const stranger = await givenStranger(app)
  expect((await app.call('DELETE', `${PRICES}/${id}`, { token: stranger.token })).status).toBe(404)
  expect((await call('DELETE', `${PRICES}/${id}`)).status).toBe(204)
  const general = listed.items.find(({ isOwn }) => !isOwn)?.id ?? newId()
  expect((await call('DELETE', `${PRICES}/${general}`)).status).toBe(404)
  expect((await of({ at: new Date('2026-02-10') })).inputTokens).toBe(150_000)
})
