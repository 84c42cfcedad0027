import type { IncomingHttpHeaders } from 'node:http'
import { invariant } from '#kernel/assert.ts'
import { monotonicMs } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '../context.ts'
import { StorageFull } from '../storage/storage.ts'
import { bodyOf } from './headers.ts'
import { storageKeyOf } from './ids.ts'
import { type Lease, leaseOf } from './lease.ts'
import type { UploadMetadata } from './metadata.ts'
import { BadConcatenation, UploadGone, UploadLocked, UploadNotFound, UploadTooLarge } from './problems.ts'
import {
  type UploadRow,
  type UploadStanding,
  completeUpload,
  deleteParts,
  insertUpload,
  lockUploads,
  takeParts,
  uploadsDb,
} from './queries.ts'
import { sessionKey } from './sessions.ts'
import type { Uploads } from './uploads.ts'
import { announceComplete, purposedUpload } from './writing.ts'

/** A final upload whose parts are taken and that its maker holds the lease of. */
export interface TakenParts {
  readonly row: UploadRow
  readonly lease: Lease
  readonly resourceHeader: readonly [string, string] | null
}

/**
 * Makes a final upload of complete parts (tus concatenation) and the row of its purpose, in one transaction that also
 * takes the parts: none can be used twice, terminated or expire from then on.
 * @throws BadConcatenation when a part is not complete, no part, or already taken, or the request carries a length or bytes
 * @throws UploadNotFound, UploadGone, UploadTooLarge, StorageFull
 */
export async function createFinalUpload(
  ctx: Ctx,
  uploads: Uploads,
  headers: IncomingHttpHeaders,
  metadata: UploadMetadata,
  partIds: readonly string[],
): Promise<TakenParts> {
  invariant(ctx.actor.kind === 'user', 'an upload is made by a person')
  const { userId, workspaceId } = ctx.actor
  if (
    headers['upload-length'] !== undefined ||
    headers['upload-defer-length'] !== undefined ||
    bodyOf(headers) !== null
  ) {
    throw BadConcatenation({ detail: 'A final upload has the length of its parts and no bytes of its own' })
  }
  const purpose = uploads.purposes.wanted(metadata)
  const quotaBytes = await uploads.quota(ctx, purpose.name)
  const freeBytes = await ctx.storage.freeBytes()
  const maxBytes = Math.max(0, Math.min(uploads.maxBytes, purpose.maxBytes, quotaBytes ?? Infinity))
  const { expiresAfterMs, leaseMs } = uploads.settings
  const [id, token, takenAtMs] = [newId(), newId(), monotonicMs()]
  return uploadsDb.write(ctx, async (tx) => {
    const parts = await lockUploads(tx, partIds)
    if (parts.length < partIds.length) throw UploadNotFound({ detail: 'A part does not exist' })
    for (const part of parts) demandFreePart(part)
    const lengthBytes = parts.reduce((sum, part) => sum + part.offsetBytes, 0)
    if (lengthBytes > maxBytes) throw UploadTooLarge({ detail: `At most ${maxBytes} bytes`, maxBytes })
    if (freeBytes !== null && lengthBytes > freeBytes) throw StorageFull()
    const row = await insertUpload(tx, {
      ...{ id, userId, workspaceId, lengthBytes, maxBytes, expiresAfterMs },
      kind: 'final',
      purpose: purpose.name,
      state: 'assembling',
      metadata: headers['upload-metadata']?.toString() ?? '',
      partIds: [...partIds],
      lease: { token, ms: leaseMs },
    })
    await takeParts(tx, partIds, id)
    const { resourceHeader = null } = await purpose.onCreate(tx, ctx, purposedUpload(row))
    return { row, resourceHeader, lease: leaseOf(ctx, uploads, id, token, takenAtMs) }
  })
}

function demandFreePart(part: UploadStanding): void {
  if (part.kind !== 'partial')
    throw BadConcatenation({ detail: `${part.id} was not created with Upload-Concat: partial` })
  if (part.finalId !== null) throw BadConcatenation({ detail: `${part.id} is part of another upload` })
  if (part.expired) throw UploadGone({ detail: `${part.id} has expired` })
  if (part.state !== 'complete') throw BadConcatenation({ detail: `${part.id} is not complete` })
}

/**
 * Writes the parts of a final upload one after another and makes it complete; the parts are gone then. Begins anew when an
 * earlier try was cut short.
 * @throws UploadLocked when the lease was lost on the way: another carries on
 * @throws StorageFull
 */
export async function assembleUpload(ctx: Ctx, uploads: Uploads, row: UploadRow, lease: Lease): Promise<UploadRow> {
  let stopped = false
  const stop = (): void => {
    stopped = true
  }
  const mayGoOn = (): boolean => !stopped && lease.held
  try {
    return await uploads.sessions.run(sessionKey(row), row.offsetBytes, stop, async () => {
      const lengthBytes = await lease.keep(
        () => Promise.resolve(null),
        stop,
        () => copyParts(ctx, row, mayGoOn),
      )
      return finish(ctx, uploads, row, lease, lengthBytes)
    })
  } catch (error) {
    await lease.release()
    throw error
  }
}

async function copyParts(ctx: Ctx, row: UploadRow, mayGoOn: () => boolean): Promise<number> {
  const expectedBytes = row.lengthBytes ?? row.maxBytes
  await using draft = await ctx.storage.openDraft(storageKeyOf(row.id), { create: true, expectedBytes })
  const demandLease = (): void => {
    if (!mayGoOn()) throw UploadLocked({ detail: 'Another process carries on', headers: { 'Retry-After': '1' } })
  }
  let offset = 0
  for (const partId of row.partIds ?? []) offset = await draft.append(storageKeyOf(partId), offset, demandLease)
  invariant(offset === row.lengthBytes, `parts of ${row.id} have ${offset} bytes`)
  await draft.seal(offset)
  return offset
}

async function finish(
  ctx: Ctx,
  uploads: Uploads,
  row: UploadRow,
  lease: Lease,
  lengthBytes: number,
): Promise<UploadRow> {
  const { expiresAfterMs } = uploads.settings
  const done = await uploadsDb.write(ctx, async (tx) => {
    const moved = await completeUpload(tx, row.id, { token: lease.token, lengthBytes, expiresAfterMs })
    if (moved === undefined) return null
    const partIds = await deleteParts(tx, row.id)
    await announceComplete(tx, uploads, moved)
    return { moved, partIds }
  })
  if (done === null) throw UploadLocked({ detail: 'Another process carries on', headers: { 'Retry-After': '1' } })
  await ctx.storage.delete(done.partIds.map(storageKeyOf))
  return done.moved
}
