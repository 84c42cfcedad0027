import type { TSchema } from 'typebox'
import { newId } from '#kernel/ids.ts'
import { type Writing, rawQuery } from '../database/database.ts'
import { DeadLetterNotFound } from './failures.ts'
import type { Job } from './job.ts'
import { deadLettersOf } from './queries.ts'

/**
 * Sends a dead job again, with the same input, workspace and key, as a new job with its attempts before it; the letter is
 * gone. Returns the new job's id, or null when its key has an unfinished job (the letter stays). Scope: system.
 * @throws DeadLetterNotFound
 */
async function redrive(tx: Writing, id: string): Promise<string | null> {
  const jobId = newId<'Job'>()
  const { rows } = await rawQuery<{ enqueued: boolean }>(
    tx,
    `select platform.enqueue_job($2, job_name, input, key, priority, 0, workspace_id, fair, expire_seconds) as enqueued
     from (select * from platform.dead_jobs where id = $1 for update) as letter`,
    [id, jobId],
  )
  const [row] = rows
  if (row === undefined) throw DeadLetterNotFound()
  if (!row.enqueued) return null
  await rawQuery(tx, 'delete from platform.dead_jobs where id = $1', [id])
  return jobId
}

/** Jobs that were given up: `list` reads them (the system sees all, a workspace its own), `redrive` sends one again. */
export const deadLetters = { list: deadLettersOf, redrive }

/** True when a job with this key was given up and not sent again since: a reconciler must not enqueue it anew. */
export async function isDead<S extends TSchema>(tx: Writing, job: Job<S>, key: string): Promise<boolean> {
  const text = 'select exists (select from platform.dead_jobs where job_name = $1 and key = $2) as dead'
  const { rows } = await rawQuery<{ dead: boolean }>(tx, text, [job.name, key])
  return rows[0]?.dead === true
}
