import type { Readable } from 'node:stream'
import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { contentRange, parseRange } from '#platform/storage/range.ts'
import { planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { hearRecordingJob } from './jobs.ts'
import { type RecordingRow, lockedRecording, recordingById, updateRecording } from './queries.ts'
import type { Recording } from './schema.ts'

export const RecordingNotFound = problem('planner/recording-not-found', 404, 'There is no such recording')
export const RecordingNotKept = problem('planner/recording-not-kept', 409, 'The recording does not wait for words')
export const RecordingRange = problem('planner/range-not-satisfiable', 416, 'The range lies outside of the file')

/**
 * The recording of a thought of one's own.
 * @throws RecordingNotFound also for those of others, and for a thought that was typed
 */
export async function ownRecording(ctx: Ctx, id: string): Promise<Recording> {
  return shown(await found(ctx, id))
}

/**
 * The file of it, or one range of it.
 * @throws RecordingNotFound also while it is being uploaded
 * @throws RecordingRange
 */
export async function recordingFile(
  ctx: Ctx,
  id: string,
  range: string | undefined,
): Promise<{ status: 200 | 206; headers: Record<string, string>; body: Readable }> {
  const { state, storageKey, mediaType, sizeBytes } = await found(ctx, id)
  if (state === 'uploading' || sizeBytes === null) throw RecordingNotFound({ detail: `Recording ${id} is not whole.` })
  const size = sizeBytes
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    // Bytes of a stranger to this house are never taken for a page.
    'Content-Disposition': `${mediaType === null ? 'attachment' : 'inline'}; filename="recording"`,
    'Content-Type': mediaType ?? 'application/octet-stream',
  }
  const asked = parseRange(range, size)
  if (asked.kind === 'unsatisfiable') throw RecordingRange({ headers: { 'Content-Range': `bytes */${size}` } })
  if (asked.kind === 'whole') {
    return {
      status: 200,
      headers: { ...headers, 'Content-Length': `${size}` },
      body: await ctx.storage.read(storageKey),
    }
  }
  const { start, end } = asked.range
  const told = { 'Content-Range': contentRange(asked.range, size), 'Content-Length': `${end - start + 1}` }
  return { status: 206, headers: { ...headers, ...told }, body: await ctx.storage.read(storageKey, asked.range) }
}

/**
 * Has a kept recording listened to again, such as after a provider was connected.
 * @throws RecordingNotFound
 * @throws RecordingNotKept when it has its words, or is being listened to
 */
export function hearAgain(ctx: Ctx, id: string): Promise<Recording> {
  const { userId } = personOf(ctx)
  return planner.write(ctx, async (tx) => {
    const row = await lockedRecording(tx, userId, id).executeTakeFirst()
    if (row === undefined) throw RecordingNotFound({ detail: `No recording ${id} is yours.` })
    if (row.state !== 'kept') throw RecordingNotKept({ detail: `It is ${row.state}.` })
    await updateRecording(tx, id, { state: 'listening', reason: null }, ctx.clock.now())
    await enqueue(tx, hearRecordingJob, { captureId: id, userId, workspaceId: row.workspaceId })
    return shown({ ...row, state: 'listening', reason: null })
  })
}

async function found(ctx: Ctx, id: string): Promise<RecordingRow> {
  const { userId } = personOf(ctx)
  const [row] = await planner.one(ctx, (db) => recordingById(db, userId, id))
  if (row === undefined) throw RecordingNotFound({ detail: `No recording ${id} is yours.` })
  return row
}

function shown(row: RecordingRow): Recording {
  const { id, title, state, reason, mediaType, sizeBytes, durationMs, transcript, createdAt } = row
  return {
    ...{ captureId: id, title, state, reason, mediaType, durationMs, transcript },
    sizeBytes,
    createdAt: createdAt.toISOString(),
  }
}
