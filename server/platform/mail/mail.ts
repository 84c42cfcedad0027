import type { SmtpConfig } from '../config/smtp.ts'
import type { AnyJob } from '../jobs/job.ts'
import type { Metrics } from '../observability/metrics.ts'
import { deliver } from './deliver.ts'
import { sendingJob } from './job.ts'
import { mailMetrics } from './metrics.ts'
import { openPost } from './post.ts'

/** What a process gives to mails: the job that sends them. Disposing it closes the connections to the server. */
export interface MailService extends AsyncDisposable {
  readonly jobs: readonly AnyJob[]
}

/** Opens it; nothing is connected before there is a mail. Without a server mails are kept, to be read with `airdate outbox`. */
export function openMail(parts: { readonly smtp: SmtpConfig | null; readonly metrics: Metrics }): MailService {
  const post = parts.smtp === null ? null : openPost(parts.smtp)
  const delivery = { post, count: mailMetrics(parts.metrics.registry) }
  return {
    jobs: [sendingJob((ctx, { mailId }, signal) => deliver(ctx, delivery, mailId, signal))],
    [Symbol.asyncDispose]: async () => post?.[Symbol.asyncDispose](),
  }
}
