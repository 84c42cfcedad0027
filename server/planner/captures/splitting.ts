import { type Ctx, onBehalfOf } from '#platform/context.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { planner } from '../door.ts'
import { splitByModel } from './asking.ts'
import { captureById, lockedCapture, updateCapture } from './queries.ts'
import { saveChosen } from './saving.ts'
import type { CaptureState, Proposal } from './schema.ts'
import { questionsAbout } from './split/questions.ts'
import { splitDump } from './split/split.ts'

/** At most so many questions are asked about one thought. */
const QUESTIONS_MAX = 3
/** What is at least as sure is saved without a question in the mode `auto`. */
const SURE = 0.8

interface Input {
  readonly captureId: string
  readonly userId: string
  readonly workspaceId: string
}

/** Splits a thought that waits for it; one that does not is left alone, so it may run again. */
export async function run(job: JobCtx, input: Input, signal: AbortSignal): Promise<void> {
  const { captureId, userId } = input
  const ctx = onBehalfOf(job, input)
  const [waiting] = await planner.one(ctx, (db) => captureById(db, captureId))
  if (waiting?.state !== 'splitting') return
  // Before anything is held.
  const proposal = await proposalOf(ctx, waiting, signal)
  await planner.write(ctx, async (tx) => {
    const row = await lockedCapture(tx, userId, captureId).executeTakeFirst()
    if (row?.state !== 'splitting' || row.deletedAt !== null) return
    const sure = proposal.tasks.flatMap(({ confidence, fields }, from) =>
      confidence >= SURE && fields.every((field) => field.confidence >= SURE / 2) ? [{ from }] : [],
    )
    if (row.mode !== 'auto' || sure.length === 0) {
      await updateCapture(tx, captureId, { proposal, state: stateOf(proposal) }, ctx.clock.now())
      return
    }
    // What is not sure stays to be looked at, and the task of the inbox with it.
    const isAll = sure.length === proposal.tasks.length
    await saveChosen(tx, ctx, { ...row, proposal }, { tasks: sure, isAll })
  })
}

const stateOf = ({ questions }: Proposal): CaptureState => (questions.length > 0 ? 'clarifying' : 'split')

async function proposalOf(
  ctx: Ctx,
  row: {
    readonly id: string
    readonly text: string
    readonly mode: string
    readonly timeZone: string
    readonly locale: string
    readonly createdAt: Date
  },
  signal: AbortSignal,
): Promise<Proposal> {
  const moment = { timeZone: row.timeZone, locale: row.locale, now: row.createdAt }
  const byModel = await splitByModel(ctx, row, moment, signal)
  const { tasks, rest } = byModel ?? splitDump(row.text, moment)
  const sum = tasks.reduce((all, { confidence }) => all + confidence, 0)
  return {
    path: byModel === null ? 'rules' : 'model',
    confidence: tasks.length === 0 ? 0.5 : Math.round((sum / tasks.length) * 100) / 100,
    tasks: tasks.map((task) => ({ ...task, fields: [...task.fields], dropped: false, taskId: null })),
    rest: [...rest],
    questions:
      row.mode === 'clarify'
        ? questionsAbout(tasks, moment, QUESTIONS_MAX).map((each) => ({ ...each, suggestions: [...each.suggestions] }))
        : [],
  }
}
