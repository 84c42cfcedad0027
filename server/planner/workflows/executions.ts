import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { isTimeZone } from '#kernel/time-zone.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { cancelByKey, enqueue } from '#platform/jobs/enqueue.ts'
import { type PlannerTx, planner } from '../door.ts'
import { personOf, taskRow, tasksOf } from '../tasks/service.ts'
import { labelsFor } from './asking.ts'
import { runWorkflowJob } from './jobs.ts'
import { type Situation, filledTemplate, needsSubject, timeOfDayAt } from './places.ts'
import {
  type ExecutionRow,
  executionById,
  executionsOf,
  insertExecution,
  lockedExecution,
  updateExecution,
} from './queries.ts'
import type {
  Execution,
  ExecutionBriefly,
  ExecutionQuery,
  ExecutionStep,
  NewExecution,
  Workflow,
  WorkflowStep,
} from './schema.ts'
import { workflowWithTag } from './service.ts'
import { brieflyShown, shownExecution } from './shown.ts'

export const ExecutionNotFound = problem('planner/execution-not-found', 404, 'There is no such execution')
export const ExecutionEnded = problem('planner/execution-ended', 409, 'This execution has ended')
export const ExecutionNotFailed = problem(
  'planner/execution-not-failed',
  409,
  'Only an execution that failed is tried again',
)

type Tagged = { readonly execution: Execution; readonly etag: string }
const RECENT = 5

/**
 * Runs a workflow for the person: its row and its job, both or neither.
 * @throws WorkflowNotFound
 * @throws TaskNotFound
 * @throws InvalidInput when it is about nothing and has to be, or the zone is none
 */
export async function runWorkflow(ctx: Ctx, workflowId: string, wish: NewExecution): Promise<Tagged> {
  const { userId, workspaceId } = personOf(ctx)
  requireZone(wish)
  const { workflow } = await workflowWithTag(ctx, workflowId)
  const { situation, taskId } = await situationOf(ctx, workflow, wish)
  const { subject: about, notes, ...context } = situation
  const labels = labelsFor(
    workflow.steps.map(({ label }) => label),
    situation,
  )
  const id = newId<'WorkflowExecution'>()
  return planner.write(ctx, async (tx) => {
    await insertExecution(tx, {
      ...{ id, userId, workspaceId, workflowId, name: workflow.name, systemPrompt: workflow.systemPrompt },
      ...{ taskId, about, notes, request: filledTemplate(workflow.template, situation) },
      ...{ way: wish.way ?? 'any', context: { ...context, recent: [...context.recent] } },
      steps: workflow.steps.map((step, at) => pending(step, labels[at] ?? step.label)),
    })
    await enqueue(tx, runWorkflowJob, { executionId: id, userId, workspaceId, round: 1 })
    return reread(tx, id)
  })
}

function requireZone({ timeZone = 'UTC' }: NewExecution): void {
  if (!isTimeZone(timeZone)) throw InvalidInput({ errors: [{ pointer: '/timeZone', detail: 'is no IANA time zone' }] })
}

async function situationOf(
  ctx: Ctx,
  { template, steps }: Workflow,
  wish: NewExecution,
): Promise<{ situation: Situation; taskId: string | null }> {
  const { taskId = null, about = null, energy = null, timeZone = 'UTC', recentTasks = RECENT } = wish
  if (taskId !== null && about !== null)
    throw InvalidInput({ errors: [{ pointer: '/about', detail: 'is for what is no task' }] })
  const isAbout = [template, ...steps.map(({ label }) => label)].some(needsSubject)
  if (taskId === null && about === null && isAbout)
    throw InvalidInput({
      errors: [{ pointer: '/taskId', detail: 'must be given, or `about`: this workflow is about something' }],
    })
  const task = taskId === null ? null : await taskRow(ctx, taskId)
  const newest = recentTasks === 0 ? [] : (await tasksOf(ctx, { limit: recentTasks, open: true })).items
  const situation = {
    subject: task?.title ?? about?.trim() ?? null,
    notes: task?.notes ?? '',
    energy,
    timeOfDay: wish.timeOfDay ?? timeOfDayAt(ctx.clock.now(), timeZone),
    minutes: wish.minutes ?? task?.estimateMinutes ?? null,
    recent: newest.map(({ title }) => title),
  }
  return { situation, taskId }
}

const pending = ({ icon, kind, minutes }: WorkflowStep, label: string): ExecutionStep => ({
  ...{ label, icon, kind, minutes, state: 'pending', title: null, detail: '', doneWhen: null },
  ...{ path: null, confidence: null, provider: null, model: null },
  ...{ inputTokens: 0, outputTokens: 0, costMicros: 0, failure: null, startedAt: null, endedAt: null },
})

/** One's own executions in the workspace, newest first. */
export async function executions(ctx: Ctx, query: ExecutionQuery): Promise<Page<ExecutionBriefly>> {
  const whose = personOf(ctx)
  const { limit = 20, cursor, ...filter } = query
  const asked = { ...filter, after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => executionsOf(db, whose, asked)), limit)
  return { items: page.items.map(brieflyShown), nextCursor: page.nextCursor }
}

/**
 * An execution of one's own, with the tag of its state.
 * @throws ExecutionNotFound also for those of others
 */
export async function executionWithTag(ctx: Ctx, id: string): Promise<Tagged> {
  const [row] = await planner.one(ctx, (db) => executionById(db, id))
  return tagged(own(ctx, id, row))
}

/**
 * Ends an execution; what is worked out stays. What a model is being asked is given up within seconds.
 * @throws ExecutionNotFound
 * @throws ExecutionEnded
 */
export function cancelExecution(ctx: Ctx, id: string): Promise<Tagged> {
  return planner.write(ctx, async (tx) => {
    const row = await executionHeld(tx, ctx, id)
    if (row.endedAt !== null) throw ExecutionEnded({ detail: `It is ${row.state}.` })
    await cancelByKey(tx, runWorkflowJob, runWorkflowJob.keyOf(inputOf(row)) ?? '')
    const [now, ended] = [ctx.clock.now(), ctx.clock.now().toISOString()]
    const steps = row.steps.map((step): ExecutionStep =>
      step.state === 'done' ? step : { ...step, state: 'cancelled', endedAt: ended },
    )
    await updateExecution(tx, id, { state: 'cancelled', steps, endedAt: now }, now)
    return reread(tx, id)
  })
}

/**
 * Goes on from the step that failed; what was worked out before it stays. One whose job was given up is taken up again.
 * @throws ExecutionNotFound
 * @throws ExecutionNotFailed
 */
export function retryExecution(ctx: Ctx, id: string): Promise<Tagged> {
  return planner.write(ctx, async (tx) => {
    const row = await executionHeld(tx, ctx, id)
    if (row.state === 'done' || row.state === 'cancelled') throw ExecutionNotFailed({ detail: `It is ${row.state}.` })
    const round = row.state === 'failed' ? row.round + 1 : row.round
    const jobId = await enqueue(tx, runWorkflowJob, inputOf({ ...row, round }))
    if (jobId === null) throw ExecutionNotFailed({ detail: 'It is under way.' })
    const steps = row.steps.map((step): ExecutionStep =>
      step.state === 'done' ? step : { ...step, state: 'pending', failure: null, startedAt: null, endedAt: null },
    )
    await updateExecution(tx, id, { state: 'queued', round, steps, endedAt: null }, ctx.clock.now())
    return reread(tx, id)
  })
}

/**
 * An execution of one's own, held until the transaction ends.
 * @throws ExecutionNotFound
 */
export async function executionHeld(tx: PlannerTx, ctx: Ctx, id: string): Promise<ExecutionRow> {
  return own(ctx, id, await lockedExecution(tx, id).executeTakeFirst())
}

/** What the job of an execution is told. */
export const inputOf = ({ id: executionId, userId, workspaceId, round }: ExecutionRow) => ({
  ...{ executionId, userId, workspaceId, round },
})

/** Row-level security says the same; that it is the person's own is not left to one guard alone. */
function own(ctx: Ctx, id: string, row: ExecutionRow | undefined): ExecutionRow {
  const { userId, workspaceId } = personOf(ctx)
  if (row === undefined || row.userId !== userId || row.workspaceId !== workspaceId)
    throw ExecutionNotFound({ detail: `No execution ${id} is yours.` })
  return row
}

const tagged = (row: ExecutionRow): Tagged => ({ execution: shownExecution(row), etag: etagOf(row.id, row.version) })

const reread = async (tx: PlannerTx, id: string): Promise<Tagged> =>
  tagged(await executionById(tx, id).executeTakeFirstOrThrow())
