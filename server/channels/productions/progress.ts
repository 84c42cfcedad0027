import { recordSpend } from '#commons/metering/service.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import type { Made } from '#studio'
import type { ChannelsTx } from '../door.ts'
import { productionCompleted, productionFailed, stageFinished, stageStarted } from './events.ts'
import { stageJob } from './jobs.ts'
import { type HeldProduction, holdProduction, markBegun, markDue, markEnded, touchProduction } from './queries.ts'
import { type StageName, stageAfter } from './stages.ts'

/** What a production costs is counted in this. */
export const CURRENCY = 'USD'

/** A stage that was begun, and which beginning it was. */
export interface Attempt {
  readonly production: HeldProduction
  readonly stage: StageName
  /** Null for what somebody outside the attempt tells, such as that a video is ready. */
  readonly attempt: number | null
}

/** Why a production stops. `code` is the type of a problem. */
export interface StageFailure {
  readonly code: string
  readonly detail: string
}

/** What is said of faults of ours: nothing of the inside. */
export const GIVEN_UP: StageFailure = {
  code: 'channels/stage-given-up',
  detail: 'It failed several times, by no fault of the input. The log of the server tells why.',
}

// The reconciler works as the system: whose event it is must be said.
const about = ({ id, workspaceId }: HeldProduction) => ({ subject: `production:${id}`, workspaceId })

/** Holds a production that is under way; null when it is not, or not any more. */
export async function holdRunning(tx: ChannelsTx, productionId: string): Promise<HeldProduction | null> {
  const production = await holdProduction(tx, productionId)
  return production?.state === 'running' ? production : null
}

/** Something changed that a production's answer shows: its tag is another from now on. */
export function noteChange(tx: ChannelsTx, ctx: Ctx, productionId: string): Promise<void> {
  return touchProduction(tx, productionId, ctx.clock.now())
}

/** Begins a stage, or begins it again after its attempt was lost. Null when there is nothing (more) to do. */
export async function beginStage(
  tx: ChannelsTx,
  ctx: Ctx,
  productionId: string,
  stage: StageName,
): Promise<Attempt | null> {
  const production = await holdRunning(tx, productionId)
  if (production === null) return null
  const at = ctx.clock.now()
  const attempt = await markBegun(tx, productionId, stage, at)
  if (attempt === null) return null
  await touchProduction(tx, productionId, at)
  await emit(tx, stageStarted, { productionId, stage, attempt }, about(production))
  return { production, stage, attempt }
}

/** The stage may run now: its job exists when the transaction commits. */
export async function makeDue(tx: ChannelsTx, production: HeldProduction, stage: StageName): Promise<void> {
  const { id: productionId, workspaceId } = production
  await markDue(tx, productionId, stage)
  await enqueue(tx, stageJob(stage), { productionId }, { workspaceId })
}

/**
 * The stage is done: what was made, what it cost and what comes next commit together. Returns false when this attempt is
 * not the newest any more, or the production does not run; nothing is changed then.
 */
export async function finishStage(tx: ChannelsTx, ctx: Ctx, attempt: Attempt, made: Made): Promise<boolean> {
  const { stage } = attempt
  const production = await holdRunning(tx, attempt.production.id)
  if (production === null) return false
  const { id: productionId, workspaceId } = production
  const { provider, costMicros } = made
  const at = ctx.clock.now()
  const end = { state: 'done', costMicros, provider, summary: JSON.stringify(made.summary) } as const
  if (!(await markEnded(tx, { productionId, stage, attempt: attempt.attempt }, end, at))) return false
  const source = `production:${productionId}:${stage}`
  await recordSpend(tx, { workspaceId, source, provider, amountMicros: costMicros, currency: CURRENCY })
  await emit(tx, stageFinished, { productionId, stage, provider, costMicros }, about(production))
  const next = stageAfter(stage)
  if (next !== null) {
    await touchProduction(tx, productionId, at)
    await makeDue(tx, production, next)
  }
  return true
}

/** The last stage is done and the video can be watched. Call it in the transaction of `finishStage`. */
export async function completeProduction(
  tx: ChannelsTx,
  ctx: Ctx,
  production: HeldProduction,
  videoId: string,
): Promise<void> {
  const { id: productionId, taskId } = production
  await touchProduction(tx, productionId, ctx.clock.now(), 'completed')
  await emit(tx, productionCompleted, { productionId, taskId, videoId }, about(production))
}

/** The stage cannot be done, and with it the production. Returns false when that is not (or no longer) ours to say. */
export async function failStage(tx: ChannelsTx, ctx: Ctx, attempt: Attempt, failure: StageFailure): Promise<boolean> {
  const { stage } = attempt
  const production = await holdRunning(tx, attempt.production.id)
  if (production === null) return false
  const { id: productionId, taskId } = production
  const { code, detail } = failure
  const at = ctx.clock.now()
  const of = { productionId, stage, attempt: attempt.attempt }
  if (!(await markEnded(tx, of, { state: 'failed', failureCode: code, failureDetail: detail }, at))) return false
  await touchProduction(tx, productionId, at, 'failed')
  await emit(tx, productionFailed, { productionId, taskId, stage, code, detail }, about(production))
  return true
}
