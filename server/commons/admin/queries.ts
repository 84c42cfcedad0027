import { sql } from 'kysely'
import type { Db, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { CommonsTables } from '../tables.ts'

export const commons = handle<CommonsTables>()

type Reader = Db<CommonsTables>
type Writer = Tx<CommonsTables>

const isBanned = sql<boolean>`u.banned_at is not null and coalesce(u.ban_ends_at > now(), true)`

const people = (db: Reader) =>
  db
    .selectFrom('commons.users as u')
    .select(['u.id', 'u.email', 'u.displayName', 'u.emailVerified', 'u.twoFactorEnabled', 'u.isAdmin', 'u.createdAt'])
    .select(['u.bannedAt', 'u.banReason', 'u.banEndsAt', isBanned.as('isBanned')])
    .select((eb) =>
      eb
        .selectFrom('commons.sessions as s')
        .select((inner) => inner.fn.max('s.lastSeenAt').as('at'))
        .whereRef('s.userId', '=', 'u.id')
        .where('s.impersonatorId', 'is', null)
        .as('lastSeenAt'),
    )
    // Service accounts are a workspace's, and cared for there.
    .where('u.serviceOf', 'is', null)
    .where('u.deletedAt', 'is', null)

export type PersonRow = Awaited<ReturnType<ReturnType<typeof people>['executeTakeFirstOrThrow']>>

export interface PeopleFilter {
  readonly q?: string
  readonly state?: 'active' | 'banned' | 'unverified' | 'admin'
  readonly after: string | null
  readonly limit: number
}

/** Text for LIKE that means itself, and whatever follows. */
const beginning = (text: string): string => `${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`

/** People of the installation, the newest first. */
export const peopleBy = (db: Reader, { q, state, after, limit }: PeopleFilter) =>
  people(db)
    .$if(q !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb(sql`lower(u.email)`, 'like', beginning(q ?? '')),
          eb(sql`lower(u.display_name)`, 'like', beginning(q ?? '')),
        ]),
      ),
    )
    .$if(state === 'active', (query) =>
      query.where(sql<boolean>`not (${isBanned})`).where('u.emailVerified', '=', true),
    )
    .$if(state === 'banned', (query) => query.where(isBanned))
    .$if(state === 'unverified', (query) => query.where('u.emailVerified', '=', false))
    .$if(state === 'admin', (query) => query.where('u.isAdmin', '=', true))
    .$if(after !== null, (query) => query.where('u.id', '<', after ?? ''))
    .orderBy('u.id', 'desc')
    .limit(limit)

export const personBy = (db: Reader, userId: string) => people(db).where('u.id', '=', userId)

/** Of several who change who administers the installation, one comes after the other. */
export async function holdAdmins(tx: Writer): Promise<void> {
  await sql`select pg_advisory_xact_lock(${0x41495244}, 7)`.execute(tx)
}

/** Whether there is an administrator beside this one who can sign in. */
export async function otherAdmin(tx: Writer, userId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('commons.users as u')
    .select('u.id')
    .where('u.isAdmin', '=', true)
    .where('u.deletedAt', 'is', null)
    .where(sql<boolean>`not (${isBanned})`)
    .where('u.id', '!=', userId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function setAdmin(tx: Writer, userId: string, isAdmin: boolean): Promise<void> {
  await tx
    .updateTable('commons.users')
    .set({ isAdmin, updatedAt: sql<Date>`now()` })
    .where('id', '=', userId)
    .execute()
}

/** Bans somebody, or lifts the ban. */
export async function setBan(
  tx: Writer,
  userId: string,
  ban: { readonly reason: string; readonly endsAt: Date | null } | null,
): Promise<void> {
  await tx
    .updateTable('commons.users')
    .set({
      bannedAt: ban === null ? null : sql<Date>`now()`,
      banReason: ban?.reason ?? null,
      banEndsAt: ban?.endsAt ?? null,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', userId)
    .execute()
}
