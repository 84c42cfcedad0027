import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { OpenApi } from '../server/docs/document.ts'
import { ProviderDouble } from './doubles/oidc/double.ts'
import { type TestApp, testApp } from './support/app.ts'
import { operationsOf } from './support/openapi-rules.ts'
import { walkRoutes } from './support/walk.ts'

interface Answered {
  readonly id: string
  readonly count: number
}

let answered: Answered[] = []
let told = Promise.withResolvers<void>()
let airdate: TestApp
let provider: ProviderDouble
beforeAll(async () => {
  provider = await ProviderDouble.open('google')
  airdate = await testApp({
    settings: provider.settings,
    observe: {
      onAnswered: ({ id }, { count }) => {
        answered.push({ id, count })
        told.resolve()
      },
      // What a route asks the database does not depend on how long this test takes.
      cacheNowMs: () => 0,
    },
  })
})
afterAll(async () => {
  await airdate[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

/** Makes one call and answers with how many statements it made. */
async function counted(id: string, call: () => Promise<unknown>): Promise<number> {
  answered = []
  told = Promise.withResolvers()
  await call()
  await told.promise
  expect(answered.map((answer) => answer.id)).toEqual([id])
  return answered[0]?.count ?? -1
}

test('every route makes the number of statements that is written down; `vitest -u` writes it anew', async () => {
  const counts: Record<string, Record<string, number>> = {}
  await walkRoutes(
    airdate,
    async (id, says, call) => {
      const replies: Awaited<ReturnType<typeof call>>[] = []
      const count = await counted(id, async () => replies.push(await call()))
      counts[id] = { ...counts[id], [says]: count }
      const [reply] = replies
      if (reply === undefined) throw new Error('no reply')
      return reply
    },
    provider,
  )
  const api = (await airdate.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  const described = operationsOf(api).map(({ operation }) => operation.operationId)
  expect(Object.keys(counts).toSorted()).toEqual(described.toSorted())
  const sorted = Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  await expect(`${JSON.stringify(sorted, null, 2)}\n`).toMatchFileSnapshot('./query-counts.json')
})

test('a list makes as many statements for fifty videos as for one', async () => {
  const [owner] = await airdate.db.sql<{ id: string; workspace: string }>(
    'select u.id, w.id as workspace from commons.users u join commons.workspaces w on w.owner_id = u.id',
  )
  const insert = `insert into stream.videos (id, workspace_id, created_by, title, visibility, state, playable)
    select unnest($1::uuid[]), $2, $3, 'One of many', 'private', 'ready', true`
  await airdate.db.sql(insert, [Array.from({ length: 60 }, () => newId()), owner?.workspace, owner?.id])
  const list = (limit: number): Promise<number> =>
    counted('listVideos', () => airdate.call('GET', `/api/v1/stream/videos?limit=${limit}&q=many`))
  // The first time grants are made, the second time they are still fresh.
  const [one, fifty] = [await list(1), await list(50)]
  expect(fifty).toBe(one)
  expect(await list(50)).toBe(await list(1))
})
