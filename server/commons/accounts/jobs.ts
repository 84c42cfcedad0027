import { type Static, Type } from 'typebox'
import { MINUTE_MS } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import { wordOf } from '#platform/fields.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type Job, type JobCtx, defineJob } from '#platform/jobs/job.ts'
import { type Accounts, throughFlow } from './accounts.ts'
import { sendLetters } from './letters.ts'

const MailInput = Type.Object({
  kind: wordOf(['reset-password', 'verify-email']),
  email: Type.String(),
  redirectTo: Type.Optional(Type.String()),
})

const PATHS = { 'reset-password': '/request-password-reset', 'verify-email': '/send-verification-email' } as const

/** Finds out whether there is anybody to mail to, and does. */
export function accountJobs(accounts: () => Accounts): readonly Job<typeof MailInput>[] {
  return [
    declared(async (ctx, { kind, email, redirectTo = null }) => {
      const call = { method: 'POST', path: PATHS[kind], body: { email } } as const
      try {
        await throughFlow(ctx, accounts(), call, (tx, { letters }) => sendLetters(tx, ctx, letters, redirectTo))
      } catch (error) {
        // Nobody could register with such an address, so there is nobody to mail to.
        if (!isProblem(error, InvalidInput)) throw error
      }
    }),
  ]
}

function declared(run: (ctx: JobCtx, input: Static<typeof MailInput>) => Promise<void>) {
  return defineJob({
    name: 'identity.mail',
    input: MailInput,
    retry: { limit: 5, backoff: 'exponential' },
    timeoutMs: MINUTE_MS,
    concurrency: 2,
    run,
  })
}

/** What enqueueing needs to know; who runs it is known where the house is put together. */
export const mailJob = declared(() => Promise.reject(new Error('This declaration only enqueues')))
