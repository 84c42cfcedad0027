import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { systemScope } from '../database/scope.ts'
import { emit } from '../events/event.ts'
import { REPLAYED_MAX } from './feed.ts'
import { LiveClient, POLL, StreamClient } from './fixtures/client.ts'
import { type Node, World, move, moveMuch, startNode, thingMoved } from './fixtures/node.ts'

let db: TestDatabase
const world = new World()
const nodes: Node[] = []
beforeAll(async () => {
  db = await testDatabase()
  nodes.push(await startNode(db, world), await startNode(db, world))
  // The first job of a kind makes its queue, for which all others wait.
  await move(nodeOf(0), [world.thing(), 0])
})
afterAll(async () => {
  for (const node of nodes) await node[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

const nodeOf = (index: number): Node => nodes[index % nodes.length] as Node

/** A client that keeps what it heard over all its connections, and goes on where it was cut. */
class Wanderer {
  readonly numbers: number[] = []
  readonly reloads: string[] = []
  readonly #token = world.person().token
  readonly #topics: readonly string[]
  #last: string | undefined
  #client: LiveClient | null = null

  constructor(topics: readonly string[]) {
    this.#topics = topics
  }

  async come(node: Node): Promise<void> {
    if (this.#client !== null) return
    const client = await LiveClient.open(node.url, this.#token)
    this.#client = client
    // What comes before the confirmation would be heard too: keep every message from the first on.
    client.webSocket.on('message', () => this.#take(client))
    const from = await client.subscribe(this.#topics, this.#last)
    this.#last ??= from
    this.#take(client)
  }

  drop(): void {
    if (this.#client === null) return
    this.#take(this.#client)
    this.#client.webSocket.removeAllListeners('message')
    this.#client.webSocket.terminate()
    this.#client = null
  }

  #taken = new WeakMap<LiveClient, number>()

  #take(client: LiveClient): void {
    const taken = this.#taken.get(client) ?? 0
    for (const message of client.heard.slice(taken)) {
      if (message.type === 'reload') this.reloads.push(...message.topics)
      if (message.type !== 'event') continue
      this.numbers.push((message.event.data as { n: number }).n)
      this.#last = message.event.id
    }
    this.#taken.set(client, client.heard.length)
  }
}

/** A transaction that has written its events and waits to be ended. */
interface Open {
  readonly end: (commits: boolean) => void
  readonly ended: Promise<void>
}

async function begin(node: Node, topic: string, numbers: readonly number[]): Promise<Open> {
  const written = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<boolean>()
  const transaction = node.database.transaction(systemScope, async (tx) => {
    for (const n of numbers) await emit(tx, thingMoved, { n }, { subject: topic, workspaceId: null })
    written.resolve()
    if (!(await gate.promise)) throw new Error('rolled back')
  })
  const ended = transaction.catch((error: unknown) => {
    written.reject(error)
    if (!(error instanceof Error) || error.message !== 'rolled back') throw error
  })
  await written.promise
  return { end: gate.resolve, ended }
}

/** What was committed, in the order of telling. */
async function committed(topics: readonly string[]): Promise<number[]> {
  const rows = await db.sql<{ n: number }>(
    "select (data ->> 'n')::int as n from platform.events where subject = any($1) order by position",
    [topics],
  )
  return rows.map(({ n }) => n)
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      node: fc.nat(1),
      topic: fc.nat(2),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(), commits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), client: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('come' as const), client: fc.nat(2), node: fc.nat(1) }) },
)
const RUNS = Number(process.env['AIRDATE_TEST_LIVE_RUNS'] ?? 12)

test('however transactions interleave and clients drop, each hears every committed event once, in one order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const topics = [world.thing(), world.thing(), world.thing()]
      const clients = [new Wanderer(topics), new Wanderer(topics.slice(0, 2)), new Wanderer(topics.slice(2))]
      for (const [index, client] of clients.entries()) await client.come(nodeOf(index))
      let open: Open[] = []
      let n = 0
      for (const taken of steps) {
        // A node has four connections for the system, and two more are needed to read and to place.
        if (taken.do === 'begin' && open.length < 4) {
          const numbers = Array.from({ length: taken.count }, () => (n += 1))
          open.push(await begin(nodeOf(open.length), topics[taken.topic] ?? '', numbers))
        } else if (taken.do === 'end' && open.length > 0) {
          const [ending] = open.splice(taken.which % open.length, 1)
          ending?.end(taken.commits)
          await ending?.ended
        } else if (taken.do === 'drop') clients[taken.client]?.drop()
        else if (taken.do === 'come') await clients[taken.client]?.come(nodeOf(taken.node))
      }
      for (const { end } of open) end(true)
      await Promise.all(open.map(({ ended }) => ended))
      open = []
      for (const [index, client] of clients.entries()) {
        await client.come(nodeOf(index + 1))
        const heard = [topics, topics.slice(0, 2), topics.slice(2)][index] ?? []
        await expect
          .poll(async () => [client.numbers.length, await placed(heard)], POLL)
          .toEqual([await count(heard), await count(heard)])
        expect(client.numbers).toEqual(await committed(heard))
        expect(client.reloads).toEqual([])
        client.drop()
      }
    }),
    { numRuns: RUNS },
  )
})

const count = async (topics: readonly string[]): Promise<number> => (await committed(topics)).length

/** Waits until a node has told all that is placed now. */
async function readUpToNow(node: Node): Promise<void> {
  const topic = world.thing()
  using witness = await LiveClient.open(node.url, world.person().token)
  await witness.subscribe([topic])
  await move(nodeOf(1), [topic, 0])
  await expect.poll(() => witness.numbers, POLL).toEqual([0])
}

async function placed(topics: readonly string[]): Promise<number> {
  const [row] = await db.sql<{ count: number }>(
    'select count(*)::int as count from platform.events where subject = any($1) and position is not null',
    [topics],
  )
  return row?.count ?? 0
}

test('positions have no holes and are given in the order of commits', async () => {
  const node = nodeOf(0)
  const topic = world.thing()
  const late = await begin(node, topic, [1])
  await move(nodeOf(1), [topic, 2])
  await expect.poll(() => placed([topic]), POLL).toBe(1)
  late.end(true)
  await late.ended
  await expect.poll(() => placed([topic]), POLL).toBe(2)
  expect(await committed([topic])).toEqual([2, 1])
  const [row] = await db.sql('select count(*) = max(position) as dense from platform.events where position is not null')
  expect(row).toEqual({ dense: true })
})

test('an event whose process died before it was placed is placed by another', async () => {
  const topic = world.thing()
  using client = await LiveClient.open(nodeOf(1).url, world.person().token)
  await client.subscribe([topic])
  // Through a Database to which no machinery listens.
  await move(db, [topic, 7])
  await expect.poll(() => client.numbers, POLL).toEqual([7])
})

test('what happens while the listening sessions are cut is told when they are back', async () => {
  const topic = world.thing()
  using client = await LiveClient.open(nodeOf(1).url, world.person().token)
  await client.subscribe([topic])
  const cut =
    "select count(pg_terminate_backend(pid))::int as count from pg_stat_activity where datname = current_database() and application_name = 'airdate-live-listen'"
  expect(await db.sql(cut)).toEqual([{ count: 2 }])
  await move(nodeOf(0), [topic, 1], [topic, 2])
  await expect.poll(() => client.numbers, POLL).toEqual([1, 2])
  await move(nodeOf(0), [topic, 3])
  await expect.poll(() => client.numbers, POLL).toEqual([1, 2, 3])
})

test('a stream resumes from its last id, also from the one it got before any event', async () => {
  const topic = world.thing()
  const { token } = world.person()
  const headers = { Authorization: `Bearer ${token}` }
  const path = `/api/v1/events?topics=${topic}`
  const first = await StreamClient.open(nodeOf(0).url, path, headers)
  await expect.poll(() => first.of('subscribed').length, POLL).toBe(1)
  first[Symbol.dispose]()
  await move(nodeOf(0), [topic, 1], [topic, 2])
  const second = await StreamClient.open(nodeOf(1).url, path, { ...headers, 'Last-Event-ID': first.lastId ?? '' })
  await expect.poll(() => second.numbers, POLL).toEqual([1, 2])
  second[Symbol.dispose]()
  await move(nodeOf(1), [topic, 3])
  using third = await StreamClient.open(nodeOf(0).url, path, { ...headers, 'Last-Event-ID': second.lastId ?? '' })
  await expect.poll(() => third.numbers, POLL).toEqual([3])
  expect(third.of('reload')).toEqual([])
})

test.each([
  ['an event that nobody knows', '019b0000-0000-7000-8000-00000000dead'],
  ['something that is no event', 'x'.repeat(300)],
])('whoever resumes from %s is told to read anew, and goes on from now', async (_says, last) => {
  const topic = world.thing()
  const headers = { Authorization: `Bearer ${world.person().token}`, 'Last-Event-ID': last }
  using client = await StreamClient.open(nodeOf(0).url, `/api/v1/events?topics=${topic}`, headers)
  await expect
    .poll(() => client.of('reload').map(({ data }) => data), POLL)
    .toEqual([{ type: 'reload', topics: [topic] }])
  await move(nodeOf(0), [topic, 1])
  await expect.poll(() => client.numbers, POLL).toEqual([1])
})

test('who missed more than is told again one by one is told to read anew', async () => {
  const topic = world.thing()
  const { token } = world.person()
  const first = await LiveClient.open(nodeOf(0).url, token)
  const from = await first.subscribe([topic])
  first[Symbol.dispose]()
  await moveMuch(nodeOf(1), topic, { first: 0, count: REPLAYED_MAX + 1, fillBytes: 0 })
  await expect.poll(() => placed([topic]), POLL).toBe(REPLAYED_MAX + 1)
  // What this node has not read yet it would tell as it comes, and not from the table.
  await readUpToNow(nodeOf(0))
  using second = await LiveClient.open(nodeOf(0).url, token)
  await second.subscribe([topic], from)
  await expect.poll(() => second.of('reload'), POLL).toEqual([{ type: 'reload', topics: [topic] }])
  await move(nodeOf(1), [topic, -1])
  await expect.poll(() => second.numbers, POLL).toEqual([-1])
})
