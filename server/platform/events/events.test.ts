import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import {
  OTHER_WORKSPACE,
  WORKSPACE,
  inWorkspace,
  loseWorker,
  passTime,
  request,
  states,
  system,
  worker,
} from '../jobs/fixtures/support.ts'
import { checkEvents } from './check.ts'
import { defineEvent, emit } from './event.ts'
import { eventsOf } from './queries.ts'
import { type DeliveredEvent, deliveries, react } from './react.ts'

const baked = defineEvent('kitchen.cake.baked', 1, Type.Object({ cake: Type.String() }))
const eaten = defineEvent('kitchen.cake.eaten', 1, Type.Object({ cake: Type.String() }))
const events = [baked, eaten]
type Baked = DeliveredEvent<{ cake: string }>

let db: TestDatabase
beforeEach(async () => {
  db = await testDatabase()
})
afterEach(() => db[Symbol.asyncDispose]())

const trailOf = (subject: string, workspaceId: string) =>
  db.database.read(inWorkspace(workspaceId), (reader: Parameters<typeof eventsOf>[0]) => eventsOf(reader, subject))

test('every consumer hears an event once, in the scope of its workspace', async () => {
  const heard: [string, Baked, unknown][] = []
  const hear = (name: string) =>
    react(baked, { name, run: (ctx, event) => Promise.resolve(void heard.push([name, event, ctx.scope])) })
  const unconcerned = react(eaten, { name: 'c.sulk', run: () => Promise.reject(new Error('not my event')) })
  await using jobs = await worker(db, {
    jobs: deliveries({ events, reactions: [hear('a.cheer'), hear('b.count'), unconcerned] }),
  })
  const id = await request(db, (tx) => emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1' }))
  await jobs.idle()
  expect(heard.map(([name]) => name).toSorted()).toEqual(['a.cheer', 'b.count'])
  expect(heard[0]?.[1]).toMatchObject({ id, subject: 'cake:1', workspaceId: WORKSPACE, data: { cake: 'plum' } })
  expect(heard[0]?.[2]).toEqual(inWorkspace(WORKSPACE))
  expect(new Set(heard.map(([, event]) => event.deliveryKey))).toEqual(new Set([`${id}:a.cheer`, `${id}:b.count`]))
})

test('an event whose transaction rolls back never happened', async () => {
  const failing = request(db, async (tx) => {
    await emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1' })
    throw new Error('dropped')
  })
  await expect(failing).rejects.toThrow('dropped')
  expect(await trailOf('cake:1', WORKSPACE)).toEqual([])
  expect(await states(db, 'events.dispatch')).toEqual({})
})

test('an event that no consumer hears is kept, and nothing is enqueued for it', async () => {
  const smelt = defineEvent('kitchen.cake.smelt', 1, Type.Object({ cake: Type.String() }), { isHeard: false })
  await request(db, (tx) => emit(tx, smelt, { cake: 'plum' }, { subject: 'cake:1' }))
  expect((await trailOf('cake:1', WORKSPACE)).map(({ type }) => type)).toEqual(['kitchen.cake.smelt'])
  expect(await states(db, 'events.dispatch')).toEqual({})
  const deaf = react(smelt, { name: 'a.cheer', run: () => Promise.resolve() })
  expect(() => checkEvents({ events: [smelt], reactions: [deaf] })).toThrow('would never hear of kitchen.cake.smelt')
})

test('the trail of a subject is read in order, by its workspace only', async () => {
  await request(db, async (tx) => {
    await emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1' })
    await emit(tx, eaten, { cake: 'plum' }, { subject: 'cake:1' })
    await emit(tx, baked, { cake: 'nut' }, { subject: 'cake:2' })
  })
  const trail = await trailOf('cake:1', WORKSPACE)
  expect(trail.map(({ type, version }) => [type, version])).toEqual([
    ['kitchen.cake.baked', 1],
    ['kitchen.cake.eaten', 1],
  ])
  const rest = await db.database.read(inWorkspace(WORKSPACE), (reader: Parameters<typeof eventsOf>[0]) =>
    eventsOf(reader, 'cake:1', { limit: 5, afterId: trail[0]?.id ?? '' }),
  )
  expect(rest.map(({ type }) => type)).toEqual(['kitchen.cake.eaten'])
  expect(await trailOf('cake:1', OTHER_WORKSPACE)).toEqual([])
})

test('the application cannot write an event into another workspace, the system can', async () => {
  const foreign = request(db, (tx) =>
    emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1', workspaceId: OTHER_WORKSPACE }),
  )
  await expect(foreign).rejects.toThrow('row-level security')
  await system(db, (tx) => emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1', workspaceId: OTHER_WORKSPACE }))
  expect(await trailOf('cake:1', OTHER_WORKSPACE)).toHaveLength(1)
})

test('what happens outside any workspace is told to the system', async () => {
  const scopes: unknown[] = []
  const reaction = react(baked, { name: 'a.cheer', run: (ctx) => Promise.resolve(void scopes.push(ctx.scope)) })
  await using jobs = await worker(db, { jobs: deliveries({ events, reactions: [reaction] }) })
  await request(db, (tx) => emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1' }), null)
  await jobs.idle()
  expect(scopes).toEqual([{ role: 'system' }])
})

test('a payload that does not match the schema is refused', async () => {
  const wrong = { cake: 1 } as unknown as { cake: string }
  const emitting = request(db, (tx) => emit(tx, baked, wrong, { subject: 'cake:1' }))
  await expect(emitting).rejects.toThrow('does not match its schema')
})

test('an event reaches its consumer although the worker dies over the dispatch and over the delivery', async () => {
  const heard: [string, number][] = []
  const once = Promise.withResolvers<undefined>()
  const reaction = react(baked, {
    name: 'a.cheer',
    run: async (ctx, event) => {
      heard.push([event.deliveryKey, ctx.job.losses])
      if (heard.length > 1) return
      await loseWorker(db, ctx.job.id)
      await once.promise
    },
  })
  const [dispatch, ...rest] = deliveries({ events, reactions: [reaction] })
  let dispatches = 0
  const dying = {
    ...dispatch!,
    // The first dispatch does its work and dies before that is recorded: it is done twice.
    handler: async () => {
      const handler = await dispatch!.handler()
      return async (...given: Parameters<typeof handler>) => {
        await handler(...given)
        dispatches += 1
        if (dispatches === 1) await loseWorker(db, given[0].job.id)
      }
    },
  }
  await using jobs = await worker(db, { jobs: [dying, ...rest] })
  const id = await request(db, (tx) => emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1' }))
  await expect.poll(() => heard.length).toBe(2)
  once.resolve(undefined)
  await jobs.idle()
  expect(dispatches).toBe(2)
  expect(heard).toEqual([
    [`${id}:a.cheer`, 0],
    [`${id}:a.cheer`, 1],
  ])
})

test('a process that does not know an event leaves it to one that does', async () => {
  const heard: string[] = []
  const reaction = react(baked, { name: 'a.cheer', run: (_ctx, event) => Promise.resolve(void heard.push(event.id)) })
  const id = await request(db, (tx) => emit(tx, baked, { cake: 'plum' }, { subject: 'cake:1' }))
  const older = await worker(db, { jobs: deliveries({ events: [eaten], reactions: [] }) })
  await older.idle()
  await older.stop({ graceMs: 0 })
  await using newer = await worker(db, { jobs: deliveries({ events, reactions: [reaction] }) })
  await passTime(db)
  await newer.idle()
  expect(heard).toEqual([id])
})

test('wrong wiring is told with every fault', () => {
  const cheer = react(baked, { name: 'a.cheer', run: () => Promise.resolve() })
  const stranger = react(defineEvent('kitchen.pie.burnt', 2, Type.Object({})), {
    name: 'b.sigh',
    run: () => Promise.resolve(),
  })
  const check = () => checkEvents({ events: [baked, baked], reactions: [cheer, cheer, stranger] })
  expect(check).toThrow('event kitchen.cake.baked 1 is declared twice')
  expect(check).toThrow('consumer a.cheer stands twice')
  expect(check).toThrow('consumer b.sigh names an unknown event: kitchen.pie.burnt 2')
  expect(() => checkEvents({ events, reactions: [cheer] })).not.toThrow()
  expect(() => defineEvent('baked', 1, Type.Object({}))).toThrow('not a type of an event')
})
