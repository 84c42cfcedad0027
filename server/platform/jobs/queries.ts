import { sql } from 'kysely'
import type { Db, Tx } from '../database/database.ts'

/** The tables of jobs that others may read. */
export interface JobTables {
  'platform.jobProgress': {
    jobId: string
    jobName: string
    workspaceId: string | null
    fraction: number
    note: string | null
    updatedAt: Date
  }
  'platform.jobAttempts': {
    jobId: string
    claim: number
    jobName: string
    workspaceId: string | null
    outcome: 'failed' | 'timed-out' | 'lost' | 'dead'
    error: { name: string; message: string; stack: string } | null
    at: Date
  }
  'platform.deadJobs': {
    id: string
    jobName: string
    workspaceId: string | null
    key: string | null
    input: unknown
    code: string
    detail: string
    attempts: number
    losses: number
    enqueuedAt: Date
    diedAt: Date
  }
}

/** How far a job is, as it last committed. */
export interface JobProgress {
  readonly jobId: string
  /** 0..1 */
  readonly fraction: number
  readonly note: string | null
  readonly updatedAt: Date
}

/** Progress of these jobs, in no order; a job that has told none is absent. It is kept for 3 days after its last word. */
export function progressOf(db: Db<JobTables>, jobIds: readonly string[]): Promise<JobProgress[]> {
  return db
    .selectFrom('platform.jobProgress')
    .select(['jobId', 'fraction', 'note', 'updatedAt'])
    .where('jobId', 'in', [...jobIds])
    .execute()
}

/** An attempt that failed or was lost; `claim` grows with each attempt of the job, whoever made it. */
export interface FailedAttempt {
  readonly claim: number
  readonly outcome: 'failed' | 'timed-out' | 'lost' | 'dead'
  readonly error: { readonly name: string; readonly message: string; readonly stack: string } | null
  readonly at: Date
}

/** The attempts of a job that went wrong in the last 30 days, oldest first; those that succeeded leave no row. */
export function failedAttemptsOf(db: Db<JobTables>, jobId: string): Promise<FailedAttempt[]> {
  return db
    .selectFrom('platform.jobAttempts')
    .select(['claim', 'outcome', 'error', 'at'])
    .where('jobId', '=', jobId)
    .orderBy('claim')
    .execute()
}

/** A job that was given up. `code` is `failed`, `timed-out`, `poison`, `invalid-input`, or what the handler said with `GiveUp`. */
export interface DeadLetter {
  readonly id: string
  readonly jobName: string
  readonly workspaceId: string | null
  readonly key: string | null
  readonly input: unknown
  readonly code: string
  readonly detail: string
  /** Attempts that failed by themselves, the last included. */
  readonly attempts: number
  /** Attempts lost with their workers since the last progress. */
  readonly losses: number
  readonly enqueuedAt: Date
  readonly diedAt: Date
}

/** Dead letters, newest first, at most `limit`; `after` is the last one of the page before. */
export function deadLettersOf(
  db: Db<JobTables>,
  options: {
    readonly limit: number
    readonly jobName?: string
    readonly after?: { readonly id: string; readonly diedAt: Date }
  },
): Promise<DeadLetter[]> {
  const { limit, jobName, after } = options
  let query = db
    .selectFrom('platform.deadJobs')
    .select([
      'id',
      'jobName',
      'workspaceId',
      'key',
      'input',
      'code',
      'detail',
      'attempts',
      'losses',
      'enqueuedAt',
      'diedAt',
    ])
    .orderBy('diedAt', 'desc')
    .orderBy('id')
    .limit(limit)
  if (jobName !== undefined) query = query.where('jobName', '=', jobName)
  if (after !== undefined) {
    query = query.where((where) =>
      where.or([
        where('diedAt', '<', after.diedAt),
        where.and([where('diedAt', '=', after.diedAt), where('id', '>', after.id)]),
      ]),
    )
  }
  return query.execute()
}

export async function deleteOldProgress(tx: Tx<JobTables>, days: number): Promise<void> {
  await tx.deleteFrom('platform.jobProgress').where('updatedAt', '<', daysAgo(days)).execute()
}

export async function deleteOldAttempts(tx: Tx<JobTables>, days: number): Promise<void> {
  await tx.deleteFrom('platform.jobAttempts').where('at', '<', daysAgo(days)).execute()
}

function daysAgo(days: number): ReturnType<typeof sql<Date>> {
  return sql<Date>`now() - ${days} * interval '1 day'`
}
