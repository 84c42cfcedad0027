import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { invariant } from '#kernel/assert.ts'
import { monotonicMs } from '#kernel/clock.ts'
import type { Problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '../context.ts'
import { StorageFull } from '../storage/storage.ts'
import { assembleUpload, createFinalUpload } from './concatenation.ts'
import { bodyDigest } from './body-digest.ts'
import { EarlyBody } from './early-body.ts'
import {
  bodyOf,
  checksumOf,
  concatOf,
  declaredLengthOf,
  demandOffsetContentType,
  lengthOf,
  offsetOf,
} from './headers.ts'
import { isLowerUuid, storageKeyOf } from './ids.ts'
import { settledUploadOf } from './intents.ts'
import { leaseOf } from './lease.ts'
import { type UploadMetadata, parseMetadata } from './metadata.ts'
import {
  BadUploadHeader,
  ConcatenatedUpload,
  UploadComplete,
  UploadGone,
  UploadLocked,
  UploadNotFound,
  UploadTooLarge,
  WrongOffset,
} from './problems.ts'
import {
  type LeaseClaim,
  type UploadRow,
  type UploadStanding,
  askForLease,
  claimLease,
  deleteUpload,
  insertUpload,
  lockUpload,
  uploadsDb,
} from './queries.ts'
import { sessionKey } from './sessions.ts'
import type { Uploads } from './uploads.ts'
import { type ClaimedUpload, announceComplete, purposedUpload, writeBody } from './writing.ts'

/** A tus request: its headers say what is asked, its body holds the bytes. */
export interface TusRequest {
  readonly headers: IncomingHttpHeaders
  readonly source: IncomingMessage
}

export interface CreatedUpload {
  readonly row: UploadRow
  /** What the purpose wants the client to know: the id of the row that was made. */
  readonly resourceHeader: readonly [string, string] | null
}

/** The path of the collection; an upload is below it. */
export const UPLOADS_PATH = '/api/v1/uploads'

/** Who acts. Routes ask for a permission, which only people have. */
export function personOf(ctx: Ctx): UserActor {
  invariant(ctx.actor.kind === 'user', 'an upload is made by a person')
  return ctx.actor
}

/**
 * Creates an upload (tus creation, creation-with-upload, creation-defer-length, concatenation) and the row of its purpose
 * in one transaction, then stores the bytes that came with the request. When those fail the upload is removed again: the
 * client has not been told where it is.
 * @throws every problem of the headers, UploadTooLarge, StorageFull, and what the purpose throws
 */
export async function createUpload(ctx: Ctx, uploads: Uploads, request: TusRequest): Promise<CreatedUpload> {
  const { headers } = request
  const metadata = parseMetadata(headers['upload-metadata']?.toString())
  const concat = concatOf(headers, UPLOADS_PATH)
  if (concat.kind === 'final') {
    const created = await createFinalUpload(ctx, uploads, headers, metadata, concat.partIds)
    return { ...created, row: await assembleUpload(ctx, uploads, created.row, created.lease) }
  }
  const checksum = checksumOf(headers)
  const body = bodyOf(headers)
  const wanted = await admit(ctx, uploads, concat.kind, metadata, headers)
  if (body !== null && (body.sizeBytes ?? 0) > (wanted.lengthBytes ?? wanted.maxBytes)) throw UploadTooLarge()
  const [token, takenAtMs] = [newId(), monotonicMs()]
  const created = await insert(ctx, uploads, wanted, headers, body === null ? null : token)
  if (body === null) return created
  const lease = leaseOf(ctx, uploads, created.row.id, token, takenAtMs)
  using digest = checksum === null ? null : bodyDigest(checksum.algorithm, body.sizeBytes)
  try {
    const written = {
      body: { source: request.source, early: null, digest, ...body },
      checksum,
      lengthBytes: wanted.lengthBytes,
    }
    return { ...created, row: await writeBody(ctx, uploads, { row: created.row, lease, draft: null }, written) }
  } catch (error) {
    await removeUpload(ctx, uploads, created.row.id)
    throw error
  }
}

interface WantedUpload {
  readonly kind: 'whole' | 'partial'
  readonly purpose: string | null
  readonly lengthBytes: number | null
  readonly maxBytes: number
}

/** Decides whether an upload may be made and how large it may be. Stores nothing. */
async function admit(
  ctx: Ctx,
  uploads: Uploads,
  kind: 'whole' | 'partial',
  metadata: UploadMetadata,
  headers: IncomingHttpHeaders,
): Promise<WantedUpload> {
  const lengthBytes = lengthOf(headers)
  const purpose = kind === 'whole' ? uploads.purposes.wanted(metadata) : null
  const quotaBytes = await uploads.quota(ctx, purpose?.name ?? null)
  const maxBytes = Math.max(0, Math.min(uploads.maxBytes, purpose?.maxBytes ?? Infinity, quotaBytes ?? Infinity))
  if (lengthBytes !== null && lengthBytes > maxBytes)
    throw UploadTooLarge({ detail: `At most ${maxBytes} bytes`, maxBytes })
  const freeBytes = await ctx.storage.freeBytes()
  if (lengthBytes !== null && freeBytes !== null && lengthBytes > freeBytes) throw StorageFull()
  return { kind, purpose: purpose?.name ?? null, lengthBytes, maxBytes }
}

async function insert(
  ctx: Ctx,
  uploads: Uploads,
  wanted: WantedUpload,
  headers: IncomingHttpHeaders,
  token: string | null,
): Promise<CreatedUpload> {
  const { userId, workspaceId } = personOf(ctx)
  const { expiresAfterMs, leaseMs } = uploads.settings
  const id = newId()
  const empty = wanted.lengthBytes === 0
  if (empty) await sealEmpty(ctx, id)
  return uploadsDb.write(ctx, async (tx) => {
    const row = await insertUpload(tx, {
      ...wanted,
      ...{ id, userId, workspaceId, expiresAfterMs, partIds: null },
      state: empty ? 'complete' : 'receiving',
      metadata: headers['upload-metadata']?.toString() ?? '',
      lease: token === null || empty ? null : { token, ms: leaseMs },
    })
    if (row.purpose === null) return { row, resourceHeader: null }
    const { resourceHeader = null } = await uploads.purposes.named(row.purpose).onCreate(tx, ctx, purposedUpload(row))
    if (empty) await announceComplete(tx, uploads, row)
    return { row, resourceHeader }
  })
}

async function sealEmpty(ctx: Ctx, id: string): Promise<void> {
  await using draft = await ctx.storage.openDraft(storageKeyOf(id), { create: true })
  await draft.seal(0)
}

/**
 * How an upload stands.
 * @throws UploadNotFound also for another's upload
 * @throws UploadGone
 * @throws StorageUnwritable, StorageUnavailable when only the bytes tell, and they cannot be had
 */
export async function standingOf(ctx: Ctx, uploads: Uploads, id: string): Promise<UploadStanding> {
  const row = isLowerUuid(id) ? await settledUploadOf(ctx, uploads, id) : undefined
  if (row === undefined) throw UploadNotFound()
  if (isOver(row)) throw UploadGone()
  return row
}

/** A finished file stays until it is released; what is unfinished, and parts that nobody put together, expire. */
function isOver(row: UploadStanding): boolean {
  return row.expired && (row.state !== 'complete' || row.kind === 'partial')
}

/**
 * Appends the body of a PATCH at `Upload-Offset`. A writer that is still at work is stopped first, in this process at once
 * and in another by asking for its lease: it is most often the same client's dead connection.
 * @throws UploadNotFound, UploadGone, ConcatenatedUpload, UploadComplete, WrongOffset, UploadLocked, and what `writeBody` throws
 */
export async function appendToUpload(ctx: Ctx, uploads: Uploads, id: string, request: TusRequest): Promise<UploadRow> {
  const { headers } = request
  demandOffsetContentType(headers)
  const offsetBytes = offsetOf(headers)
  const declaredBytes = declaredLengthOf(headers)
  const checksum = checksumOf(headers)
  const body = bodyOf(headers)
  if (!isLowerUuid(id)) throw UploadNotFound()
  // The bytes are on their way already: they are taken in while the database is asked, and kept only if it agrees.
  using digest = body === null || checksum === null ? null : bodyDigest(checksum.algorithm, body.sizeBytes)
  using early = body === null ? null : new EarlyBody(request.source, digest)
  const claimed = await claim(ctx, uploads, id, offsetBytes)
  const { row } = claimed
  const fault = faultOfLength(row, declaredBytes)
  if (fault !== null) {
    await claimed.draft?.[Symbol.asyncDispose]()
    await claimed.lease.release()
    throw fault
  }
  return await writeBody(ctx, uploads, claimed, {
    body: body === null ? null : { source: request.source, early, digest, ...body },
    checksum,
    lengthBytes: row.lengthBytes ?? declaredBytes ?? null,
  })
}

/** Takes the upload from whoever writes to it, if it stands at `offsetBytes`. */
async function claim(ctx: Ctx, uploads: Uploads, id: string, offsetBytes: number): Promise<ClaimedUpload> {
  const key = sessionKey({ userId: personOf(ctx).userId, id })
  await uploads.sessions.takeOver(key)
  const kept = await uploads.kept.take(key, offsetBytes)
  if (kept !== null) return kept
  const [token, takenAtMs] = [newId(), monotonicMs()]
  const { leaseMs, expiresAfterMs } = uploads.settings
  const wanted = { offsetBytes, token, leaseMs, expiresAfterMs }
  const row = (await claimLease(ctx, id, wanted)) ?? (await claimAfterLook(ctx, uploads, id, wanted))
  return { row, lease: leaseOf(ctx, uploads, id, token, takenAtMs), draft: null }
}

function faultOfLength(row: UploadRow, declaredBytes: number | undefined): Problem | null {
  if (declaredBytes === undefined || declaredBytes === row.lengthBytes) return null
  if (row.lengthBytes !== null) return BadUploadHeader({ detail: 'Upload-Length is known and cannot change' })
  if (declaredBytes > row.maxBytes)
    return UploadTooLarge({ detail: `At most ${row.maxBytes} bytes`, maxBytes: row.maxBytes })
  return declaredBytes < row.offsetBytes
    ? BadUploadHeader({ detail: 'Upload-Length is less than what is stored' })
    : null
}

/** Throws why an upload could not be claimed; when the look has settled an intent, or it was given back meanwhile, claims it. */
async function claimAfterLook(ctx: Ctx, uploads: Uploads, id: string, wanted: LeaseClaim): Promise<UploadRow> {
  const row = await standingOf(ctx, uploads, id)
  if (row.kind === 'final') throw ConcatenatedUpload()
  const headers = { 'Upload-Offset': String(row.offsetBytes) }
  if (row.offsetBytes !== wanted.offsetBytes) throw WrongOffset({ detail: `It stands at ${row.offsetBytes}`, headers })
  if (row.state === 'complete') throw UploadComplete({ headers })
  const claimed = row.leased ? undefined : await claimLease(ctx, id, wanted)
  if (claimed !== undefined) return claimed
  await askForLease(ctx, id)
  throw UploadLocked({ headers: { 'Retry-After': '1' } })
}

/**
 * Ends an unfinished upload (tus termination): its bytes, its row and what its purpose made of it go.
 * @throws UploadNotFound
 * @throws UploadComplete: the file belongs to what it was uploaded for, and goes with that
 * @throws UploadLocked when another process writes to it; it is asked to stop
 */
export async function terminateUpload(ctx: Ctx, uploads: Uploads, id: string): Promise<void> {
  if (!isLowerUuid(id)) throw UploadNotFound()
  const key = sessionKey({ userId: personOf(ctx).userId, id })
  await uploads.sessions.takeOver(key)
  await uploads.kept.giveBack(key)
  if (!(await removeUpload(ctx, uploads, id))) throw UploadNotFound()
}

/** Removes an unfinished upload; false when there is none. The bytes go after the commit, and else by garbage collection. */
export async function removeUpload(ctx: Ctx, uploads: Uploads, id: string): Promise<boolean> {
  const removed = await uploadsDb.write(ctx, async (tx) => {
    const row = await lockUpload(tx, id)
    if (row === undefined) return null
    if ((row.state === 'complete' && row.kind !== 'partial') || row.finalId !== null) throw UploadComplete()
    if (row.leased) return 'leased' as const
    if (row.purpose !== null) await uploads.purposes.named(row.purpose).onAbandon(tx, purposedUpload(row))
    return deleteUpload(tx, id)
  })
  if (removed === null) return false
  if (removed === 'leased') {
    await askForLease(ctx, id)
    throw UploadLocked({ headers: { 'Retry-After': '1' } })
  }
  await ctx.storage.delete(removed.map(storageKeyOf))
  return true
}
