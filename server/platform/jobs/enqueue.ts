import type { Static, TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { newId } from '#kernel/ids.ts'
import { type Writing, rawQuery, scopeOf } from '../database/database.ts'
import type { Job } from './job.ts'

export interface EnqueueOptions {
  /** Not before so many ms from now. Default 0. */
  readonly startAfterMs?: number
  /** For the system, which works across workspaces: whose job this is. Default: the workspace of the transaction. */
  readonly workspaceId?: string | null
}

// A worker ends an attempt at its timeout itself; the engine's own limit only catches one that cannot.
const EXPIRY_SLACK_SECONDS = 60

/**
 * Enqueues a job in the caller's transaction: it exists exactly when the transaction commits. Returns its id, or null
 * when the job's key has an unfinished job (nothing is written then). It runs in the scope of the workspace; without
 * one, as the system. A wrong input is a bug of the caller and throws.
 */
export async function enqueue<S extends TSchema>(
  tx: Writing,
  job: Job<S>,
  input: Static<S>,
  options: EnqueueOptions = {},
): Promise<string | null> {
  invariant(job.accepts(input), `${job.name}: the input does not match its schema`)
  const scope = scopeOf(tx)
  const own = scope.role === 'app' ? scope.workspaceId : null
  const id = newId<'Job'>()
  const { rows } = await rawQuery<{ enqueued: boolean }>(
    tx,
    'select platform.enqueue_job($1, $2, $3, $4, $5, $6, $7, $8, $9) as enqueued',
    [
      id,
      job.name,
      JSON.stringify(input),
      job.keyOf(input),
      job.priorityOf(input),
      Math.max(0, Math.round(options.startAfterMs ?? 0)),
      options.workspaceId === undefined ? own : options.workspaceId,
      job.fair,
      Math.ceil(job.timeoutMs / 1000) + EXPIRY_SLACK_SECONDS,
    ],
  )
  return rows[0]?.enqueued === true ? id : null
}

/**
 * Cancels one job when the transaction commits: a waiting one never runs, the signal of a running one is aborted within
 * 5 s wherever it runs. Returns false when it was finished already, or is not the workspace's. No dead letter remains.
 */
export async function cancelJob<S extends TSchema>(tx: Writing, job: Job<S>, id: string): Promise<boolean> {
  return (await cancel(tx, job.name, id, null)) > 0
}

/** Like `cancelJob`, for the unfinished job that has this key. The key is free at commit, while the handler may still be stopping. */
export async function cancelByKey<S extends TSchema>(tx: Writing, job: Job<S>, key: string): Promise<boolean> {
  return (await cancel(tx, job.name, null, key)) > 0
}

async function cancel(tx: Writing, name: string, id: string | null, key: string | null): Promise<number> {
  const text = 'select platform.cancel_jobs($1, $2, $3) as cancelled'
  const { rows } = await rawQuery<{ cancelled: number }>(tx, text, [name, id, key])
  return rows[0]?.cancelled ?? 0
}
