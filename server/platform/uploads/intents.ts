import { createHash } from 'node:crypto'
import { monotonicMs } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '../context.ts'
import { type Draft, ObjectNotFound } from '../storage/storage.ts'
import { type Checksum, checksumIn } from './headers.ts'
import { storageKeyOf } from './ids.ts'
import { leaseOf } from './lease.ts'
import { type UploadRow, type UploadStanding, claimIntent, declareIntent, uploadOf } from './queries.ts'
import type { HeldUpload } from './kept.ts'
import { sessionKey } from './sessions.ts'
import type { Uploads } from './uploads.ts'

/*
 * The offset behind a chunk is written down before its bytes are, as an intent with their checksum, so that the commit is
 * under way while they are hashed and flushed. See docs/decisions/0015-the-next-offset-as-an-intent.md.
 */

// After a crash so many bytes are read at most before an upload's offset is told.
const MOST_BYTES = 8 * 1024 * 1024

/** A chunk, as far as an intent is concerned. */
interface Chunk {
  /** As declared; null when it is not known before the end. */
  readonly sizeBytes: number | null
  readonly checksum: Checksum | null
  /** The length of the whole upload as known with this chunk; null while it is not. */
  readonly lengthBytes: number | null
}

/**
 * Declares where a held upload will stand after a chunk: resolves, when that is durable, to the row as it will be then. Null
 * when nothing is declared, or could not be: then the offset is moved behind the bytes, as without. Never rejects.
 * The last chunk has no intent: it makes the upload complete.
 */
export async function intend(
  ctx: Ctx,
  uploads: Uploads,
  { row, lease }: Omit<HeldUpload, 'draft'>,
  { sizeBytes, checksum, lengthBytes }: Chunk,
): Promise<UploadRow | null> {
  if (sizeBytes === null || sizeBytes > MOST_BYTES || checksum === null) return null
  const pendingBytes = row.offsetBytes + sizeBytes
  if (lengthBytes !== row.lengthBytes || pendingBytes === lengthBytes) return null
  const { leaseMs, expiresAfterMs } = uploads.settings
  const { offsetBytes } = row
  lease.standsAtBytes = offsetBytes
  const askedAtMs = monotonicMs()
  try {
    const declared = await declareIntent(ctx, row.id, {
      ...{ token: lease.token, offsetBytes, pendingBytes, pendingChecksum: checksum.text, leaseMs, expiresAfterMs },
    })
    if (declared === undefined) return null
    lease.renewed(askedAtMs)
    return { ...declared, offsetBytes: pendingBytes }
  } catch (error) {
    ctx.log.warn({ err: error, uploadId: row.id }, 'The next offset of an upload could not be written ahead')
    return null
  }
}

/**
 * How an upload stands that the scope may see, without an intent: one that is found is settled, by its writer when that is
 * in this process, and else by the bytes. While another process holds the upload its row is left as it is.
 * @throws what the storage throws when the bytes cannot be read
 */
export async function settledUploadOf(ctx: Ctx, uploads: Uploads, id: string): Promise<UploadStanding | undefined> {
  const seen = await uploadOf(ctx, id)
  if (seen === undefined || seen.pendingBytes === null) return seen
  const fromBytes = uploads.sessions.fromBytes(sessionKey(seen))
  if (fromBytes !== undefined) return settledAt(seen, fromBytes)
  await uploads.kept.giveBack(sessionKey(seen))
  const row = await uploadOf(ctx, id)
  if (row === undefined || row.pendingBytes === null) return row
  // What has expired is removed, wherever it stood.
  return row.expired ? row : settleByBytes(ctx, uploads, row)
}

function settledAt(row: UploadStanding, offsetBytes: number): UploadStanding {
  return { ...row, offsetBytes, pendingBytes: null, pendingChecksum: null }
}

async function settleByBytes(ctx: Ctx, uploads: Uploads, row: UploadStanding): Promise<UploadStanding> {
  const [token, takenAtMs] = [newId(), monotonicMs()]
  const claimed = row.leased ? undefined : await claimIntent(ctx, row.id, { token, leaseMs: uploads.settings.leaseMs })
  if (claimed === undefined) return settledAt(row, await reachedBytes(ctx, row, null))
  const lease = leaseOf(ctx, uploads, row.id, token, takenAtMs)
  try {
    const offsetBytes = await reachedBytes(ctx, claimed, () => lease.held)
    lease.standsAtBytes = offsetBytes
    ctx.log.info({ uploadId: row.id, offsetBytes }, 'The bytes told how far an interrupted upload had come')
    return { ...settledAt(claimed, offsetBytes), leased: false }
  } finally {
    await lease.release()
  }
}

/**
 * How far the bytes of an upload with an intent reach: to its end when they have its checksum, and they are durable then.
 * `mayWrite` is given by who holds the lease, and null by who does not.
 */
async function reachedBytes(ctx: Ctx, row: UploadStanding, mayWrite: (() => boolean) | null): Promise<number> {
  const { pendingBytes, pendingChecksum, offsetBytes } = row
  if (pendingBytes === null || pendingChecksum === null) return offsetBytes
  try {
    await using draft = await ctx.storage.openDraft(storageKeyOf(row.id), { create: false })
    const isThere = (await draft.size()) >= pendingBytes
    const checksum = checksumIn(pendingChecksum)
    const reached =
      isThere && (await hasChecksum(ctx, row, pendingBytes, checksum, draft, mayWrite)) ? pendingBytes : offsetBytes
    await draft.sync()
    if (mayWrite?.() === true) await draft.truncate(reached)
    return reached
  } catch (error) {
    // Whoever writes on hears that the bytes are lost.
    if (isProblem(error, ObjectNotFound)) return offsetBytes
    throw error
  }
}

async function hasChecksum(
  ctx: Ctx,
  { id, offsetBytes }: UploadRow,
  endBytes: number,
  { algorithm, digest }: Checksum,
  draft: Draft,
  mayWrite: (() => boolean) | null,
): Promise<boolean> {
  const hash = createHash(algorithm)
  let at = offsetBytes
  const range = { start: offsetBytes, end: endBytes - 1 }
  for await (const piece of (await ctx.storage.read(storageKeyOf(id), range)) as AsyncIterable<Buffer>) {
    hash.update(piece)
    // The system tells a failed flush once, and takes what it could not write for written: it is written anew.
    if (mayWrite?.() === true) await draft.write([piece], at)
    at += piece.length
  }
  return hash.digest().equals(digest)
}
