import { type Kysely, sql } from 'kysely'
import type { Db, StatementDb, Tx } from '#platform/database/database.ts'
import { fixed } from '#platform/database/fixed.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables, SessionsTable } from '../tables.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

/** A time from now by the database's clock. */
const inMs = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`

/** Which of a person's workspaces a request asks for; null: the one that the session is in. */
type Asked = string | null

/** Questions of one moment: what names each session, and the workspace that is asked for. */
const asked = <Name>(type: 'bytea' | 'uuid', names: readonly Name[], workspaceIds: readonly Asked[]) =>
  sql<{ name: Name; asked: string | null; n: number }>`unnest(${names}::${sql.raw(type)}[], ${workspaceIds}::uuid[])
    with ordinality`.as<'k'>(sql`k(name, asked, n)`)

const isShutOut = sql<boolean>`u.deleted_at is not null or (u.banned_at is not null and coalesce(u.ban_ends_at > now(), true))`

/**
 * Sessions that hold, with the workspace they work in now: the one asked for, else the session's own, else the first
 * that the person is still in. `isMember` is false when the one asked for is none of theirs.
 */
const holding = (db: Reader, questions: ReturnType<typeof asked>, by: 's.id' | 's.secretHash') =>
  db
    .selectFrom(questions)
    .innerJoin('commons.sessions as s', (join) => join.onRef(by, '=', 'k.name' as never))
    .innerJoin('commons.users as u', 'u.id', 's.userId')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('commons.workspaceMembers as m')
          .innerJoin('commons.workspaces as w', 'w.id', 'm.workspaceId')
          .select(['m.workspaceId', 'm.role', sql<boolean>`coalesce(m.workspace_id = k.asked, true)`.as('isMember')])
          .whereRef('m.userId', '=', 's.userId')
          .where('w.deletedAt', 'is', null)
          .orderBy(sql`m.workspace_id = coalesce(k.asked, s.workspace_id)`, 'desc')
          .orderBy(sql`w.owner_id = s.user_id`, 'desc')
          .orderBy('m.createdAt')
          .limit(1)
          .as('m'),
      (join) => join.onTrue(),
    )
    .select([
      ...(['k.n', 's.id', 's.userId', 's.impersonatorId'] as const),
      ...(['m.workspaceId', 'm.role', 'm.isMember', 'u.isAdmin'] as const),
      sql<boolean>`s.last_seen_at < now() - interval '1 minute'`.as('isStale'),
    ])
    .where('s.endedAt', 'is', null)
    .where('s.expiresAt', '>', sql<Date>`now()`)
    .where(sql<boolean>`not (${isShutOut})`)
    .where((eb) =>
      eb.or([
        eb('s.impersonatorId', 'is', null),
        eb.exists(
          eb
            .selectFrom('commons.users as i')
            .select('i.id')
            .whereRef('i.id', '=', 's.impersonatorId')
            .where('i.isAdmin', '=', true)
            .where('i.deletedAt', 'is', null)
            .where('i.bannedAt', 'is', null),
        ),
      ]),
    )

/** The sessions behind the hashes of cookies; `n` says whose question a row answers, from 1. */
export const sessionsByHash = fixed((db: Reader, hashes: readonly Buffer[], workspaceIds: readonly Asked[]) =>
  holding(db, asked('bytea', hashes, workspaceIds), 's.secretHash'),
)

/** The sessions that access tokens name; `n` says whose question a row answers, from 1. */
export const sessionsById = fixed((db: Reader, sessionIds: readonly string[], workspaceIds: readonly Asked[]) =>
  holding(db, asked('uuid', sessionIds, workspaceIds), 's.id'),
)

export interface NewSession {
  readonly id: string
  readonly userId: string
  readonly workspaceId: string
  readonly kind: SessionsTable['kind']
  readonly secretHash: Buffer | null
  readonly method: SessionsTable['method']
  readonly impersonatorId: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly lastsMs: number
}

export async function insertSession(tx: Writer, { lastsMs, ...session }: NewSession): Promise<void> {
  await tx
    .insertInto('commons.sessions')
    .values({ ...session, expiresAt: inMs(lastsMs) })
    .execute()
}

/** What must be known of somebody before they get a session; holds them so that a ban waits. */
export async function holdPerson(tx: Writer, userId: string) {
  return tx
    .selectFrom('commons.users as u')
    .select(['u.email', 'u.displayName', 'u.twoFactorEnabled'])
    .select(sql<boolean>`u.banned_at is not null and coalesce(u.ban_ends_at > now(), true)`.as('isBanned'))
    .where('u.id', '=', userId)
    .where('u.deletedAt', 'is', null)
    .forShare()
    .executeTakeFirst()
}

/** The workspace in which a new session begins: where the last one worked, else the person's own. */
export async function firstWorkspaceOf(tx: Writer, userId: string): Promise<string | undefined> {
  const row = await tx
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.workspaces as w', 'w.id', 'm.workspaceId')
    .select('w.id')
    .where('m.userId', '=', userId)
    .where('w.deletedAt', 'is', null)
    .orderBy(sql`w.owner_id = m.user_id`, 'desc')
    .orderBy('w.id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

export async function insertRefreshToken(
  tx: Writer,
  token: { id: string; sessionId: string; secretHash: Buffer; lastsMs: number },
): Promise<void> {
  const { lastsMs, ...row } = token
  await tx
    .insertInto('commons.refreshTokens')
    .values({ ...row, expiresAt: inMs(lastsMs) })
    .execute()
}

/** Holds the refresh token behind a hash and its session, so that of two who bring it one comes after the other. */
export async function holdRefreshToken(tx: Writer, secretHash: Buffer) {
  return tx
    .selectFrom('commons.refreshTokens as r')
    .innerJoin('commons.sessions as s', 's.id', 'r.sessionId')
    .innerJoin('commons.users as u', 'u.id', 's.userId')
    .select(['r.id', 'r.sessionId', 's.userId', 'r.usedAt'])
    .select(sql<boolean>`s.impersonator_id is not null`.as('isImpersonation'))
    .select(sql<boolean>`r.expires_at > now() and s.expires_at > now() and s.ended_at is null`.as('holds'))
    .select(
      sql<boolean>`u.deleted_at is not null or (u.banned_at is not null and coalesce(u.ban_ends_at > now(), true))`.as(
        'isShutOut',
      ),
    )
    .where('r.secretHash', '=', secretHash)
    .forUpdate(['r', 's'])
    .executeTakeFirst()
}

export async function useRefreshToken(tx: Writer, tokenId: string): Promise<void> {
  await tx
    .updateTable('commons.refreshTokens')
    .set({ usedAt: sql<Date>`now()` })
    .where('id', '=', tokenId)
    .execute()
}

/** However much it is used, a session ends this long after it began. */
const SESSION_MAX = sql.lit('90 days')

const lastingOn = (lastsMs: number) => sql<Date>`least(${inMs(lastsMs)}, created_at + ${SESSION_MAX}::interval)`

/** A session that is used lasts on, for a while. */
export async function prolongSession(tx: Writer, sessionId: string, lastsMs: number): Promise<void> {
  await tx
    .updateTable('commons.sessions')
    .set({ lastSeenAt: sql<Date>`now()`, expiresAt: lastingOn(lastsMs) })
    .where('id', '=', sessionId)
    .execute()
}

/** Notes that a session was used, once a minute at most. */
export const touchSession = (db: StatementDb<CommonsTables>, sessionId: string, lastsMs: number) =>
  db
    .updateTable('commons.sessions')
    .set({ lastSeenAt: sql<Date>`now()`, expiresAt: lastingOn(lastsMs) })
    .where('id', '=', sessionId)
    .where('impersonatorId', 'is', null)
    .where('lastSeenAt', '<', sql<Date>`now() - interval '1 minute'`)
    .where('endedAt', 'is', null)

/** Why a session ended; people read it in the list of their sessions. */
export type EndReason = 'logout' | 'revoked' | 'password-changed' | 'refresh-reused' | 'banned' | 'replaced'

/** Ends one session of a person. Returns whether there was one to end. */
export async function endSession(tx: Writer, userId: string, sessionId: string, reason: EndReason): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('commons.sessions')
    .set({ endedAt: sql<Date>`now()`, endReason: reason })
    .where('id', '=', sessionId)
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The same, if a browser holds it. */
export async function endCookieSession(
  tx: Writer,
  userId: string,
  sessionId: string,
  reason: EndReason,
): Promise<void> {
  await tx
    .updateTable('commons.sessions')
    .set({ endedAt: sql<Date>`now()`, endReason: reason })
    .where('id', '=', sessionId)
    .where('userId', '=', userId)
    .where('kind', '=', 'cookie')
    .where('endedAt', 'is', null)
    .execute()
}

/** Ends all sessions of a person but one; null spares none. Returns how many ended. */
export async function endSessionsOf(
  tx: Writer,
  userId: string,
  exceptId: string | null,
  reason: EndReason,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('commons.sessions')
    .set({ endedAt: sql<Date>`now()`, endReason: reason })
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .$if(exceptId !== null, (query) => query.where('id', '!=', exceptId ?? ''))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** The sessions of a person that hold, the last used first. */
export const sessionsOf = (db: Reader, userId: string, limit: number) =>
  db
    .selectFrom('commons.sessions')
    .select(['id', 'kind', 'method', 'address', 'userAgent', 'createdAt', 'lastSeenAt', 'expiresAt'])
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)
    .orderBy('lastSeenAt', 'desc')
    .limit(limit)

/** Removes sessions that ended or expired long ago, with their refresh tokens. */
export const sweepSessions = (db: StatementDb<CommonsTables>, olderThanMs: number) =>
  db
    .deleteFrom('commons.sessions')
    .where(sql<Date>`least(expires_at, coalesce(ended_at, expires_at))`, '<', inMs(-olderThanMs))

/** Keys of a purpose that still count: the current one first, then those retired less than `graceMs` ago. */
export const keysOf = (db: Reader, purpose: 'access-token' | 'flows', graceMs: number) =>
  db
    .selectFrom('commons.identityKeys')
    .select(['id', 'publicJwk', 'sealedSecret', 'createdAt', 'retiredAt'])
    .where('purpose', '=', purpose)
    .where((eb) => eb.or([eb('retiredAt', 'is', null), eb('retiredAt', '>', inMs(-graceMs))]))
    .orderBy('createdAt', 'desc')

/** Of several processes one rotates keys at a time. */
export async function holdKeys(tx: Writer): Promise<void> {
  await sql`select pg_advisory_xact_lock(${0x41495244}, 6)`.execute(tx)
}

/** Writes a key that replaces the current one of its purpose. */
export async function replaceKey(
  tx: Writer,
  key: { id: string; purpose: 'access-token' | 'flows'; publicJwk: object | null; sealedSecret: string },
): Promise<void> {
  await tx
    .updateTable('commons.identityKeys')
    .set({ retiredAt: sql<Date>`now()` })
    .where('purpose', '=', key.purpose)
    .where('retiredAt', 'is', null)
    .execute()
  await tx
    .insertInto('commons.identityKeys')
    .values({ ...key, publicJwk: key.publicJwk === null ? null : (JSON.stringify(key.publicJwk) as never) })
    .execute()
}

/** Ends what waits in a person's name: only what is theirs alone holds their id and nothing else. */
export async function endBegunOf(tx: Writer, userId: string): Promise<void> {
  await tx
    .deleteFrom('commons.verifications')
    .where('value', '=', userId)
    .where(sql<boolean>`length(value) = 36`)
    .execute()
}

export const sweepVerifications = (db: StatementDb<CommonsTables>) =>
  db.deleteFrom('commons.verifications').where('expiresAt', '<', sql<Date>`now()`)

/** The workspace of their own that everybody gets. */
export async function insertPersonalWorkspace(
  tx: Kysely<CommonsTables>,
  workspace: { id: string; name: string; ownerId: string },
): Promise<void> {
  const { id, ownerId } = workspace
  await tx
    .insertInto('commons.workspaces')
    .values({ ...workspace, personalOf: ownerId })
    .execute()
  await tx.insertInto('commons.workspaceMembers').values({ workspaceId: id, userId: ownerId, role: 'owner' }).execute()
}

/** Keys whose secret is sealed with one of these keys of the vault, in the order of their ids. */
export const keysSealedWith = (
  db: Reader,
  keyIds: readonly string[],
  { after, limit }: { readonly after: string | null; readonly limit: number },
) =>
  db
    .selectFrom('commons.identityKeys')
    .select(['id', 'sealedSecret'])
    .where(sql<string>`split_part(sealed_secret, '.', 2)`, 'in', keyIds)
    .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)

/** Replaces what is sealed where it still is what it was. */
export const resealKey = (db: StatementDb<CommonsTables>, id: string, from: string, to: string) =>
  db.updateTable('commons.identityKeys').set({ sealedSecret: to }).where('id', '=', id).where('sealedSecret', '=', from)
