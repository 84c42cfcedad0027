import { createHash, createSecretKey } from 'node:crypto'
import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import type { Ctx } from '../context.ts'
import { type Writing, rawQuery } from '../database/database.ts'
import { type SealedPlace, seal, unseal } from '../secrets/sealing.ts'
import { InvalidInput } from './problems.ts'

export const KeyMissing = problem('idempotency-key-missing', 400, 'An Idempotency-Key is needed here')
export const KeyInUse = problem('idempotency-key-in-use', 409, 'A request with this Idempotency-Key is still running')
export const KeyOfAnotherRequest = problem(
  'idempotency-key-of-another-request',
  422,
  'This Idempotency-Key was used with another request',
)

const KEPT_MS = 48 * HOUR_MS
/** Longer than any request waits for others. */
const WAITING_MS = 2 * MINUTE_MS

/** Headers that a repetition sees again. */
export const REMEMBERED_HEADERS = ['location', 'etag'] as const

/** The answer of a request, as far as a repetition must see it again. */
export interface RememberedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Writes what is kept of an answer, and reads it again. `rowId` is that of the row that keeps it. */
export interface Keeping {
  write(rowId: string, text: string): Buffer
  read(rowId: string, kept: Buffer): string
}

const IN_CLEAR: Keeping = {
  write: (_, text) => Buffer.from(text),
  read: (_, kept) => kept.toString('utf8'),
}

/**
 * Keeps answers that hold a secret, sealed: whoever reads the database or a copy of it learns nothing. `secret`: 32 bytes
 * of the installation, the same in every process and for ever.
 */
export function sealedKeeping(secret: Buffer): Keeping {
  const key = { id: 'answers', key: createSecretKey(secret) }
  const place = (rowId: string): SealedPlace => ({
    ...{ table: 'platform.idempotency_keys', column: 'body', rowId, workspaceId: null },
  })
  return {
    write: (rowId, text) => Buffer.from(seal(key, place(rowId), Buffer.from(text))),
    read: (rowId, kept) => unseal(key, place(rowId), kept.toString('utf8')).toString('utf8'),
  }
}

/** A request with a key. */
export interface KeyedRequest {
  readonly key: string
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/**
 * Runs `effect` once for each key of a person (draft-ietf-httpapi-idempotency-key-header-07). The key, the effect and
 * the answer are committed in one transaction: after a crash either all of it is there or none. What the effect throws
 * leaves no trace, so that the corrected request may use the same key.
 * @throws KeyInUse while another request with this key runs, on any node
 * @throws KeyOfAnotherRequest when method, path, body or workspace differ from the first time
 */
export async function once(
  ctx: Ctx,
  request: KeyedRequest,
  effect: (ctx: Ctx) => Promise<RememberedAnswer>,
  keeping: Keeping = IN_CLEAR,
): Promise<RememberedAnswer> {
  const whose = ownerOf(ctx, request)
  if (whose === null) return effect(ctx)
  return ctx.database.joined(ctx.scope, async (tx, database) => {
    const earlier = await claim(tx, whose, KEPT_MS)
    if (earlier !== null) return readAgain(earlier, whose, keeping)
    const answer = await effect({ ...ctx, database })
    await remember(tx, whose, answer, keeping)
    return answer
  })
}

/**
 * The same for an effect that waits for others, around which no transaction can be held open: the key is committed before
 * it, the answer after it. A server that dies in between leaves the key in use for two minutes; who asks again then has
 * the effect looked for again, so it must bear that.
 * @throws KeyInUse while another request with this key runs, on any node
 * @throws KeyOfAnotherRequest when method, path, body or workspace differ from the first time
 */
export async function onceWaiting(
  ctx: Ctx,
  request: KeyedRequest,
  effect: (ctx: Ctx) => Promise<RememberedAnswer>,
  keeping: Keeping = IN_CLEAR,
): Promise<RememberedAnswer> {
  const whose = ownerOf(ctx, request)
  if (whose === null) return effect(ctx)
  const within = <R>(work: (tx: Writing) => Promise<R>): Promise<R> => ctx.database.transaction(ctx.scope, work)
  const earlier = await within((tx) => claim(tx, whose, WAITING_MS))
  if (earlier !== null) return readAgain(earlier, whose, keeping)
  let answer: RememberedAnswer
  try {
    answer = await effect(ctx)
  } catch (error) {
    await within((tx) => free(tx, whose))
    throw error
  }
  await within((tx) => remember(tx, whose, answer, keeping))
  return answer
}

/** Whose key it is, and of which request. */
interface Owned {
  readonly ownerId: string
  readonly key: string
  readonly fingerprint: Buffer
  readonly rowId: string
}

function ownerOf({ actor }: Ctx, { key, method, path, body }: KeyedRequest): Owned | null {
  if (actor.kind !== 'user') return null
  // One person may send the same request in the name of two workspaces: these are two requests.
  const { userId: ownerId, workspaceId } = actor
  if (key.length < 1 || key.length > 255) {
    throw InvalidInput({ errors: [{ pointer: 'Idempotency-Key', detail: 'must have 1 to 255 characters' }] })
  }
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([method, path, body ?? null, workspaceId]))
    .digest()
  return { ownerId, key, fingerprint, rowId: `${ownerId}:${createHash('sha256').update(key).digest('hex')}` }
}

function readAgain({ status, headers, body }: Kept, { rowId }: Owned, keeping: Keeping): RememberedAnswer {
  return { status, headers, body: JSON.parse(keeping.read(rowId, body)) as unknown }
}

async function remember(
  tx: Writing,
  { ownerId, key, rowId }: Owned,
  { status, headers, body }: RememberedAnswer,
  keeping: Keeping,
): Promise<void> {
  await rawQuery(
    tx,
    `update platform.idempotency_keys set status = $3, headers = $4, body = $5,
       expires_at = now() + $6 * interval '1 millisecond' where owner_id = $1 and key = $2`,
    [ownerId, key, status, JSON.stringify(headers), keeping.write(rowId, JSON.stringify(body ?? null)), KEPT_MS],
  )
}

/** What was claimed and came to nothing may be claimed anew. */
async function free(tx: Writing, { ownerId, key }: Owned): Promise<void> {
  const text = `update platform.idempotency_keys set expires_at = now() - interval '1 second'
    where owner_id = $1 and key = $2 and status is null`
  await rawQuery(tx, text, [ownerId, key])
}

interface Claimed {
  readonly fingerprint: Buffer
  readonly status: null
}

interface Kept {
  readonly fingerprint: Buffer
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** What is kept under the key, or null: then it is the caller's for so long. */
async function claim(tx: Writing, { ownerId, key, fingerprint }: Owned, forMs: number): Promise<Kept | null> {
  const { rows: locks } = await rawQuery<{ free: boolean }>(
    tx,
    'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free',
    [`idempotency:${ownerId}:${key}`],
  )
  if (locks[0]?.free !== true) throw KeyInUse({ headers: { 'Retry-After': '1' } })
  const { rows } = await rawQuery<Kept | Claimed>(
    tx,
    `select fingerprint, status, headers, body from platform.idempotency_keys
     where owner_id = $1 and key = $2 and expires_at > now()`,
    [ownerId, key],
  )
  const row = rows[0]
  if (row === undefined) {
    await rawQuery(
      tx,
      `insert into platform.idempotency_keys (owner_id, key, fingerprint, expires_at)
       values ($1, $2, $3, now() + $4 * interval '1 millisecond')
       on conflict (owner_id, key) do update set fingerprint = excluded.fingerprint, expires_at = excluded.expires_at,
         created_at = now(), status = null, headers = null, body = null`,
      [ownerId, key, fingerprint, forMs],
    )
    return null
  }
  if (!row.fingerprint.equals(fingerprint)) throw KeyOfAnotherRequest()
  // Committed before its effect, which waits for others.
  if (row.status === null) throw KeyInUse({ headers: { 'Retry-After': '1' } })
  return row
}

/** Forgets expired keys. Runs as the system. */
export async function sweepIdempotencyKeys(tx: Writing): Promise<void> {
  await rawQuery(tx, 'delete from platform.idempotency_keys where expires_at < now()')
}
