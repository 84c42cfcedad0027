import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { invariant } from '#kernel/assert.ts'
import { SECOND_MS } from '#kernel/clock.ts'
import { APP_ROLE, SYSTEM_ROLE } from '#platform/database/roles.ts'
import { TEMPLATE, buildTemplate } from '#tests/support/database.ts'
import { connectionTo, startTestCluster } from '#tests/support/postgres.ts'
import type { Done, Order } from './live/clients.ts'
import type { Memory, Served, ServerOrder } from './live/server.ts'
import { describeMachine, table } from './support/report.ts'
import { type BenchResult, median } from './support/result.ts'

/*
 * Live connections: how many messages a second reach 100 and 1,000 clients beside bare `ws`, how long an event takes from
 * its commit to the client, and what 10,000 idle sockets weigh. Server and clients are processes of their own, the same
 * clients for both sides; rounds alternate, medians are told. Ours sends events that eight writers commit in a database
 * that waits for the disk.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
  },
})
const ROUNDS = Number(values.rounds)
const IDLE = Number(values.idle)
const FAN_OUTS = [
  { clients: 100, messages: 4000, batch: 100 },
  { clients: 100, messages: 2000, batch: 1 },
  { clients: 1000, messages: 600, batch: 100 },
  { clients: 1000, messages: 300, batch: 1 },
] as const
const DELAYS = 200

/** A process that is ordered about. */
class Worker<O> implements Disposable {
  readonly #process: ChildProcess

  constructor(file: string) {
    this.#process = fork(join(import.meta.dirname, 'live', file), { execArgv: ['--expose-gc'] })
  }

  async ask<R>(order: O, onReady: () => Promise<void> = () => Promise.resolve()): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>()
    let readied: Promise<void> = Promise.resolve()
    const hear = (message: { done?: R; ready?: true }): void => {
      if (message.ready !== true) return resolve(message.done as R)
      readied = onReady()
      readied.catch(reject)
      return undefined
    }
    const ended = (): void => reject(new Error('a process of the bench ended'))
    this.#process.on('message', hear).once('exit', ended)
    this.#process.send(order as object)
    try {
      const answer = await promise
      await readied
      return answer
    } finally {
      this.#process.off('message', hear).off('exit', ended)
    }
  }

  [Symbol.dispose](): void {
    this.#process.kill()
  }
}

const NOW = (): number => performance.timeOrigin + performance.now()

interface Sides {
  readonly ours: Worker<ServerOrder>
  readonly bare: Worker<ServerOrder>
  readonly clients: Worker<Order>
  readonly airdate: Served
  readonly ws: Served
  /** Has so many events of the topic committed, `batch` in a transaction. */
  readonly insert: (messages: number, batch: number) => Promise<void>
}

/** The size of what ours sends, so that both send the same. */
const TEXT = JSON.stringify({
  type: 'event',
  event: {
    id: '019b0000-0000-7000-8000-000000000001',
    type: 'test.thing.moved',
    at: '2026-11-21T00:00:00.000Z',
    workspaceId: null,
    subject: 'thing:019b0000-0000-7000-8000-000000000001',
    data: { n: 1234 },
  },
})

async function connectTo(clients: Worker<Order>, served: Served, count: number): Promise<void> {
  const say = served.topic === '' ? [] : [JSON.stringify({ type: 'subscribe', topics: [served.topic] })]
  await clients.ask({ do: 'connect', url: served.url, token: served.token, count, say })
}

/** Messages a second that all clients together got. */
async function fanOut(sides: Sides, side: 'ours' | 'bare', { clients, messages, batch }: FanOut): Promise<number> {
  let startedMs = 0
  const { atMs } = await sides.clients.ask<Done>({ do: 'expect', messages, times: false }, async () => {
    startedMs = NOW()
    if (side === 'ours') await sides.insert(messages, batch)
    else await sides.bare.ask({ do: 'send', messages, text: TEXT })
  })
  return (clients * messages * SECOND_MS) / (atMs - startedMs)
}

type FanOut = (typeof FAN_OUTS)[number]

async function measureFanOut(sides: Sides, wanted: FanOut): Promise<BenchResult> {
  const { clients, batch } = wanted
  const rates = { ours: [] as number[], bare: [] as number[] }
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const side of ['ours', 'bare'] as const) {
      await connectTo(sides.clients, side === 'ours' ? sides.airdate : sides.ws, clients)
      const rate = await fanOut(sides, side, wanted)
      // The first round warms up.
      if (round > 0) rates[side].push(rate)
      await sides.clients.ask({ do: 'leave' })
    }
  }
  const [value, beside] = [median(rates.ours), median(rates.bare)]
  return {
    name: `fan-out to ${clients} clients, ${batch === 1 ? 'one event' : `${batch} events`} a transaction`,
    unit: 'deliveries/s',
    value,
    against: [{ name: 'bare ws, from memory', value: beside }],
    ratio: value / beside,
    goal: 0.7,
  }
}

/** Delays from commit to client: the median and the 99th of a hundred, over all clients. */
async function measureDelay(sides: Sides, clients: number): Promise<BenchResult[]> {
  await connectTo(sides.clients, sides.airdate, clients)
  let commits: number[] = []
  const { times } = await sides.clients.ask<Done>({ do: 'expect', messages: DELAYS, times: true }, async () => {
    commits = await sides.ours.ask<number[]>({ do: 'happen', times: DELAYS, pauseMs: 20 })
  })
  await sides.clients.ask({ do: 'leave' })
  const delays = times.flatMap((arrivals, n) => arrivals.map((atMs) => atMs - (commits[n] ?? Number.NaN)))
  const sorted = delays.toSorted((a, b) => a - b)
  return [50, 99].map((percent) => ({
    name: `from commit to client, ${clients} clients, p${percent}`,
    unit: 'ms',
    value: sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN,
    against: [],
    ratio: Number.NaN,
  }))
}

/** What each idle socket weighs in the server: reachable, and resident with what collecting left unused. */
async function measureIdle(sides: Sides): Promise<BenchResult[]> {
  const weigh = async (server: Worker<ServerOrder>, served: Served): Promise<Memory> => {
    const before = await server.ask<Memory>({ do: 'memory' })
    await connectTo(sides.clients, served, IDLE)
    // The garbage of the handshakes is not what the sockets weigh.
    await new Promise((resolve) => setTimeout(resolve, 2 * SECOND_MS))
    const after = await server.ask<Memory>({ do: 'memory' })
    await sides.clients.ask({ do: 'leave' })
    return {
      residentBytes: (after.residentBytes - before.residentBytes) / IDLE,
      usedBytes: (after.usedBytes - before.usedBytes) / IDLE,
    }
  }
  const [ours, bare] = [await weigh(sides.ours, sides.airdate), await weigh(sides.bare, sides.ws)]
  return (['usedBytes', 'residentBytes'] as const).map((kind) => ({
    name: `${kind === 'usedBytes' ? 'reachable' : 'resident'} memory for each of ${IDLE} idle sockets, subscribed to a topic`,
    unit: 'bytes',
    value: ours[kind],
    against: [{ name: 'bare ws, subscribed to nothing', value: bare[kind] }],
    ratio: ours[kind] / bare[kind],
  }))
}

async function run(): Promise<BenchResult[]> {
  const cluster = await startTestCluster({ durable: true })
  try {
    await buildTemplate(cluster.host)
    const results: BenchResult[] = []
    // Fresh processes for the memory: what fan-out left behind would be filled first.
    for (const measure of [
      measureIdle,
      async (sides: Sides) => {
        const found: BenchResult[] = []
        for (const wanted of FAN_OUTS) {
          found.push(await measureFanOut(sides, wanted))
          if (wanted.batch === 1) found.push(...(await measureDelay(sides, wanted.clients)))
        }
        return found
      },
    ]) {
      results.unshift(...(await withSides(cluster.host, measure)))
    }
    return results
  } finally {
    await cluster.stop()
  }
}

async function withSides<R>(host: string, work: (sides: Sides) => Promise<R>): Promise<R> {
  using ours = new Worker<ServerOrder>('server.ts')
  using bare = new Worker<ServerOrder>('server.ts')
  using clients = new Worker<Order>('clients.ts')
  const [app, system] = [connectionTo(host, TEMPLATE, APP_ROLE), connectionTo(host, TEMPLATE, SYSTEM_ROLE)]
  const airdate = await ours.ask<Served>({ do: 'serve', kind: 'airdate', app, system })
  const ws = await bare.ask<Served>({ do: 'serve', kind: 'ws' })
  const writers = await Writers.connected(connectionTo(host, TEMPLATE), airdate.topic)
  try {
    return await work({ ours, bare, clients, airdate, ws, insert: (messages, batch) => writers.write(messages, batch) })
  } finally {
    await writers.end()
  }
}

const WRITERS = 8
/** At once, as the server does. */
const PLACED = 500

/**
 * Who commits events: several connections, as the requests of a server are several. The events are placed as the server
 * places them: soon after a commit, by one statement at a time, for which no writer waits.
 */
class Writers {
  readonly #writers: readonly pg.Client[]
  readonly #placer: pg.Client
  readonly #topic: string
  #placing: Promise<void> | null = null
  #isAskedAgain = false

  private constructor(writers: readonly pg.Client[], placer: pg.Client, topic: string) {
    this.#writers = writers
    this.#placer = placer
    this.#topic = topic
  }

  static async connected(connection: pg.ClientConfig, topic: string): Promise<Writers> {
    const [placer, ...writers] = Array.from({ length: WRITERS + 1 }, () => new pg.Client(connection))
    invariant(placer !== undefined, 'there is a placer')
    await Promise.all([placer, ...writers].map((client) => client.connect()))
    return new Writers(writers, placer, topic)
  }

  /** Has so many events committed, `batch` in a transaction; resolves when all have their place. */
  async write(messages: number, batch: number): Promise<void> {
    let left = messages
    const writing = this.#writers.map(async (client) => {
      while (left > 0) {
        const count = Math.min(batch, left)
        left -= count
        await client.query(
          `insert into platform.events (id, type, version, subject, data)
           select gen_random_uuid(), 'test.thing.moved', 1, $1, jsonb_build_object('n', n) from generate_series(1000, 999 + $2) n`,
          [this.#topic, count],
        )
        this.#ask()
      }
    })
    await Promise.all(writing)
    await this.#placing
  }

  async end(): Promise<void> {
    await Promise.all([this.#placer, ...this.#writers].map((client) => client.end()))
  }

  #ask(): void {
    this.#isAskedAgain = true
    this.#placing ??= this.#place()
  }

  async #place(): Promise<void> {
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false
      const { rows } = await this.#placer.query<{ placed: number }>('select platform.place_events($1) as placed', [
        PLACED,
      ])
      if ((rows[0]?.placed ?? 0) >= PLACED) this.#isAskedAgain = true
    }
    this.#placing = null
  }
}

if (import.meta.main) {
  console.log(describeMachine())
  const results = await run()
  console.log(values.json ? JSON.stringify(results, null, 2) : table(results))
}
