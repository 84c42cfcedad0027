import type { ClientConfig, QueryResult, QueryResultRow } from 'pg'
import { PgBoss } from 'pg-boss'
import { Pool } from '../database/pool.ts'
import type { Logger } from '../observability/log.ts'
import { engineOptions } from './engine.ts'
import type { ErrorRecord } from './failures.ts'

/** What a waiting job carries beside its input. Absent counts are 0. */
export interface Envelope {
  readonly input: unknown
  readonly workspaceId: string | null
  /** Attempts that failed by themselves. */
  readonly failures?: number
  /** The claim at which losses count from zero. */
  readonly baseline?: number
  readonly turn?: number
}

/** One attempt that this process holds. `retryCount` grows with every claim: with the id it names the attempt (the fence). */
export interface Claim {
  readonly id: string
  readonly name: string
  readonly retryCount: number
  readonly data: Envelope
}

export interface Death {
  readonly code: string
  readonly detail: string
  readonly attempts: number
  readonly losses: number
  readonly error: ErrorRecord | null
}

export interface Retrial {
  readonly outcome: 'failed' | 'timed-out'
  readonly failures: number
  readonly losses: number
  readonly delayMs: number
  readonly error: ErrorRecord
}

const POOL_CONNECTIONS = 4
/** Database connections of role `airdate_system` that a process with jobs opens beside its `Database`: the pool and one listener. */
export const JOB_CONNECTIONS = POOL_CONNECTIONS + 1

/**
 * The queue as a worker sees it: claims, heartbeats and settlements. Every settlement is fenced to the attempt and
 * resolves to false when another holds the job by now; then nothing was written.
 */
export class Queue {
  readonly #pool: Pool
  readonly #engine: PgBoss

  constructor(connection: ClientConfig, log: Logger) {
    const onConnectionError = (error: Error): void =>
      log.warn({ err: error }, 'a database connection of the jobs ended')
    this.#pool = new Pool({ connection, max: POOL_CONNECTIONS, applicationName: 'airdate-jobs', onConnectionError })
    this.#engine = new PgBoss({
      ...engineOptions,
      supervise: true,
      db: { executeSql: (text, values) => this.#query(text, values) },
    })
    this.#engine.on('error', (err) => log.error({ err }, 'the job engine reports an error'))
    this.#engine.on('warning', ({ message, data }) => log.warn({ data }, message))
  }

  async start(names: readonly string[]): Promise<void> {
    await this.#engine.start()
    await this.#query(`select pgboss.create_queue(name, '{"policy": "standard"}') from unnest($1::text[]) as name`, [
      names,
    ])
  }

  async stop(): Promise<void> {
    await this.#engine.stop({ graceful: false })
    await this.#pool.end()
  }

  /** The occurrence of a cron expression that follows `after`. @throws Error when the expression is wrong */
  nextOccurrence(cron: string, timeZone: string, after: Date): Date {
    const [next] = this.#engine.previewSchedule(cron, { tz: timeZone, from: after, count: 1 })
    if (next === undefined) throw new Error(`The schedule ${cron} never occurs again`)
    return next
  }

  /** Claims up to `limit` jobs that are due, first in line first. */
  async claim(name: string, limit: number): Promise<Claim[]> {
    return this.#engine.fetch<Envelope>(name, { batchSize: limit })
  }

  /** Completes attempts of one name; those that lost their job are left alone. */
  async complete(name: string, claims: readonly Claim[]): Promise<void> {
    await this.#engine.complete(
      name,
      claims.map(({ id, retryCount }) => ({ id, retryCount })),
    )
  }

  /** Refreshes the heartbeats. Returns the attempts (see `attemptKey`) that still hold their job. */
  async touch(claims: readonly Claim[]): Promise<Set<string>> {
    const { rows } = await this.#query<{ id: string; retryCount: number }>(
      `update pgboss.job_common j set heartbeat_on = now()
       from unnest($1::uuid[], $2::text[], $3::int[]) as c (id, name, claim)
       where j.name = c.name and j.id = c.id and j.retry_count = c.claim and j.state = 'active'
       returning j.id, j.retry_count as "retryCount"`,
      [claims.map(({ id }) => id), claims.map(({ name }) => name), claims.map(({ retryCount }) => retryCount)],
    )
    return new Set(rows.map(attemptKey))
  }

  /** A failure that is tried again: back in line after the delay, with a row of history, in one statement. */
  async retry(claim: Claim, retrial: Retrial): Promise<boolean> {
    const data = { failures: retrial.failures, baseline: claim.retryCount + 1 - retrial.losses }
    return this.#settled(
      `with held as (${BACK_IN_LINE}),
       history as (insert into platform.job_attempts (job_id, claim, job_name, workspace_id, outcome, error)
         select id, $3, name, $6, $7, $8 from held on conflict do nothing)
       select id from held`,
      [...fence(claim), retrial.delayMs, data, claim.data.workspaceId, retrial.outcome, retrial.error],
    )
  }

  /** Gives the job back as if this attempt had not been: neither a failure nor a loss. */
  async giveBack(claim: Claim, losses: number, delayMs: number): Promise<boolean> {
    const data = { baseline: claim.retryCount + 1 - losses }
    return this.#settled(
      `with held as (${BACK_IN_LINE})
       select id from held where $4 > 0 or pg_notify('airdate_jobs', 'ready ' || $1) is not null`,
      [...fence(claim), delayMs, data],
    )
  }

  /** Gives the job up: a dead letter with all that is needed to send it again. */
  async bury(claim: Claim, death: Death): Promise<boolean> {
    return this.#settled(
      `with held as (
         update pgboss.job_common set state = 'failed', completed_on = now(), output = $4 where ${HELD} returning *),
       letter as (insert into platform.dead_jobs (id, job_name, workspace_id, key, input, code, detail, priority, fair,
           expire_seconds, attempts, losses, enqueued_at)
         select id, name, (data ->> 'workspaceId')::uuid, singleton_key, data -> 'input', $5, $6,
           case when group_id is null then priority else 0 end, group_id is not null, expire_seconds, $7, $8, created_on from held),
       history as (insert into platform.job_attempts (job_id, claim, job_name, workspace_id, outcome, error)
         select id, $3, name, (data ->> 'workspaceId')::uuid, 'dead', $4 from held on conflict do nothing)
       select id from held`,
      [...fence(claim), death.error, death.code, death.detail, death.attempts, death.losses],
    )
  }

  /** Commits progress; this claim becomes the one from which losses count. */
  async progress(claim: Claim, fraction: number, note: string | null): Promise<boolean> {
    return this.#settled(
      `insert into platform.job_progress (job_id, job_name, workspace_id, fraction, note, losses_base)
       select id, name, (data ->> 'workspaceId')::uuid, $4, $5, $3 from pgboss.job_common where ${HELD}
       on conflict (job_id) do update set fraction = excluded.fraction, note = excluded.note,
         losses_base = excluded.losses_base, updated_at = now()
       returning job_id as id`,
      [...fence(claim), fraction, note],
    )
  }

  /** Records that the attempt before this claim was lost; returns the claim of the last committed progress, 0 without any. */
  async recordLoss(claim: Claim): Promise<number> {
    const { rows } = await this.#query<{ base: number }>(
      `with history as (insert into platform.job_attempts (job_id, claim, job_name, workspace_id, outcome)
         values ($1, $2, $3, $4, 'lost') on conflict do nothing)
       select coalesce((select losses_base from platform.job_progress where job_id = $1), 0) as base`,
      [claim.id, claim.retryCount - 1, claim.name, claim.data.workspaceId],
    )
    return rows[0]?.base ?? 0
  }

  /** Of these names, those with a job that is due. */
  async ready(names: readonly string[]): Promise<string[]> {
    const { rows } = await this.#query<{ name: string }>(
      `select name from unnest($1::text[]) as name where exists (select from pgboss.job_common j where ${DUE})`,
      [names],
    )
    return rows.map(({ name }) => name)
  }

  /** How many jobs of these names are due, counted up to `limit`. */
  async countReady(names: readonly string[], limit: number): Promise<number> {
    const { rows } = await this.#query<{ count: number }>(
      `select count(*)::int as count from (select from unnest($1::text[]) as name
         join pgboss.job_common j on ${DUE} limit $2) as due`,
      [names, limit],
    )
    return rows[0]?.count ?? 0
  }

  /** True when some job of these names is due or active, in this process or another. */
  async busy(names: readonly string[]): Promise<boolean> {
    const { rows } = await this.#query<{ busy: boolean }>(
      `select exists (select from unnest($1::text[]) as name join pgboss.job_common j on (${DUE})
         or (j.name = name.name and j.state = 'active')) as busy`,
      [names],
    )
    return rows[0]?.busy ?? false
  }

  /** Puts every active job back in line: only right when no other worker lives. Returns how many. */
  async reclaimAll(): Promise<number> {
    const { rows } = await this.#query(
      `update pgboss.job_common set state = 'retry', heartbeat_on = null, start_after = now()
       where state = 'active' returning id`,
    )
    return rows.length
  }

  /** Names of queues that hold unfinished jobs and are not among these. */
  async strangers(names: readonly string[]): Promise<string[]> {
    const { rows } = await this.#query<{ name: string }>(
      `select name from pgboss.queue q where name <> all ($1::text[])
         and exists (select from pgboss.job_common j where j.name = q.name and j.state < 'completed')`,
      [names],
    )
    return rows.map(({ name }) => name)
  }

  async #settled(text: string, values: readonly unknown[]): Promise<boolean> {
    return (await this.#query(text, values)).rows.length > 0
  }

  async #query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<QueryResult<Row>> {
    const client = await this.#pool.acquire()
    try {
      const result = await client.query<Row>(text, [...values])
      this.#pool.release(client)
      return result
    } catch (error) {
      // The engine sends BEGIN…COMMIT in one text: after a failure inside, the transaction is still open.
      const broken = await client.query('rollback').then(
        () => error,
        (failure: unknown) => failure,
      )
      this.#pool.release(client, broken)
      throw error
    }
  }
}

/** Names one attempt of one job. */
export function attemptKey({ id, retryCount }: Pick<Claim, 'id' | 'retryCount'>): string {
  return `${id}:${retryCount}`
}

const fence = (claim: Claim): unknown[] => [claim.name, claim.id, claim.retryCount]
const HELD = `name = $1 and id = $2 and retry_count = $3 and state = 'active'`
const DUE = `j.name = name.name and j.state < 'active' and not j.blocked and j.start_after <= now()`
// started_on stays: the next claim then counts one up, and a zombie's settlement finds nothing.
const BACK_IN_LINE = `update pgboss.job_common set state = 'retry', heartbeat_on = null,
    start_after = now() + $4 * interval '1 millisecond', data = data || $5 where ${HELD} returning id, name`
