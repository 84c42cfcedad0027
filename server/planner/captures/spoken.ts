import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import type { PlannerTx } from '../door.ts'
import { addTasks, removeTask } from '../tasks/service.ts'
import { splitCaptureJob } from './jobs.ts'
import { captureById, deleteCaptureForGood, insertCapture, untouchedTaskOf, updateCapture } from './queries.ts'
import { type CaptureMode, TEXT_LENGTH_MAX } from './schema.ts'
import { titleOf } from './title.ts'

const UNNAMED = 'Recording'

/** Writes a thought that has no words yet; returns its id. */
export async function beginSpoken(
  tx: PlannerTx,
  said: {
    readonly userId: string
    readonly workspaceId: string
    readonly mode: CaptureMode
    readonly timeZone: string
    readonly locale: string
  },
): Promise<string> {
  const id = newId<'Capture'>()
  await insertCapture(tx, { ...said, id, text: '', state: 'kept' })
  return id
}

/** The thought never came to be: nothing of it stays. */
export const giveUpSpoken = (tx: PlannerTx, id: string): Promise<void> => deleteCaptureForGood(tx, id)

/** Puts a thought without words into the inbox by its name, once. */
export async function putInInbox(tx: PlannerTx, ctx: Ctx, captureId: string, name: string | null): Promise<void> {
  const { taskIds } = await captureById(tx, captureId).executeTakeFirstOrThrow()
  if (taskIds.length > 0) return
  const title = name ?? UNNAMED
  await addTasks(tx, ctx, [{ captureId, title, notes: 'A recording without words yet: listen to it.' }])
}

/**
 * Gives a thought the words that were heard: it is in the inbox and is split like one that was typed. Of a recording longer
 * than a thought may be, the words beyond stay with the recording.
 */
export async function giveWords(tx: PlannerTx, ctx: Ctx, captureId: string, words: string): Promise<void> {
  const { userId, workspaceId } = await captureById(tx, captureId).executeTakeFirstOrThrow()
  const text = words.length <= TEXT_LENGTH_MAX ? words : words.slice(0, TEXT_LENGTH_MAX).replace(/\S*$/, '')
  const before = await untouchedTaskOf(tx, captureId, []).executeTakeFirst()
  await addTasks(tx, ctx, [{ captureId, title: titleOf(text) ?? UNNAMED, notes: text }])
  if (before !== undefined) await removeTask(tx, ctx, before.id)
  await updateCapture(tx, captureId, { text, state: 'splitting' }, ctx.clock.now())
  if (workspaceId !== null) await enqueue(tx, splitCaptureJob, { captureId, userId, workspaceId })
}
