import { Type } from 'typebox'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#kernel/clock.ts'
import { systemScope } from '../database/scope.ts'
import { sweepIdempotencyKeys } from '../http/idempotency.ts'
import { type AnyJob, type JobCtx, defineJob } from '../jobs/job.ts'
import { type Schedule, defineSchedule } from '../jobs/schedule.ts'
import { sweepMails } from '../mail/sweep.ts'
import { type StorageOwner, collectGarbage } from '../storage/garbage.ts'
import { resumeAssemblies, sweepExpiredUploads, uploadStorageOwner } from '../uploads/sweep.ts'
import type { Uploads } from '../uploads/uploads.ts'

/** What keeps the machinery clean: unfinished uploads, forgotten keys, old mails, files that no row names. */
export function upkeep(parts: { readonly uploads: Uploads; readonly owners: readonly StorageOwner[] }): {
  readonly jobs: readonly AnyJob[]
  readonly schedules: readonly Schedule[]
} {
  const { uploads } = parts
  const owners = [uploadStorageOwner, ...parts.owners]
  const sweeps: readonly Sweep[] = [
    { name: 'platform.sweep-uploads', cron: '*/5 * * * *', run: (ctx) => sweepExpiredUploads(ctx, uploads) },
    { name: 'platform.resume-assemblies', cron: '* * * * *', run: (ctx) => resumeAssemblies(ctx, uploads) },
    {
      name: 'platform.collect-garbage',
      cron: '41 3 * * *',
      run: async (ctx) => (await collectGarbage(ctx, { owners })).length,
    },
    { name: 'platform.sweep-storage', cron: '11 4 * * *', run: sweepStorage },
    { name: 'platform.sweep-idempotency-keys', cron: '29 * * * *', run: forgetKeys },
    { name: 'platform.sweep-mails', cron: '53 * * * *', run: sweepMails },
  ]
  const schedules = sweeps.map((sweep) =>
    defineSchedule({ name: sweep.name, cron: sweep.cron, job: sweepJob(sweep), input: {} }),
  )
  return { jobs: schedules.map((schedule) => schedule.job), schedules }
}

interface Sweep {
  readonly name: string
  readonly cron: string
  /** Returns how many things it dealt with. */
  readonly run: (ctx: JobCtx) => Promise<number>
}

function sweepJob({ name, run }: Sweep): AnyJob {
  return defineJob({
    name,
    input: Type.Object({}),
    retry: { limit: 2, backoff: 'exponential', delayMs: MINUTE_MS },
    timeoutMs: HOUR_MS,
    concurrency: 'io',
    key: () => 'all',
    run: async (ctx) => {
      const count = await run(ctx)
      if (count > 0) ctx.log.info({ sweep: name, count }, 'swept')
    },
  })
}

/** A write that began a day ago has ended, one way or another. */
function sweepStorage(ctx: JobCtx): Promise<number> {
  return ctx.storage.sweep(new Date(ctx.clock.now().getTime() - DAY_MS))
}

async function forgetKeys(ctx: JobCtx): Promise<number> {
  await ctx.database.transaction(systemScope, sweepIdempotencyKeys)
  return 0
}
