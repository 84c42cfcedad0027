import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { Type } from 'typebox'
import { SECOND_MS, monotonicMs, systemClock } from '#kernel/clock.ts'
import type { Cache } from '#platform/cache/cache.ts'
import { type Ctx, scopeOfActor } from '#platform/context.ts'
import { Database } from '#platform/database/database.ts'
import { Pool } from '#platform/database/pool.ts'
import { APP_ROLE, SYSTEM_ROLE } from '#platform/database/roles.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { type Job, defineJob } from '#platform/jobs/job.ts'
import { startJobs } from '#platform/jobs/runner.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { createLogger } from '#platform/observability/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { TEMPLATE, asSuperuser, buildTemplate } from '#tests/support/database.ts'
import { connectionTo, startTestCluster } from '#tests/support/postgres.ts'
import { type BenchResult, median } from './support/result.ts'

/*
 * Jobs that do nothing, enqueued by 24 lanes (a transaction each) while 24 slots work, until the last has run; through
 * `enqueue` and `startJobs`, and through bare pg-boss with the same heartbeat. One cluster that waits for the disk, a
 * database for each side, runs interleaved, medians. `node bench/jobs.ts` prints the result.
 */

const LANES = 24
const WORKSPACE = '019b0000-0000-7000-8000-000000000001'

export interface JobsBenchOptions {
  /** Jobs of one run. Default 1000. */
  readonly jobs?: number
  /** Runs of each side. Default 5. */
  readonly rounds?: number
}

/** One side: runs `count` jobs and resolves when the last handler has returned. */
interface Side extends AsyncDisposable {
  readonly name: string
  run(count: number): Promise<void>
}

export async function run(options: JobsBenchOptions = {}): Promise<BenchResult[]> {
  const { jobs = 1000, rounds = 5 } = options
  const cluster = await startTestCluster({ durable: true })
  try {
    await buildTemplate(cluster.host)
    await using plain = await facade(cluster.host, false)
    await using fair = await facade(cluster.host, true)
    await using single = await bareLoops(cluster.host)
    await using batch = await bareBatches(cluster.host)
    const sides = [plain, fair, single, batch]
    const rates = new Map(sides.map(({ name }) => [name, new Array<number>()]))
    for (const side of sides) await side.run(200)
    for (let round = 0; round < rounds; round += 1) {
      for (const side of sides) {
        const startedMs = monotonicMs()
        await side.run(jobs)
        rates.get(side.name)?.push((jobs / (monotonicMs() - startedMs)) * SECOND_MS)
      }
    }
    const rateOf = ({ name }: Side): number => Math.round(median(rates.get(name) ?? []))
    const against = [single, batch].map((side) => ({ name: side.name, value: rateOf(side) }))
    const best = Math.max(...against.map(({ value }) => value))
    return [plain, fair].map((side) => ({
      name: side.name,
      unit: 'jobs/s',
      value: rateOf(side),
      against,
      ratio: Math.round((rateOf(side) / best) * 100) / 100,
      ...(side === plain ? { goal: 0.8 } : {}),
    }))
  } finally {
    await cluster.stop()
  }
}

async function cloned(host: string, name: string): Promise<string> {
  await asSuperuser(host, 'postgres', async (client) => {
    await client.query(`create database ${name} template ${TEMPLATE}`)
  })
  return name
}

/** Counts handlers to the end of a run. */
function counter(): { begin(count: number): Promise<void>; count(): void } {
  let left = 0
  let finish = (): void => undefined
  return {
    begin: (count) => {
      left = count
      return new Promise((resolve) => (finish = resolve))
    },
    count: () => {
      left -= 1
      if (left === 0) finish()
    },
  }
}

async function inLanes(count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await work()
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function facade(host: string, fair: boolean): Promise<Side> {
  const name = await cloned(host, fair ? 'bench_fair' : 'bench_plain')
  const app = new Pool({ connection: connectionTo(host, name, APP_ROLE), max: 10, applicationName: 'bench-app' })
  const system = new Pool({
    connection: connectionTo(host, name, SYSTEM_ROLE),
    max: 2,
    applicationName: 'bench-system',
  })
  const database = new Database({ app, system, slowQueryMs: 60_000, onSlow: () => undefined })
  const log = createLogger('silent')
  const counting = counter()
  const job: Job = defineJob({
    name: 'bench.nothing',
    input: Type.Object({}),
    retry: { limit: 3, backoff: 'exponential' },
    timeoutMs: 60_000,
    concurrency: LANES,
    fair,
    run: () => Promise.resolve(counting.count()),
  })
  const jobs = await startJobs({
    jobs: [job],
    database,
    log,
    connection: connectionTo(host, name, SYSTEM_ROLE),
    roles: { work: true, schedule: false },
    concurrency: { cpu: 1, io: 1 },
    makeCtx: (actor, requestId) => ({
      actor,
      requestId,
      scope: scopeOfActor(actor),
      log,
      clock: systemClock,
      database,
      storage: {} as Storage,
      cache: {} as Cache,
      limits: {} as Limits,
      ...{ vault: {} as Ctx['vault'], outside: {} as Ctx['outside'] },
      publicUrl: '',
    }),
  })
  const scope = { role: 'app', workspaceId: WORKSPACE, userId: null } as const
  return {
    name: fair ? 'jobs: enqueue and work, fair between workspaces' : 'jobs: enqueue and work',
    run: async (count) => {
      const ended = counting.begin(count)
      await inLanes(count, () => database.transaction(scope, (tx) => enqueue(tx, job, {})))
      await ended
    },
    [Symbol.asyncDispose]: async () => {
      await jobs.stop({ graceMs: 1000 })
      await Promise.all([app.end(), system.end()])
    },
  }
}

/** Without its own worker, which waits between single jobs: the tightest loop around fetch and complete. */
async function bareLoops(host: string): Promise<Side> {
  const bare = await bareBoss(host, 'bench_loops')
  const { boss } = bare
  const counting = counter()
  const state = { stopped: false }
  const loop = async (): Promise<void> => {
    while (!state.stopped) {
      const [job] = await boss.fetch('nothing')
      if (job === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        continue
      }
      counting.count()
      await boss.complete('nothing', job)
    }
  }
  const loops = Array.from({ length: LANES }, loop)
  return {
    name: `pg-boss, ${LANES} loops of fetch and complete`,
    run: (count) => sendAll(bare, counting, count),
    [Symbol.asyncDispose]: async () => {
      state.stopped = true
      await Promise.all(loops)
      await bare[Symbol.asyncDispose]()
    },
  }
}

async function bareBatches(host: string): Promise<Side> {
  const bare = await bareBoss(host, 'bench_batches')
  const { boss } = bare
  const counting = counter()
  const options = { localConcurrency: 4, batchSize: 50, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
  await boss.work('nothing', options, (jobs) => {
    for (const _ of jobs) counting.count()
    return Promise.resolve()
  })
  return {
    name: 'pg-boss, work() with 4 × batches of 50',
    run: (count) => sendAll(bare, counting, count),
    [Symbol.asyncDispose]: () => bare[Symbol.asyncDispose](),
  }
}

/** A job exists with its cause or not at all: who enqueues has a transaction open, here as in the facade. */
async function sendInTransaction(boss: PgBoss, pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  await client.query('BEGIN')
  await boss.send('nothing', {}, { db: { executeSql: (text, values) => client.query(text, values) } })
  await client.query('COMMIT')
  client.release()
}

interface Bare extends AsyncDisposable {
  readonly boss: PgBoss
  readonly pool: pg.Pool
}

/** No NOTIFY: it would make the commits of its senders wait for each other. */
async function bareBoss(host: string, name: string): Promise<Bare> {
  const database = await cloned(host, name)
  const boss = new PgBoss({ host, port: 5432, database, user: 'postgres', password: 'test', max: 10 })
  boss.on('error', (error) => process.stderr.write(`${error.message}\n`))
  await boss.start()
  await boss.createQueue('nothing', { heartbeatSeconds: 10 })
  const pool = new pg.Pool({ ...connectionTo(host, database), max: 10 })
  pool.on('error', (error) => process.stderr.write(`${error.message}\n`))
  const end = async (): Promise<void> => {
    await boss.stop({ graceful: false })
    await pool.end()
  }
  return { boss, pool, [Symbol.asyncDispose]: end }
}

async function sendAll({ boss, pool }: Bare, counting: ReturnType<typeof counter>, count: number): Promise<void> {
  const ended = counting.begin(count)
  await inLanes(count, () => sendInTransaction(boss, pool))
  await ended
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await run(), null, 2)}\n`)
