import { type ExpressionBuilder, type Generated, type SqlBool, sql } from 'kysely'
import type { StatementDb, Tx } from '../database/database.ts'
import { fixed } from '../database/fixed.ts'
import { type HasDatabase, handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'

interface UploadTable {
  id: string
  workspaceId: string
  userId: string
  kind: 'whole' | 'partial' | 'final'
  purpose: string | null
  state: 'receiving' | 'assembling' | 'complete'
  lengthBytes: number | null
  offsetBytes: Generated<number>
  pendingBytes: number | null
  pendingChecksum: string | null
  maxBytes: number
  metadata: string
  partIds: string[] | null
  finalId: string | null
  leaseToken: string | null
  leaseExpiresAt: Date | null
  leaseWanted: Generated<boolean>
  createdAt: Generated<Date>
  expiresAt: Date
  completedAt: Date | null
}

interface Tables {
  'platform.uploads': UploadTable
}

export type UploadTx = Tx<Tables>
type Where = ExpressionBuilder<Tables, 'platform.uploads'>

export const uploadsDb = handle<Tables>()

const TABLE = 'platform.uploads'

const inMs = (ms: number) => sql<Date>`now() + make_interval(secs => ${ms / 1000}::float8)`
// Leases and checkpoints acknowledge nothing to anyone: their commit need not wait for the disk. Applied in RETURNING,
// so that it costs no statement of its own; it holds until the transaction ends.
const withoutWaiting = sql<string>`set_config('synchronous_commit', 'off', true)`.as('unwaited')
const expired = sql<boolean>`expires_at <= now()`.as('expired')
const leased = sql<boolean>`coalesce(lease_expires_at > now(), false)`.as('leased')

const COLUMNS = [
  ...(['id', 'workspaceId', 'userId', 'kind', 'purpose', 'state', 'lengthBytes', 'offsetBytes'] as const),
  ...(['maxBytes', 'metadata', 'partIds', 'finalId', 'expiresAt'] as const),
]

export type UploadRow = Pick<
  UploadTable,
  'id' | 'workspaceId' | 'userId' | 'kind' | 'purpose' | 'state' | 'lengthBytes'
> &
  Pick<UploadTable, 'maxBytes' | 'metadata' | 'partIds' | 'finalId' | 'expiresAt'> & { readonly offsetBytes: number }

const STANDING = [...COLUMNS, ...(['pendingBytes', 'pendingChecksum'] as const), expired, leased]

/**
 * An upload with what the clock says of it: over, or held by a writer. With an intent (`pendingBytes` and its checksum)
 * the bytes decide whether it stands there or at `offsetBytes`.
 */
export type UploadStanding = UploadRow &
  Pick<UploadTable, 'pendingBytes' | 'pendingChecksum'> & { readonly expired: boolean; readonly leased: boolean }

export interface NewUpload {
  readonly id: string
  readonly workspaceId: string
  readonly userId: string
  readonly kind: UploadTable['kind']
  readonly purpose: string | null
  readonly state: UploadTable['state']
  readonly lengthBytes: number | null
  readonly maxBytes: number
  readonly metadata: string
  readonly partIds: string[] | null
  readonly expiresAfterMs: number
  readonly lease: { readonly token: string; readonly ms: number } | null
}

/** Writes a new upload. Complete at once when `state` says so: then nothing may be missing of it. */
export async function insertUpload(tx: UploadTx, upload: NewUpload): Promise<UploadRow> {
  const { expiresAfterMs, lease, ...values } = upload
  return tx
    .insertInto(TABLE)
    .values({
      ...values,
      finalId: null,
      leaseToken: lease?.token ?? null,
      leaseExpiresAt: lease === null ? null : inMs(lease.ms),
      expiresAt: inMs(expiresAfterMs),
      completedAt: upload.state === 'complete' ? sql<Date>`now()` : null,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow()
}

/** One upload that the scope may see. */
export async function uploadOf(ctx: HasDatabase, id: string): Promise<UploadStanding | undefined> {
  return uploadsDb.read(ctx, (db) => db.selectFrom(TABLE).select(STANDING).where('id', '=', id).executeTakeFirst())
}

/** The same, locked against everyone else until the transaction ends. */
export async function lockUpload(tx: UploadTx, id: string): Promise<UploadStanding | undefined> {
  return tx.selectFrom(TABLE).select(STANDING).where('id', '=', id).forUpdate().executeTakeFirst()
}

const free = (eb: Where) => eb.or([eb('leaseExpiresAt', 'is', null), sql<SqlBool>`lease_expires_at <= now()`])

export interface LeaseClaim {
  readonly offsetBytes: number
  readonly token: string
  readonly leaseMs: number
  readonly expiresAfterMs: number
}

/**
 * Takes the lease of an upload that stands at `offsetBytes` without an intent, and lengthens its life.
 * Undefined when it does not: then the caller looks why.
 */
export async function claimLease(ctx: HasDatabase, id: string, claim: LeaseClaim): Promise<UploadRow | undefined> {
  const [row] = await uploadsDb.writeOne(ctx, (db) =>
    db
      .updateTable(TABLE)
      .set({
        leaseToken: claim.token,
        leaseExpiresAt: inMs(claim.leaseMs),
        leaseWanted: false,
        expiresAt: inMs(claim.expiresAfterMs),
      })
      .where('id', '=', id)
      .where('state', '=', 'receiving')
      .where('offsetBytes', '=', claim.offsetBytes)
      .where('pendingBytes', 'is', null)
      .where(sql<SqlBool>`expires_at > now()`)
      .where(free)
      .returning([...COLUMNS, withoutWaiting]),
  )
  return row
}

/** The offset, and with it the end of an intent. */
const at = (offsetBytes: number) => ({ offsetBytes, pendingBytes: null, pendingChecksum: null })

/** Asks whoever holds the lease, in whatever process, to stop. */
export async function askForLease(ctx: HasDatabase, id: string): Promise<void> {
  await uploadsDb.writeOne(ctx, (db) =>
    db.updateTable(TABLE).set({ leaseWanted: true }).where('id', '=', id).where('leaseToken', 'is not', null),
  )
}

/**
 * Keeps the lease and records bytes that are stored meanwhile (null: leaves the offset).
 * Undefined when the lease is lost; `wanted` when another asks for it.
 */
export async function keepLease(
  ctx: HasDatabase,
  id: string,
  keep: { readonly token: string; readonly leaseMs: number; readonly offsetBytes: number | null },
): Promise<{ readonly wanted: boolean } | undefined> {
  const [row] = await uploadsDb.writeOne(ctx, (db) =>
    db
      .updateTable(TABLE)
      .set({
        leaseExpiresAt: inMs(keep.leaseMs),
        ...(keep.offsetBytes === null ? {} : at(keep.offsetBytes)),
      })
      .where('id', '=', id)
      .where('leaseToken', '=', keep.token)
      .returning(['leaseWanted', withoutWaiting]),
  )
  return row === undefined ? undefined : { wanted: row.leaseWanted }
}

const among = (ids: readonly string[]) => sql<SqlBool>`id = any(${[...ids]}::uuid[])`

const released = { leaseToken: null, leaseExpiresAt: null, leaseWanted: false }

/**
 * Gives the lease back. `offsetBytes` is where the upload stands when the row does not say it because of an intent; null
 * leaves the offset where it is. What is lost of this with the database's last moments, the bytes tell again.
 */
export async function releaseLease(
  ctx: HasDatabase,
  id: string,
  { token, offsetBytes }: { readonly token: string; readonly offsetBytes: number | null },
): Promise<void> {
  await uploadsDb.writeOne(ctx, (db) =>
    db
      .updateTable(TABLE)
      .set({ ...released, ...(offsetBytes === null ? {} : at(offsetBytes)) })
      .where('id', '=', id)
      .where('leaseToken', '=', token)
      .returning(withoutWaiting),
  )
}

export interface Advance {
  readonly token: string
  readonly offsetBytes: number
  readonly lengthBytes: number | null
  readonly expiresAfterMs: number
  /** For how long the lease stays taken when bytes are missing yet; null gives it back. */
  readonly keptLeaseMs: number | null
}

export type Completion = Pick<Advance, 'token' | 'expiresAfterMs'> & { readonly lengthBytes: number }

type Updating = Pick<StatementDb<Tables>, 'updateTable'>

function completing(db: Updating, id: string, { token, lengthBytes, expiresAfterMs }: Completion) {
  return db
    .updateTable(TABLE)
    .set({
      ...released,
      ...at(lengthBytes),
      lengthBytes,
      expiresAt: inMs(expiresAfterMs),
      state: 'complete',
      completedAt: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('leaseToken', '=', token)
    .returning(COLUMNS)
}

const inSeconds = (seconds: number | null) => sql<Date>`now() + make_interval(secs => ${seconds}::float8)`

/** Without `keptToken` and `keptSeconds` the lease is given back: an unknown time from now is none. */
const advancing = fixed(
  (
    db: Updating,
    id: string,
    token: string,
    offsetBytes: number,
    lengthBytes: number | null,
    expiresAfterSeconds: number,
    keptToken: string | null,
    keptSeconds: number | null,
  ) =>
    db
      .updateTable(TABLE)
      .set({
        leaseToken: keptToken,
        leaseExpiresAt: inSeconds(keptSeconds),
        leaseWanted: false,
        ...at(offsetBytes),
        lengthBytes,
        expiresAt: inSeconds(expiresAfterSeconds),
      })
      .where('id', '=', id)
      .where('leaseToken', '=', token)
      .returning(COLUMNS),
)

/**
 * Moves the offset to the end: the upload is complete and its lease given back.
 * Undefined when the lease is lost or the upload gone.
 */
export async function completeUpload(tx: UploadTx, id: string, done: Completion): Promise<UploadRow | undefined> {
  return completing(tx, id, done).executeTakeFirst()
}

/**
 * Moves the offset to what is stored, writes the length if it has been declared, keeps or gives back the lease, and makes
 * the upload complete when nothing is missing: in a transaction of its own, in one trip, for an advance of which nobody
 * else has to hear. Undefined when the lease is lost or the upload gone.
 */
export async function advanceUpload(ctx: HasDatabase, id: string, advance: Advance): Promise<UploadRow | undefined> {
  const { token, offsetBytes, lengthBytes, expiresAfterMs, keptLeaseMs } = advance
  const [keptToken, keptSeconds] = keptLeaseMs === null ? [null, null] : [token, keptLeaseMs / 1000]
  const [row] = await uploadsDb.writeOne(ctx, (db) =>
    offsetBytes === lengthBytes
      ? completing(db, id, { token, lengthBytes, expiresAfterMs })
      : advancing(db, id, token, offsetBytes, lengthBytes, expiresAfterMs / 1000, keptToken, keptSeconds),
  )
  return row
}

export interface Intent {
  readonly token: string
  /** Where the upload stands; an intent that the row holds up to there is settled with it. */
  readonly offsetBytes: number
  readonly pendingBytes: number
  /** As in `Upload-Checksum`. */
  readonly pendingChecksum: string
  readonly leaseMs: number
  readonly expiresAfterMs: number
}

const intending = fixed(
  (
    db: Updating,
    id: string,
    token: string,
    offsetBytes: number,
    pendingBytes: number,
    pendingChecksum: string,
    leaseSeconds: number,
    expiresAfterSeconds: number,
  ) =>
    db
      .updateTable(TABLE)
      .set({
        ...{ offsetBytes, pendingBytes, pendingChecksum },
        leaseWanted: false,
        leaseExpiresAt: inSeconds(leaseSeconds),
        expiresAt: inSeconds(expiresAfterSeconds),
      })
      .where('id', '=', id)
      .where('leaseToken', '=', token)
      // A statement that was given up for lost may still arrive: it must not take back what was moved since.
      .where((eb) => eb(eb.fn.coalesce('pendingBytes', 'offsetBytes'), '=', offsetBytes))
      .returning(COLUMNS),
)

/**
 * Writes down that the upload will stand at `pendingBytes` once the bytes up to there have the checksum, renews the lease
 * and lengthens its life; durable when it resolves. Undefined when the lease is lost or the upload gone.
 */
export async function declareIntent(ctx: HasDatabase, id: string, intent: Intent): Promise<UploadRow | undefined> {
  const { token, offsetBytes, pendingBytes, pendingChecksum, leaseMs, expiresAfterMs } = intent
  const [row] = await uploadsDb.writeOne(ctx, (db) =>
    intending(db, id, token, offsetBytes, pendingBytes, pendingChecksum, leaseMs / 1000, expiresAfterMs / 1000),
  )
  return row
}

/**
 * Takes the lease of an upload whose writer left an intent, to settle it. Undefined when there is none any more, or
 * another is at it.
 */
export async function claimIntent(
  ctx: HasDatabase,
  id: string,
  claim: { readonly token: string; readonly leaseMs: number },
): Promise<UploadStanding | undefined> {
  const [row] = await uploadsDb.writeOne(ctx, (db) =>
    db
      .updateTable(TABLE)
      .set({ leaseToken: claim.token, leaseExpiresAt: inMs(claim.leaseMs), leaseWanted: false })
      .where('id', '=', id)
      .where('pendingBytes', 'is not', null)
      .where(free)
      .returning([...STANDING, withoutWaiting]),
  )
  return row
}

/** Takes the lease of a final upload that is to be assembled (again). Undefined when another is at it. */
export async function claimAssembly(
  tx: UploadTx,
  id: string,
  lease: { readonly token: string; readonly ms: number },
): Promise<UploadRow | undefined> {
  return tx
    .updateTable(TABLE)
    .set({ leaseToken: lease.token, leaseExpiresAt: inMs(lease.ms), leaseWanted: false })
    .where('id', '=', id)
    .where('state', '=', 'assembling')
    .where(free)
    .returning(COLUMNS)
    .executeTakeFirst()
}

/** Removes an upload, and with a final one its parts. Returns the ids of all that went. */
export async function deleteUpload(tx: UploadTx, id: string): Promise<string[]> {
  const rows = await tx
    .deleteFrom(TABLE)
    .where((eb) => eb.or([eb('id', '=', id), eb('finalId', '=', id)]))
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

/** Removes the parts of a final upload and returns their ids. */
export async function deleteParts(tx: UploadTx, finalId: string): Promise<string[]> {
  const rows = await tx.deleteFrom(TABLE).where('finalId', '=', finalId).returning('id').execute()
  return rows.map((row) => row.id)
}

/** These uploads, locked, in no order; those that the scope may not see are absent. */
export async function lockUploads(tx: UploadTx, ids: readonly string[]): Promise<UploadStanding[]> {
  return tx.selectFrom(TABLE).select(STANDING).where(among(ids)).orderBy('id').forUpdate().execute()
}

/** Gives parts to a final upload: nothing else can take them. */
export async function takeParts(tx: UploadTx, ids: readonly string[], finalId: string): Promise<void> {
  await tx.updateTable(TABLE).set({ finalId }).where(among(ids)).execute()
}

export type UploadReference = Pick<UploadTable, 'id' | 'workspaceId' | 'userId'>

/** Uploads of whatever workspace that are over and that nobody writes to, oldest first. Parts go with their final upload. */
export async function expiredUploads(ctx: HasDatabase, limit: number): Promise<UploadReference[]> {
  return uploadsDb.read({ database: ctx.database, scope: systemScope }, (db) =>
    db
      .selectFrom(TABLE)
      .select(['id', 'workspaceId', 'userId'])
      .where((eb) => eb.or([eb('state', '!=', 'complete'), eb('kind', '=', 'partial')]))
      .where('finalId', 'is', null)
      .where(sql<SqlBool>`expires_at <= now()`)
      .where(free)
      .orderBy('expiresAt')
      .limit(limit)
      .execute(),
  )
}

/** Final uploads of whatever workspace that nobody assembles at the moment. */
export async function idleAssemblies(ctx: HasDatabase, limit: number): Promise<UploadReference[]> {
  return uploadsDb.read({ database: ctx.database, scope: systemScope }, (db) =>
    db
      .selectFrom(TABLE)
      .select(['id', 'workspaceId', 'userId'])
      .where('state', '=', 'assembling')
      .where(free)
      .orderBy('createdAt')
      .limit(limit)
      .execute(),
  )
}

/** Of these ids those that have a row, in whatever workspace. */
export async function existingUploads(ctx: HasDatabase, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await uploadsDb.one({ database: ctx.database, scope: systemScope }, (db) =>
    db.selectFrom(TABLE).select('id').where(among(ids)),
  )
  return rows.map((row) => row.id)
}
