import { DAY_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { isTimeZone } from '#kernel/time-zone.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { type PlannerTx, planner } from '../door.ts'
import { addTasks, personOf } from '../tasks/service.ts'
import { splitCaptureJob } from './jobs.ts'
import { type CaptureRow, captureById, capturesOf, insertCapture, lockedCapture, updateCapture } from './queries.ts'
import { CaptureNotSplit, saveChosen } from './saving.ts'
import type { Capture, CaptureAnswers, CaptureBriefly, CaptureQuery, CaptureSave, NewCapture } from './schema.ts'
import { titleOf } from './title.ts'

export { CaptureNotSplit } from './saving.ts'

export const CaptureNotFound = problem('planner/capture-not-found', 404, 'There is no such capture')

/** What is longer, or has more than one line, is split without being asked. */
const ONE_TASK_LENGTH_MAX = 120
const RESTORABLE_MS = 30 * DAY_MS

/**
 * Keeps a thought and puts it into the inbox of the workspace as a task, both or neither. The thought itself stays the
 * person's own: nobody else can read it, whatever their role. Where it is to be split, that is done by a job which exists
 * when the thought does.
 * @throws InvalidInput when nothing in the text can be seen, or there is no such time zone
 */
export async function capture(ctx: Ctx, wish: NewCapture): Promise<Capture> {
  const { userId, workspaceId } = personOf(ctx)
  const { text, timeZone = 'UTC', locale = 'en' } = wish
  const title = titleOf(text)
  if (title === null) throw InvalidInput({ errors: [{ pointer: '/text', detail: 'must hold something to read' }] })
  if (!isTimeZone(timeZone)) throw InvalidInput({ errors: [{ pointer: '/timeZone', detail: 'is no IANA time zone' }] })
  const isDump = text.trim().length > ONE_TASK_LENGTH_MAX || /\S\s*[\r\n\u2028\u2029]\s*\S/.test(text)
  const state = wish.mode !== undefined || isDump ? 'splitting' : 'kept'
  const mode = wish.mode ?? 'manual'
  const [id, taskId] = [newId<'Capture'>(), newId<'Task'>()]
  return planner.write(ctx, async (tx) => {
    const createdAt = await insertCapture(tx, { ...{ id, userId, workspaceId, text, mode, state }, timeZone, locale })
    await addTasks(tx, ctx, [{ id: taskId, captureId: id, title, notes: text }])
    if (state === 'splitting') await enqueue(tx, splitCaptureJob, { captureId: id, userId, workspaceId })
    return { id, text, taskId, taskIds: [taskId], mode, state, createdAt: createdAt.toISOString(), proposal: null }
  })
}

/** One's own thoughts of all workspaces, newest first. */
export async function capturesOfPerson(ctx: Ctx, query: CaptureQuery): Promise<Page<CaptureBriefly>> {
  const { userId } = personOf(ctx)
  const { limit = 20, cursor, ...filter } = query
  const asked = { ...filter, after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => capturesOf(db, userId, asked)), limit)
  return { items: page.items.map(briefly), nextCursor: page.nextCursor }
}

/**
 * A thought of one's own, with the tag of its state.
 * @throws CaptureNotFound also for those of others
 */
export async function captureWithTag(ctx: Ctx, id: string): Promise<{ capture: Capture; etag: string }> {
  const row = await ownCapture(ctx, id)
  if (row === null) throw CaptureNotFound({ detail: `No capture ${id} is yours.` })
  return row
}

/** The thought, or null when it is not there or somebody else's. */
export async function ownCapture(ctx: Ctx, id: string): Promise<{ capture: Capture; etag: string } | null> {
  const { actor } = ctx
  if (actor.kind !== 'user') return null
  const [row] = await planner.one(ctx, (db) => captureById(db, id))
  // Row-level security says the same; that it is the person's own is not left to one guard alone.
  return row === undefined || row.userId !== actor.userId ? null : tagged(row)
}

/**
 * Takes answers to questions about a thought. Without any left it is ready to be saved.
 * @throws CaptureNotFound
 * @throws CaptureNotSplit also where it is saved already
 * @throws InvalidInput with every answer that is none; nothing is taken then
 */
export async function answerCapture(ctx: Ctx, id: string, { answers }: CaptureAnswers): Promise<Capture> {
  // The readers of dates are large, and most requests need none.
  const { answered } = await import('./answers.ts')
  return planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id)
    if (row.proposal === null || row.state === 'saved') throw CaptureNotSplit({ detail: `It is ${row.state}.` })
    const moment = { timeZone: row.timeZone, locale: row.locale, now: ctx.clock.now() }
    const { proposal, faults } = answered(row.proposal, answers, moment)
    if (faults.length > 0) throw InvalidInput({ errors: [...faults] })
    const state = proposal.questions.length > 0 ? 'clarifying' : 'split'
    await updateCapture(tx, id, { proposal, state }, ctx.clock.now())
    return reread(tx, id)
  })
}

/**
 * Makes the chosen tasks of a thought, or all that were found, and takes its task out of the inbox where nobody has touched
 * it. Once for all times: of a thought that is saved the answer tells what was made.
 * @throws CaptureNotFound, CaptureNotSplit
 * @throws InvalidInput with what is wrong with each of the chosen
 */
export function saveCapture(ctx: Ctx, id: string, { tasks }: CaptureSave): Promise<Capture> {
  return planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id)
    if (row.state !== 'saved') {
      const all = row.proposal?.tasks.flatMap(({ dropped }, from) => (dropped ? [] : [{ from }])) ?? []
      await saveChosen(tx, ctx, row, { tasks: tasks ?? all, isAll: true })
    }
    return reread(tx, id)
  })
}

/**
 * Takes a thought out of sight; its tasks stay. It can be restored for 30 days.
 * @throws CaptureNotFound
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export async function deleteCapture(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id)
    requireMatch(ifMatch, etagOf(id, row.version))
    const now = ctx.clock.now()
    await updateCapture(tx, id, { deletedAt: now }, now)
  })
}

/**
 * Puts a thought back.
 * @throws CaptureNotFound also for one that is there, or was deleted longer ago than 30 days
 */
export function restoreCapture(ctx: Ctx, id: string): Promise<Capture> {
  return planner.write(ctx, async (tx) => {
    const [row, now] = [await lockedCapture(tx, personOf(ctx).userId, id).executeTakeFirst(), ctx.clock.now()]
    const deletedAt = row?.deletedAt ?? null
    if (row === undefined || deletedAt === null || now.getTime() - deletedAt.getTime() > RESTORABLE_MS)
      throw CaptureNotFound({ detail: `No capture ${id} is here for you to restore.` })
    await updateCapture(tx, id, { deletedAt: null }, now)
    // One that was deleted while its job ran was left as it was.
    if (row.state === 'splitting' && row.workspaceId !== null) {
      await enqueue(tx, splitCaptureJob, { captureId: id, userId: row.userId, workspaceId: row.workspaceId })
    }
    return reread(tx, id)
  })
}

async function held(tx: PlannerTx, ctx: Ctx, id: string): Promise<CaptureRow> {
  const row = await lockedCapture(tx, personOf(ctx).userId, id).executeTakeFirst()
  if (row === undefined || row.deletedAt !== null) throw CaptureNotFound({ detail: `No capture ${id} is yours.` })
  return row
}

const reread = async (tx: PlannerTx, id: string): Promise<Capture> =>
  tagged(await captureById(tx, id).executeTakeFirstOrThrow()).capture

function briefly({ id, text, taskIds, mode, state, createdAt }: CaptureRow): CaptureBriefly {
  return { id, text, taskId: taskIds[0] ?? null, taskIds, mode, state, createdAt: createdAt.toISOString() }
}

function tagged(row: CaptureRow): { capture: Capture; etag: string } {
  return {
    capture: { ...briefly(row), proposal: row.proposal },
    etag: etagOf(row.id, row.version, row.taskIds.join(' ')),
  }
}
