import { type Static, Type } from 'typebox'
import { MINUTE_MS } from '#kernel/clock.ts'
import { type Job, type JobHandler, defineJob } from '../jobs/job.ts'

const SendInput = Type.Object({ mailId: Type.String() })

/**
 * Tries after the first: with pauses that grow from a minute to an hour they last some fifteen hours. Whoever is asked to
 * come again (greylisting) wants minutes, and who is away for longer than that gets links that have expired.
 */
export const SEND_RETRIES = 20

/** The job `mail.send` with whoever does it. Workspaces take turns: one that invites hundreds delays nobody else's mail. */
export function sendingJob(run: JobHandler<Static<typeof SendInput>>): Job<typeof SendInput> {
  return defineJob({
    name: 'mail.send',
    input: SendInput,
    retry: { limit: SEND_RETRIES, backoff: 'exponential', delayMs: MINUTE_MS },
    timeoutMs: 2 * MINUTE_MS,
    concurrency: 4,
    fair: true,
    key: ({ mailId }) => mailId,
    run,
  })
}
