import { type Problem, isProblem } from '#kernel/errors.ts'
import { type Ctx, onBehalfOf } from '#platform/context.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { planner } from '../door.ts'
import { type WorkedOut, asksModel, byRules, costOf, sourceOf, workedOut } from './asking.ts'
import { RUN_RETRY } from './jobs.ts'
import { type ExecutionRow, executionById, lockedExecution, updateExecution } from './queries.ts'
import type { ExecutionStep, Failure } from './schema.ts'

interface Input {
  readonly executionId: string
  readonly userId: string
  readonly workspaceId: string
  readonly round: number
}

/** What became of a step. */
type Outcome = { readonly out: WorkedOut } | { readonly failure: Failure; readonly costMicros: number }

/**
 * Works out what is left of an execution. Each step is committed before the next is begun, and one that is done is never
 * asked for again; an execution that was ended or begun anew meanwhile is left alone.
 */
export async function run(job: JobCtx, input: Input, signal: AbortSignal): Promise<void> {
  const ctx = onBehalfOf(job, input)
  const [waiting] = await planner.one(ctx, (db) => executionById(db, input.executionId))
  if (waiting === undefined || !isOpen(waiting, input)) return
  if (!(await asksModel(ctx, waiting))) {
    await advance(ctx, input, (row) => row.steps.map((step) => done(ctx, step, byRules(row, step))))
    return
  }
  let row = await advance(ctx, input, (held) => begun(ctx, held.steps))
  while (row !== null) {
    const current: ExecutionRow = row
    const at = nextOf(current.steps)
    const outcome = await outcomeOf(job, ctx, current, at, signal)
    row = await advance(ctx, input, ({ steps }) => {
      const after = steps.map((step, place) => (place === at ? settled(ctx, step, outcome) : step))
      return 'failure' in outcome ? after : begun(ctx, after)
    })
  }
}

const isOpen = ({ state, round }: ExecutionRow, input: Input): boolean =>
  (state === 'queued' || state === 'running') && round === input.round

/** The first step that is not done; -1 when all are. */
const nextOf = (steps: readonly ExecutionStep[]): number => steps.findIndex(({ state }) => state !== 'done')

/** Commits how the steps stand. Null when there is no more to do, or it is not this job's any more. */
function advance(ctx: Ctx, input: Input, change: (row: ExecutionRow) => ExecutionStep[]): Promise<ExecutionRow | null> {
  return planner.write(ctx, async (tx) => {
    const row = await lockedExecution(tx, input.executionId).executeTakeFirst()
    if (row === undefined || !isOpen(row, input)) return null
    const steps = change(row)
    const isFailed = steps.some(({ state }) => state === 'failed')
    const state = isFailed ? 'failed' : nextOf(steps) === -1 ? 'done' : 'running'
    const now = ctx.clock.now()
    await updateExecution(tx, row.id, { steps, state, ...(state !== 'running' && { endedAt: now }) }, now)
    return state === 'running' ? { ...row, steps, state } : null
  })
}

function begun(ctx: Ctx, steps: readonly ExecutionStep[]): ExecutionStep[] {
  const next = nextOf(steps)
  const startedAt = ctx.clock.now().toISOString()
  return steps.map((step, at) => (at === next ? { ...step, state: 'running', startedAt, failure: null } : step))
}

function done(ctx: Ctx, step: ExecutionStep, out: WorkedOut): ExecutionStep {
  if (step.state === 'done') return step
  const endedAt = ctx.clock.now().toISOString()
  return { ...step, ...out, state: 'done', failure: null, startedAt: step.startedAt ?? endedAt, endedAt }
}

function settled(ctx: Ctx, step: ExecutionStep, outcome: Outcome): ExecutionStep {
  if ('out' in outcome) return done(ctx, step, outcome.out)
  const { failure, costMicros } = outcome
  return { ...step, state: 'failed', failure, costMicros, endedAt: ctx.clock.now().toISOString() }
}

/** Asks for one step. A fault of ours ends the execution only when the tries are used up. */
async function outcomeOf(job: JobCtx, ctx: Ctx, row: ExecutionRow, at: number, signal: AbortSignal): Promise<Outcome> {
  try {
    return { out: await workedOut(ctx, row, at, signal) }
  } catch (error) {
    const failure = signal.aborted ? null : failureOf(job, error)
    if (failure === null) throw error
    ctx.log.warn({ executionId: row.id, step: at, code: failure.code, err: error }, 'a step was not worked out')
    return { failure, costMicros: await costOf(ctx, sourceOf(row.id, at)) }
  }
}

const DETAIL_LENGTH_MAX = 500

function failureOf(job: JobCtx, error: unknown): Failure | null {
  if (isProblem(error)) return { code: error.kind.type, detail: detailOf(error) }
  if (job.job.attempt <= RUN_RETRY.limit) return null
  return { code: 'internal', detail: 'Something went wrong on our side. Try it again.' }
}

const detailOf = ({ message, kind }: Problem): string =>
  (message || kind.title).slice(0, DETAIL_LENGTH_MAX).toWellFormed()
