import { type Problem, isProblem } from '#kernel/errors.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { StorageFull } from '#platform/storage/storage.ts'
import {
  type Made,
  checkRender,
  composeMusic,
  drawVisuals,
  recordVoice,
  renderFilm,
  writeCaptions,
  writeScript,
} from '#studio'
import { channels } from '../door.ts'
import { publishFilm } from '../publications/service.ts'
import { STAGE_RETRY } from './jobs.ts'
import { type Attempt, GIVEN_UP, type StageFailure, beginStage, failStage, finishStage } from './progress.ts'
import type { StageName } from './stages.ts'

/** Does the work of a stage and says what was made. */
export type Maker = (
  ctx: JobCtx,
  attempt: Attempt,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
) => Promise<Made | null>

/** Who does each stage. Null: it is under way elsewhere, and whoever hears of its end settles it. */
const makers: Readonly<Record<StageName, Maker>> = {
  script: (ctx, { production }, signal) => writeScript(ctx, production.projectId, signal),
  voice: (ctx, { production }, signal) => recordVoice(ctx, production.projectId, signal),
  visuals: (ctx, { production }, signal, tell) => drawVisuals(ctx, production.projectId, signal, tell),
  captions: (ctx, { production }, signal) => writeCaptions(ctx, production.projectId, signal),
  music: (ctx, { production }, signal) => composeMusic(ctx, production.projectId, signal),
  assemble: (ctx, { production }, signal, tell) => renderFilm(ctx, production.projectId, signal, tell),
  check: (ctx, { production }, signal) => checkRender(ctx, production.projectId, signal),
  publish: async (ctx, { production }) => {
    await publishFilm(ctx, production)
    return null
  },
}

/**
 * Does one stage of a production. A stage that is done is never done again, one that was lost is begun anew; what the
 * makers do they do once, however often they are asked. Problems of the input end the production; faults of ours are
 * tried again, and end it only when the tries are used up.
 */
export async function runStage(
  ctx: JobCtx,
  productionId: string,
  stage: StageName,
  signal: AbortSignal,
  maker: Maker = makers[stage],
): Promise<void> {
  const attempt = await channels.write(ctx, (tx) => beginStage(tx, ctx, productionId, stage))
  if (attempt === null) return
  const teller = tellProgress(ctx)
  try {
    const made = await maker(ctx, attempt, signal, teller.tell)
    await teller.settled()
    if (made !== null) await channels.write(ctx, (tx) => finishStage(tx, ctx, attempt, made))
  } catch (error) {
    await teller.settled()
    const failure = signal.aborted ? null : failureOf(ctx, error)
    if (failure === null) throw error
    ctx.log.warn({ productionId, stage, ...failure, err: error }, 'a stage of a production failed')
    await channels.write(ctx, (tx) => failStage(tx, ctx, attempt, failure))
  }
}

/** Why the production ends with this error; null when the stage is to be tried again. */
function failureOf(ctx: JobCtx, error: unknown): StageFailure | null {
  if (isProblem(error) && error.status < 500) return { code: error.kind.type, detail: detailOf(error) }
  if (ctx.job.attempt <= STAGE_RETRY.limit) return null
  if (isProblem(error, StorageFull)) return { code: error.kind.type, detail: detailOf(error) }
  return GIVEN_UP
}

const DETAIL_LENGTH_MAX = 2_000

function detailOf(problem: Problem): string {
  const told = [problem.message, ...(problem.extra.errors ?? []).map(({ detail }) => detail)]
  return [...new Set(told)].join('; ').slice(0, DETAIL_LENGTH_MAX).toWellFormed()
}

const TELL_EVERY_SHARE = 0.02

/** Writes down how far a stage is, now and then, one statement at a time. */
function tellProgress(ctx: JobCtx): { readonly tell: (fraction: number) => void; settled(): Promise<void> } {
  let told = 0
  let telling: Promise<void> | null = null
  return {
    tell: (fraction) => {
      const share = Math.min(1, Math.max(0, fraction))
      if (telling !== null || share < told + TELL_EVERY_SHARE) return
      told = share
      telling = ctx
        .progress(share)
        // An attempt that lost its job is told so by its signal.
        .catch((error: unknown) => ctx.log.warn({ err: error }, 'the progress of a stage could not be told'))
        .finally(() => {
          telling = null
        })
    },
    settled: async () => {
      await telling
    },
  }
}
