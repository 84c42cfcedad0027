import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf } from '#platform/http/etag.ts'
import { InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { addTasks } from '../tasks/service.ts'
import { captureById, insertCapture } from './queries.ts'
import type { Capture, NewCapture } from './schema.ts'
import { titleOf } from './title.ts'

export const CaptureNotFound = problem('planner/capture-not-found', 404, 'There is no such capture')

/**
 * Keeps a thought and puts it into the inbox of the workspace as a task, both or neither. The thought itself stays the
 * person's own: nobody else can read it, whatever their role.
 * @throws InvalidInput when nothing in the text can be seen
 */
export async function capture(ctx: Ctx, { text }: NewCapture): Promise<Capture> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const { userId } = ctx.actor
  const title = titleOf(text)
  if (title === null) throw InvalidInput({ errors: [{ pointer: '/text', detail: 'must hold something to read' }] })
  const [id, taskId] = [newId<'Capture'>(), newId<'Task'>()]
  return planner.write(ctx, async (tx) => {
    const createdAt = await insertCapture(tx, { id, userId, text })
    await addTasks(tx, ctx, [{ id: taskId, captureId: id, title, notes: text }])
    return { id, text, taskId, createdAt: createdAt.toISOString() }
  })
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
  if (row === undefined || row.userId !== actor.userId) return null
  const { text, taskId, createdAt, version } = row
  return {
    capture: { id, text, taskId, createdAt: createdAt.toISOString() },
    etag: etagOf(id, version, taskId ?? ''),
  }
}
