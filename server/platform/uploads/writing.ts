import type { IncomingMessage } from 'node:http'
import { invariant } from '#kernel/assert.ts'
import { monotonicMs } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import type { Ctx } from '../context.ts'
import { Unavailable } from '../http/problems.ts'
import { type Draft, ObjectNotFound, StorageFull } from '../storage/storage.ts'
import type { BodyDigest } from './body-digest.ts'
import type { EarlyBody } from './early-body.ts'
import type { Checksum } from './headers.ts'
import { storageKeyOf } from './ids.ts'
import { intend } from './intents.ts'
import type { HeldUpload } from './kept.ts'
import { parseMetadata } from './metadata.ts'
import { ChecksumMismatch, UploadGone, UploadLocked, UploadTimeout, UploadTooLarge } from './problems.ts'
import type { PurposedUpload } from './purposes.ts'
import { type Completion, type UploadRow, type UploadTx, advanceUpload, completeUpload, uploadsDb } from './queries.ts'
import { Reception, type ReceptionEnd } from './reception.ts'
import { sessionKey } from './sessions.ts'
import type { Uploads } from './uploads.ts'

export interface RequestBody {
  readonly source: IncomingMessage
  /** What has been taken from the source already; null when nothing has. */
  readonly early: EarlyBody | null
  /** Hashes the body, and has hashed what was taken early; null when there is no checksum. */
  readonly digest: BodyDigest | null
  /** As declared; null when it is not known before the end. */
  readonly sizeBytes: number | null
}

/** What one request wants to write. */
export interface WriteRequest {
  /** The request's body, or null when it only declares a length. */
  readonly body: RequestBody | null
  readonly checksum: Checksum | null
  /** The length of the whole upload as known with this request; null while it is not. */
  readonly lengthBytes: number | null
}

/** A row as its purpose sees it. */
export function purposedUpload(row: UploadRow): PurposedUpload {
  const { id, workspaceId, userId, purpose, lengthBytes } = row
  if (purpose === null) throw new Error('A part of a concatenation has no purpose')
  return {
    id,
    workspaceId,
    userId,
    purpose,
    lengthBytes,
    metadata: parseMetadata(row.metadata),
    storageKey: storageKeyOf(id),
  }
}

/** An upload whose lease the caller has taken; with its file when that is open already. */
export type ClaimedUpload = Omit<HeldUpload, 'draft'> & { readonly draft: Draft | null }

/**
 * Writes a request's bytes behind the offset of a claimed upload, and moves the offset once they are durable (an intent
 * counts from then on, too): what is acknowledged is on the disk. The lease is given back in every case, or kept for the next request (see KeptUploads).
 * With a checksum it is all or nothing; without, what arrived before an interruption is kept.
 * @returns the row after it
 * @throws UploadTooLarge before a byte is stored when the size is known, else with the offset where it was
 * @throws ChecksumMismatch, StorageFull with the offset where it was
 * @throws UploadTimeout when the client was too slow or went away
 * @throws UploadLocked when another request took over
 */
export async function writeBody(
  ctx: Ctx,
  uploads: Uploads,
  claimed: ClaimedUpload,
  request: WriteRequest,
): Promise<UploadRow> {
  const { row, lease } = claimed
  await using opened = new AsyncDisposableStack()
  if (claimed.draft !== null) opened.use(claimed.draft)
  try {
    const limitBytes = (request.lengthBytes ?? row.maxBytes) - row.offsetBytes
    const sizeBytes = request.body?.sizeBytes ?? 0
    if (sizeBytes > limitBytes) throw UploadTooLarge({ detail: `At most ${limitBytes} bytes can follow` })
    const freeBytes = request.body === null ? null : await ctx.storage.freeBytes()
    if (freeBytes !== null && sizeBytes > freeBytes) throw StorageFull()
    const draft = await draftOf(ctx, claimed, opened)
    const writing = { ctx, uploads, row, lease, draft, opened, wasKept: claimed.draft !== null }
    if (request.body === null) return await commit(writing, row.offsetBytes, request.lengthBytes)
    return await receive(writing, limitBytes, { ...request, body: request.body })
  } catch (error) {
    await lease.release()
    throw error
  }
}

/** A request at its work. */
interface Writing extends HeldUpload {
  readonly ctx: Ctx
  readonly uploads: Uploads
  /** It was held from the request before, and nobody else has it open. */
  readonly wasKept: boolean
  /** Closes the file at the end; emptied when the upload is kept with its file. */
  readonly opened: AsyncDisposableStack
}

/** Opens the file, when it is not open yet. @throws UploadGone when acknowledged bytes are not there any more: writing on would leave a hole */
async function draftOf(ctx: Ctx, { row, draft: open }: ClaimedUpload, opened: AsyncDisposableStack): Promise<Draft> {
  try {
    const draft =
      open ??
      opened.use(
        await ctx.storage.openDraft(storageKeyOf(row.id), {
          create: row.offsetBytes === 0,
          expectedBytes: row.lengthBytes ?? row.maxBytes,
        }),
      )
    if ((await draft.size()) >= row.offsetBytes) return draft
  } catch (error) {
    if (!isProblem(error, ObjectNotFound)) throw error
  }
  throw UploadGone({ detail: 'Bytes of the upload are lost' })
}

async function receive(
  writing: Writing,
  limitBytes: number,
  request: WriteRequest & { readonly body: RequestBody },
): Promise<UploadRow> {
  const { ctx, uploads, row, lease, draft, wasKept } = writing
  const { progressWindowMs, minProgressBytes } = uploads.settings
  const { checksum, body } = request
  const reception = new Reception(body.source, draft, {
    early: body.early,
    offset: row.offsetBytes,
    limitBytes,
    digest: body.digest,
    progress: { windowMs: progressWindowMs, minBytes: minProgressBytes },
    mayWrite: () => lease.held,
  })
  const intent = reception.arrived.then((all) =>
    all && wasKept ? intend(ctx, uploads, writing, { ...request, sizeBytes: body.sizeBytes }) : null,
  )
  const stop = (): void => reception.stop()
  let keptBytes = row.offsetBytes
  let isWhole = false
  const checkpoint = async (): Promise<number | null> => {
    if (checksum !== null) return null
    keptBytes = await reception.flush()
    return keptBytes
  }
  const [end, moved] = await uploads.sessions.run(sessionKey(row), row.offsetBytes, stop, async () => {
    try {
      const ended = await lease.keep(checkpoint, stop, () => reception.run())
      await bothOf(demandWhole(uploads, ended, body.digest, checksum), draft.sync())
      isWhole = true
      const intended = await intent
      if (intended === null) return [ended, await commit(writing, reception.writtenTo, request.lengthBytes)] as const
      invariant(reception.writtenTo === intended.offsetBytes, `a chunk of ${row.id} has its declared size`)
      return [ended, await acknowledge(writing, intended)] as const
    } catch (error) {
      await intent
      // Bytes behind the offset are nobody's; on a full disk they are also in the way. Whoever lost the lease leaves
      // them alone: they may be another's by now. And whole ones may count: of a commit that failed nobody knows.
      const lost = isProblem(error, UploadLocked) || isProblem(error, UploadTimeout)
      if (!isWhole && !lost && lease.held) await draft.truncate(keptBytes)
      // Before the session ends: whoever takes over finds the upload free.
      await lease.release()
      throw error
    }
  })
  refuseInterrupted(uploads, end)
  return moved
}

/** Throws when nothing of what came may be kept. */
async function demandWhole(
  uploads: Uploads,
  end: ReceptionEnd,
  digest: BodyDigest | null,
  checksum: Checksum | null,
): Promise<void> {
  if (end === 'too-long') throw UploadTooLarge({ detail: 'The body is longer than the upload' })
  if (digest === null || checksum === null) return
  refuseInterrupted(uploads, end)
  if (!checksum.digest.equals(await digest.result())) throw ChecksumMismatch()
}

function refuseInterrupted(uploads: Uploads, end: ReceptionEnd): void {
  if (end === 'vanished') throw UploadTimeout({ detail: 'The connection ended before the body' })
  if (end === 'too-slow') throw UploadTimeout({ headers: { Connection: 'close' } })
  if (end === 'stopped' && uploads.isStopping)
    throw Unavailable({ detail: 'The server is stopping.', headers: { 'Retry-After': '2' } })
  if (end === 'stopped') throw UploadLocked({ detail: 'Another request took over', headers: { 'Retry-After': '1' } })
}

/** Waits until both have ended, then throws what the first or else the second threw. */
async function bothOf(first: Promise<void>, second: Promise<void>): Promise<void> {
  for (const ended of await Promise.allSettled([first, second])) if (ended.status === 'rejected') throw ended.reason
}

/** Moves the offset over bytes that are durable; with the last one the upload is complete and its purpose hears of it. */
async function commit(writing: Writing, offsetBytes: number, lengthBytes: number | null): Promise<UploadRow> {
  const { ctx, uploads, row, lease, draft } = writing
  if (!lease.held) throw UploadLocked({ headers: { 'Retry-After': '1' } })
  if (offsetBytes === lengthBytes) await draft.seal(lengthBytes)
  const { expiresAfterMs, leaseMs } = uploads.settings
  const isKept = offsetBytes !== lengthBytes && uploads.kept.hasRoom
  const advance = { token: lease.token, offsetBytes, lengthBytes, expiresAfterMs, keptLeaseMs: isKept ? leaseMs : null }
  const askedAtMs = monotonicMs()
  const moved =
    offsetBytes === lengthBytes && row.purpose !== null
      ? await complete(writing, { ...advance, lengthBytes })
      : await advanceUpload(ctx, row.id, advance)
  if (moved === undefined)
    throw UploadLocked({ detail: 'The upload went to another request', headers: { 'Retry-After': '1' } })
  lease.standsAtBytes = null
  if (isKept) {
    lease.renewed(askedAtMs)
    keep(writing, moved)
  }
  return moved
}

/** Has the upload stand where its intent said it would: the bytes are durable, and so is the intent. */
async function acknowledge(writing: Writing, moved: UploadRow): Promise<UploadRow> {
  const { uploads, lease } = writing
  if (!lease.held) throw UploadLocked({ headers: { 'Retry-After': '1' } })
  lease.standsAtBytes = moved.offsetBytes
  if (uploads.kept.hasRoom) keep(writing, moved)
  else await lease.release()
  return moved
}

function keep({ uploads, lease, draft, opened }: Writing, row: UploadRow): void {
  opened.move()
  uploads.kept.keep(sessionKey(row), { row, lease, draft })
}

async function complete({ ctx, uploads, row }: Writing, done: Completion): Promise<UploadRow | undefined> {
  return uploadsDb.write(ctx, async (tx) => {
    const completed = await completeUpload(tx, row.id, done)
    if (completed !== undefined) await announceComplete(tx, uploads, completed)
    return completed
  })
}

/** Tells the purpose of an upload that it is complete; a part of a concatenation has none. */
export async function announceComplete(tx: UploadTx, uploads: Uploads, row: UploadRow): Promise<void> {
  if (row.purpose !== null) await uploads.purposes.named(row.purpose).onComplete(tx, purposedUpload(row))
}
