import { type Static, type TSchema, Type } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts'
import { type Database, type Writing, rawQuery } from '../database/database.ts'
import { systemScope } from '../database/scope.ts'
import type { Logger } from '../observability/log.ts'
import { enqueue } from './enqueue.ts'
import { type AnyJob, type Job, type JobCtx, defineJob } from './job.ts'

/** Something that is enqueued again and again. */
export interface Recurrence {
  readonly name: string
  readonly job: AnyJob
  readonly input: unknown
  /** A cron expression in a time zone, or a fixed distance. */
  readonly every: { readonly cron: string; readonly timeZone: string } | { readonly ms: number }
  /** Enqueued also when a worker starts. */
  readonly atStart: boolean
}

export type Schedule = Recurrence
export type Reconciler = Recurrence

/**
 * Enqueues `job` with `input` at each occurrence of a cron expression, once over all processes. Five fields, or six with
 * seconds first; UTC unless `timeZone` (IANA) says otherwise. Of occurrences missed while no scheduler ran, one is made up.
 */
export function defineSchedule<S extends TSchema>(definition: {
  readonly name: string
  readonly cron: string
  readonly timeZone?: string
  readonly job: Job<S>
  readonly input: Static<S>
}): Schedule {
  const { name, cron, timeZone, job, input } = definition
  invariant(job.accepts(input), `schedule ${name}: the input does not match the schema of ${job.name}`)
  return { name, job, input, every: { cron, timeZone: timeZone ?? 'UTC' }, atStart: false }
}

/**
 * Finds rows without their job and enqueues it, in the scope of the system: at the start of every worker and then every
 * `everyMs` (1 s or more), single-flight over all processes (it is a keyed job). A failure is logged; the next run is its retry.
 */
export function defineReconciler(definition: {
  readonly name: string
  readonly everyMs: number
  /** Default 10 minutes. */
  readonly timeoutMs?: number
  readonly run: (ctx: JobCtx, signal: AbortSignal) => Promise<void>
}): Reconciler {
  const { name, everyMs, run } = definition
  invariant(everyMs >= SECOND_MS, `reconciler ${name}: everyMs is at least 1000`)
  const job = defineJob({
    name: `reconcile.${name}`,
    input: Type.Object({}),
    retry: { limit: 0, backoff: 'none' },
    timeoutMs: definition.timeoutMs ?? 10 * MINUTE_MS,
    concurrency: 'io',
    key: () => name,
    run: async (ctx, _input, signal) => {
      try {
        await run(ctx, signal)
      } catch (error) {
        if (signal.aborted) throw error
        ctx.log.error({ err: error }, 'a reconciler failed; its next run tries again')
      }
    },
  })
  return { name: `reconcile.${name}`, job, input: {}, every: { ms: everyMs }, atStart: true }
}

/**
 * Fires recurrences that are due by the database's clock. Who fires moves `next_at` from the very value it read, in the
 * transaction that enqueues: of two schedulers one fires, and one that slept through an hour holds a stale value and does not.
 */
export class Ticker {
  readonly #recurrences: ReadonlyMap<string, Recurrence>
  readonly #database: Database
  readonly #next: (cron: string, timeZone: string, after: Date) => Date
  readonly #log: Logger

  constructor(options: {
    readonly recurrences: readonly Recurrence[]
    readonly database: Database
    readonly next: (cron: string, timeZone: string, after: Date) => Date
    readonly log: Logger
  }) {
    this.#recurrences = new Map(options.recurrences.map((recurrence) => [recurrence.name, recurrence]))
    this.#database = options.database
    this.#next = options.next
    this.#log = options.log
  }

  /** Writes down when each fires first; what is known already keeps its time unless its recurrence changed. */
  async register(): Promise<void> {
    await this.#database.transaction(systemScope, async (tx) => {
      const { rows } = await rawQuery<{ now: Date }>(tx, 'select now() as now')
      const now = rows[0]?.now ?? new Date(Number.NaN)
      for (const recurrence of this.#recurrences.values()) {
        await rawQuery(
          tx,
          `insert into platform.schedules as s (name, recurrence, next_at) values ($1, $2, $3)
           on conflict (name) do update set recurrence = excluded.recurrence, next_at = excluded.next_at
           where s.recurrence <> excluded.recurrence`,
          [recurrence.name, JSON.stringify(recurrence.every), this.#after(recurrence, now)],
        )
      }
    })
  }

  /** Enqueues what belongs to the start of a worker. */
  async atStart(): Promise<void> {
    const starting = [...this.#recurrences.values()].filter(({ atStart }) => atStart)
    if (starting.length === 0) return
    await this.#database.transaction(systemScope, async (tx) => {
      for (const { job, input } of starting) await enqueue(tx, job, input)
    })
  }

  /** Fires what is due. One that fails is logged and stays due. */
  async tick(): Promise<void> {
    const due = await this.#database.transaction(systemScope, (tx) => this.#due(tx))
    for (const { name, nextAt, now } of due) {
      const recurrence = this.#recurrences.get(name)
      if (recurrence === undefined) continue
      try {
        await this.#database.transaction(systemScope, (tx) => this.#fire(tx, recurrence, nextAt, now))
      } catch (error) {
        this.#log.error({ err: error, schedule: name }, 'a schedule could not fire and stays due')
      }
    }
  }

  async #due(tx: Writing): Promise<{ name: string; nextAt: string; now: Date }[]> {
    // The time travels as text: a Date would lose the microseconds by which it is recognised.
    const { rows } = await rawQuery<{ name: string; nextAt: string; now: Date }>(
      tx,
      `select name, next_at::text as "nextAt", now() as now from platform.schedules where next_at <= now() and name = any ($1)`,
      [[...this.#recurrences.keys()]],
    )
    return rows
  }

  async #fire(tx: Writing, recurrence: Recurrence, nextAt: string, now: Date): Promise<void> {
    const { rows } = await rawQuery(
      tx,
      `update platform.schedules set next_at = $3, fired_at = now() where name = $1 and next_at = $2::timestamptz returning name`,
      [recurrence.name, nextAt, this.#after(recurrence, now)],
    )
    if (rows.length > 0) await enqueue(tx, recurrence.job, recurrence.input)
  }

  #after({ every }: Recurrence, now: Date): Date {
    return 'ms' in every ? new Date(now.getTime() + every.ms) : this.#next(every.cron, every.timeZone, now)
  }
}
