import { setImmediate as turn } from 'node:timers/promises'
import { Type } from 'typebox'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { rawQuery } from '../database/database.ts'
import { systemScope } from '../database/scope.ts'
import { type RouteServer, startRouteServer } from './fixtures/server.ts'
import { sweepIdempotencyKeys } from './idempotency.ts'
import { route } from './route.ts'

const Refused = problem('test/refused', 409, 'This one is refused')
const Thing = Type.Object({ name: Type.String() }, { additionalProperties: false })
const Made = Type.Object({ id: Type.String(), name: Type.String() })

/** What the next handler does before it is done; tests put something here. */
let meanwhile: () => Promise<unknown> = async () => undefined
let calls = 0
let joined: boolean[] = []

function making(id: string, path: string, idempotency: 'accepted' | 'required', waits = {}) {
  return route({
    ...{ id, method: 'POST', path, permission: 'thing:write', tag: 'test', summary: 'Makes a thing', idempotency },
    ...{ body: Thing, ok: [201, Made], problems: [Refused], ...waits },
    handler: async (ctx, { body, reply }) => {
      calls += 1
      joined.push(ctx.database.isJoined)
      const made = newId()
      await ctx.database.transaction(ctx.scope, (tx) =>
        rawQuery(tx, 'insert into public.things (id, name) values ($1, $2)', [made, body.name]),
      )
      await meanwhile()
      if (body.name === 'refused') throw Refused()
      if (body.name === 'bug') throw new Error('a bug')
      reply.header('Location', `/things/${made}`).header('ETag', `"${made}"`)
      return { id: made, name: body.name }
    },
  })
}

const routes = [
  making('makeThing', '/things', 'accepted'),
  making('payThing', '/payments', 'required'),
  making('askThing', '/questions', 'required', { waitsForOthers: true }),
  route({
    ...{ id: 'forget', method: 'POST', path: '/nothing', permission: 'signed-in', tag: 'test', summary: 'Nothing' },
    ...{ ok: [204, null], idempotency: 'accepted' },
    handler: async () => void (calls += 1),
  }),
]

let db: TestDatabase
let server: RouteServer
beforeAll(async () => {
  db = await testDatabase()
  await db.sql('create table public.things (id uuid primary key, name text not null)')
  await db.sql('grant insert on public.things to airdate_app')
  server = await startRouteServer(routes, { database: db.database })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})
beforeEach(() => {
  meanwhile = async () => undefined
  calls = 0
  joined = []
})

const somebody = (): string => `Bearer ${newId()}.${newId()}`

async function post(path: string, who: string, key: string | null, body: unknown = { name: 'a' }) {
  const reply = await fetch(server.url + path, {
    method: 'POST',
    headers: {
      ...{ Authorization: who, 'Content-Type': 'application/json' },
      ...(key === null ? {} : { 'Idempotency-Key': key }),
    },
    body: JSON.stringify(body),
  })
  const text = await reply.text()
  const { headers, status } = reply
  return {
    ...{ status, location: headers.get('location'), etag: headers.get('etag'), retryAfter: headers.get('retry-after') },
    body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>),
  }
}

async function rowsNamed(name: string): Promise<number> {
  const [row] = await db.sql<{ count: number }>('select count(*)::int from public.things where name = $1', [name])
  return row?.count ?? -1
}

test('the same key and body is answered as the first time, and done once', async () => {
  const [who, key, body] = [somebody(), newId(), { name: newId() }]
  const first = await post('/things', who, key, body)
  expect(first).toMatchObject({ status: 201, location: `/things/${String(first.body?.['id'])}` })
  expect(await post('/things', who, key, body)).toEqual(first)
  expect(await post('/things', who, key, body)).toEqual(first)
  expect([calls, await rowsNamed(body.name)]).toEqual([1, 1])
})

test('an answer without a body is repeated too', async () => {
  const [who, key] = [somebody(), newId()]
  for (let time = 0; time < 2; time += 1) {
    expect(await post('/nothing', who, key, {})).toMatchObject({ status: 204, body: null })
  }
  expect(calls).toBe(1)
})

test('without a key each request is another', async () => {
  const [who, body] = [somebody(), { name: newId() }]
  const [one, other] = [await post('/things', who, null, body), await post('/things', who, null, body)]
  expect(one.body?.['id']).not.toBe(other.body?.['id'])
  expect(await rowsNamed(body.name)).toBe(2)
})

test('the same key with another body, or on another route, is refused', async () => {
  const [who, key] = [somebody(), newId()]
  await post('/things', who, key, { name: 'a' })
  const other = { status: 422, body: { type: '/problems/idempotency-key-of-another-request' } }
  expect(await post('/things', who, key, { name: 'b' })).toMatchObject(other)
  expect(await post('/payments', who, key, { name: 'a' })).toMatchObject(other)
  expect(await post('/things?', who, key, { name: 'a' })).toMatchObject(other)
  expect(calls).toBe(1)
})

test("another person's key is another key", async () => {
  const key = newId()
  const [mine, theirs] = [await post('/things', somebody(), key), await post('/things', somebody(), key)]
  expect(mine.status).toBe(201)
  expect(theirs.status).toBe(201)
  expect(theirs.body?.['id']).not.toBe(mine.body?.['id'])
})

test('while the first request runs, the same key answers 409; afterwards its answer', async () => {
  const [who, key, body] = [somebody(), newId(), { name: newId() }]
  const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  meanwhile = () => {
    entered.resolve()
    return gate.promise
  }
  const first = post('/things', who, key, body)
  await entered.promise
  expect(await post('/things', who, key, body)).toMatchObject({
    ...{ status: 409, retryAfter: '1', body: { type: '/problems/idempotency-key-in-use' } },
  })
  gate.resolve()
  const { status } = await first
  expect(await post('/things', who, key, body)).toEqual(expect.objectContaining({ status }))
  expect(calls).toBe(1)
})

test('of fifty at once one has an effect, and the others see it or that it runs', async () => {
  const [who, key, body] = [somebody(), newId(), { name: newId() }]
  meanwhile = () => turn()
  const replies = await Promise.all(Array.from({ length: 50 }, () => post('/things', who, key, body)))
  const made = replies.filter(({ status }) => status === 201)
  expect(new Set(made.map((reply) => reply.body?.['id'])).size).toBe(1)
  expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true)
  expect([calls, await rowsNamed(body.name)]).toEqual([1, 1])
})

test.each([
  ['refused', 409],
  ['bug', 500],
])('what ends in a problem (%s) leaves no trace, and the key is free', async (name, status) => {
  const [who, key] = [somebody(), newId()]
  expect((await post('/things', who, key, { name })).status).toBe(status)
  expect(await rowsNamed(name)).toBe(0)
  expect((await post('/things', who, key, { name: 'corrected' })).status).toBe(201)
})

test('input with faults uses no key', async () => {
  const [who, key] = [somebody(), newId()]
  expect((await post('/things', who, key, { name: 1 })).status).toBe(400)
  expect((await post('/things', who, key, { name: 'a' })).status).toBe(201)
})

test('where a key is needed it is asked for', async () => {
  expect(await post('/payments', somebody(), null)).toMatchObject({
    ...{ status: 400, body: { type: '/problems/idempotency-key-missing' } },
  })
  expect((await post('/payments', somebody(), newId())).status).toBe(201)
})

test('keys have 1 to 255 characters', async () => {
  expect((await post('/things', somebody(), 'k'.repeat(255))).status).toBe(201)
  expect(await post('/things', somebody(), 'k'.repeat(256))).toMatchObject({
    ...{ status: 400, body: { errors: [{ pointer: 'Idempotency-Key' }] } },
  })
  expect((await post('/things', somebody(), '')).status).toBe(400)
})

test('an expired key is forgotten, and may be used again before it is swept', async () => {
  const [who, key, body] = [somebody(), newId(), { name: newId() }]
  await post('/things', who, key, body)
  const expire = 'update platform.idempotency_keys set expires_at = now() - interval $$1 second$$ where key = $1'
  await db.sql(expire, [key])
  expect((await post('/things', who, key, { name: 'another' })).status).toBe(201)
  await db.sql(expire, [key])
  await db.database.transaction(systemScope, (tx) => sweepIdempotencyKeys(tx))
  expect(await db.sql('select from platform.idempotency_keys where key = $1', [key])).toEqual([])
})

test('an effect that waits for others holds no transaction, and is had once all the same', async () => {
  const [who, key, body] = [somebody(), newId(), { name: newId() }]
  const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  meanwhile = () => {
    entered.resolve()
    return gate.promise
  }
  const first = post('/questions', who, key, body)
  await entered.promise
  expect(joined).toEqual([false])
  const inUse = { status: 409, retryAfter: '1', body: { type: '/problems/idempotency-key-in-use' } }
  expect(await post('/questions', who, key, body)).toMatchObject(inUse)
  expect((await post('/questions', who, key, { name: 'b' })).status).toBe(422)
  expect((await post('/things', who, key, body)).status).toBe(422)
  gate.resolve()
  const { status, body: made } = await first
  expect(status).toBe(201)
  expect(await post('/questions', who, key, body)).toMatchObject({ status, body: made })
  expect([calls, await rowsNamed(body.name)]).toEqual([1, 1])
})

test('a key of such an effect is free after a problem, and when its server has been dead for a while', async () => {
  const [who, key] = [somebody(), newId()]
  expect((await post('/questions', who, key, { name: 'refused' })).status).toBe(409)
  expect((await post('/questions', who, key, { name: 'corrected' })).status).toBe(201)
  const [row] = await db.sql(
    'select expires_at > now() + interval $$1 day$$ as kept from platform.idempotency_keys where key = $1',
    [key],
  )
  expect(row).toEqual({ kept: true })
  // As a server leaves it that was killed while it waited.
  await db.sql(
    `update platform.idempotency_keys set status = null, expires_at = now() + interval '1 minute' where key = $1`,
    [key],
  )
  expect((await post('/questions', who, key, { name: 'corrected' })).status).toBe(409)
  await db.sql(`update platform.idempotency_keys set expires_at = now() - interval '1 second' where key = $1`, [key])
  expect((await post('/questions', who, key, { name: 'corrected' })).status).toBe(201)
})

test('of fifty at once with such an effect one has it', async () => {
  const [who, key, body] = [somebody(), newId(), { name: newId() }]
  meanwhile = () => turn()
  const replies = await Promise.all(Array.from({ length: 50 }, () => post('/questions', who, key, body)))
  expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true)
  expect([calls, await rowsNamed(body.name)]).toEqual([1, 1])
})
