import type { TProperties } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Actor, Ctx } from '#platform/context.ts'
import type { Tx, Writing } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { Unauthenticated } from '#platform/http/problems.ts'
import type { CommonsTables } from '../tables.ts'
import { type AuditedAction, type Owner, type Values, defineAudited } from './action.ts'
import { type AuditRow, type Whose, circumstancesOf, entries, entryAt, insertEntry } from './queries.ts'
import type { AuditEntry, AuditFilter, AuditQuery, OwnAuditQuery } from './schema.ts'

const commons = handle<CommonsTables>()

export const TooManyEntries = problem('audit/too-many-entries', 422, 'These are more entries than one file holds')

/** Reading all of the log leaves a trace in it. */
const auditLogExported = defineAudited({ name: 'audit-log.exported', owner: 'workspace', target: 'workspace' })

/** How many entries one file holds, and how many of them are read at once. */
const EXPORT = { mostEntries: 100_000, pageEntries: 500 } as const

/** What is written of one happening. */
export interface Happened<O extends Owner, Fields extends TProperties> {
  /** Id of the workspace or person to whom the entry belongs; null for the installation. */
  readonly of: O extends 'installation' ? null : string
  /** What it happened to, where that has an id; at most 200 characters. */
  readonly targetId: string | null
  /** Declared fields alone, up to 8 KiB as JSON. */
  readonly before?: Values<Fields>
  readonly after?: Values<Fields>
  /** Who acted, where that is not the context's actor: who has just shown who they are, as in a sign-in. */
  readonly by?: { readonly userId: string; readonly credentialId?: string }
}

/**
 * Writes that something happened, in the transaction in which it happens: there is no effect without its entry and no
 * entry without its effect. In the application's scope the entry belongs to the scope's workspace or person, and the
 * actor is that person; the system may write any.
 */
export async function record<O extends Owner, Fields extends TProperties>(
  tx: Writing,
  ctx: Pick<Ctx, 'actor' | 'requestId' | 'origin'>,
  action: AuditedAction<O, Fields>,
  happened: Happened<O, Fields>,
): Promise<void> {
  const { before, after, targetId, by } = happened
  for (const values of [before, after]) {
    invariant(values === undefined || action.accepts(values), `${action.name}: other values than were declared`)
  }
  await insertEntry(tx as unknown as Tx<CommonsTables>, {
    ...{ id: newId<'AuditEntry'>(), action: action.name, targetKind: action.target, targetId },
    workspaceId: action.owner === 'workspace' ? happened.of : null,
    personId: action.owner === 'person' ? happened.of : null,
    ...actorColumns(by === undefined ? ctx.actor : { ...by, kind: 'user' }),
    address: ctx.origin?.address ?? null,
    userAgent: ctx.origin?.userAgent ?? null,
    requestId: ctx.requestId,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
  })
}

type WhoActed =
  | Exclude<Actor, { readonly kind: 'user' }>
  | {
      readonly kind: 'user'
      readonly userId: string
      readonly credentialId?: string
      readonly impersonatorId?: string
    }

function actorColumns(
  actor: WhoActed,
): Pick<AuditRow, 'actorKind' | 'actorId' | 'actorName' | 'credentialId' | 'impersonatorId'> {
  const nobody = { actorKind: actor.kind, actorId: null, actorName: null, credentialId: null, impersonatorId: null }
  switch (actor.kind) {
    case 'anonymous':
      return nobody
    case 'system':
      return { ...nobody, actorName: actor.name }
    case 'user': {
      const { userId: actorId, credentialId = null, impersonatorId = null } = actor
      return { ...nobody, actorId, credentialId, impersonatorId }
    }
  }
}

/** From where and with what a person did something before, the newest first, at most `limit` times; null where it is not known. */
export async function circumstancesBefore(
  tx: Writing,
  personId: string,
  action: AuditedAction<'person'>,
  limit: number,
): Promise<readonly { readonly address: string | null; readonly userAgent: string | null }[]> {
  return circumstancesOf(tx as unknown as Tx<CommonsTables>, personId, action.name, limit).execute()
}

/** The workspace's entries, newest first. */
export async function auditLog(ctx: Ctx, query: AuditQuery): Promise<Page<AuditEntry>> {
  return pageFor(ctx, workspaceOf(ctx), query)
}

/** The entries about one's own account, newest first, whatever the workspace. */
export async function ownAuditLog(ctx: Ctx, query: OwnAuditQuery): Promise<Page<AuditEntry>> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  return pageFor(ctx, { personId: ctx.actor.userId }, query)
}

function workspaceOf({ actor }: Ctx): { readonly workspaceId: string } {
  if (actor.kind !== 'user') throw Unauthenticated()
  return { workspaceId: actor.workspaceId }
}

async function pageFor(ctx: Ctx, whose: Whose, query: AuditQuery): Promise<Page<AuditEntry>> {
  const { limit = 20, cursor, ...narrowing } = query
  const after = afterCursor(cursor)
  const rows = await commons.one(ctx, (db) => entries(db, whose, { ...narrowing, after, limit: limit + 1 }))
  const { items, nextCursor } = pageOf(rows, limit)
  return { items: items.map(shown), nextCursor }
}

/**
 * Every entry of the workspace that the filter leaves, newest first, read page by page as they are asked for: what is
 * held in memory does not depend on how many there are. That they were taken is an entry itself, the first of them.
 * @throws TooManyEntries when there are more than 100,000: nothing is left out silently
 */
export async function exportedEntries(
  ctx: Ctx,
  filter: AuditFilter,
  bounds: { readonly mostEntries: number; readonly pageEntries: number } = EXPORT,
): Promise<AsyncIterable<AuditEntry>> {
  const whose = workspaceOf(ctx)
  const { mostEntries, pageEntries } = bounds
  const [beyond] = await commons.one(ctx, (db) => entryAt(db, whose, filter, mostEntries))
  if (beyond !== undefined) {
    throw TooManyEntries({
      detail: `One file holds ${mostEntries} entries at most: take them in parts, by from and to.`,
    })
  }
  await commons.write(ctx, (tx) =>
    record(tx, ctx, auditLogExported, { of: whose.workspaceId, targetId: whose.workspaceId }),
  )
  return pagewise(ctx, whose, filter, pageEntries)
}

async function* pagewise(ctx: Ctx, whose: Whose, filter: AuditFilter, limit: number): AsyncIterable<AuditEntry> {
  let after: string | null = null
  for (;;) {
    const page = { ...filter, after, limit }
    const rows: AuditRow[] = await commons.one(ctx, (db) => entries(db, whose, page))
    yield* rows.map(shown)
    if (rows.length < limit) return
    after = rows.at(-1)?.id ?? null
  }
}

function shown(row: AuditRow): AuditEntry {
  const { id, workspaceId, action, address, userAgent, requestId, before, after } = row
  return {
    ...{ id, workspaceId, action, address, userAgent, requestId, before, after },
    actor: {
      kind: row.actorKind,
      id: row.actorId,
      name: row.actorName,
      credentialId: row.credentialId,
      impersonatorId: row.impersonatorId,
    },
    target: { kind: row.targetKind, id: row.targetId },
    createdAt: row.createdAt.toISOString(),
  }
}
