import { hash } from 'node:crypto'
import { DAY_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { hashOf, newId, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { systemScope } from '#platform/database/scope.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { Forbidden } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { remainingRule } from '../recurrence/remaining.ts'
import { personOf } from '../tasks/service.ts'
import { calendarOf } from './calendar.ts'
import type { FeedSeries, FeedTask } from './entries.ts'
import {
  type DatedTask,
  type FeedRow,
  feedByHash,
  feedCount,
  feedsOf,
  insertFeed,
  revoke,
  tasksWithDates,
} from './queries.ts'
import type { Feed, FeedQuery, IssuedFeed, NewFeed } from './schema.ts'

export const FeedNotFound = problem('planner/feed-not-found', 404, 'There is no such feed')
export const TooManyFeeds = problem('planner/too-many-feeds', 409, 'These are more feeds than one has')

const FEEDS_MAX = 20
/** How many open tasks a feed tells of, and how many done ones. */
const TASKS_MAX = 1000
/** How long a feed tells of what was done. */
const DONE_SHOWN_MS = 30 * DAY_MS

/** One's own feeds of the workspace, newest first, without their addresses. */
export async function feeds(ctx: Ctx, { limit = 20, cursor }: FeedQuery): Promise<Page<Feed>> {
  const whose = personOf(ctx)
  const asked = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => feedsOf(db, whose, asked)), limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * Makes an address at which calendars read the tasks of the workspace. It is in the answer and nowhere else.
 * @throws TooManyFeeds
 * @throws Forbidden to a credential that does not read tasks itself
 */
export async function createFeed(ctx: Ctx, { name, shows = 'both' }: NewFeed): Promise<IssuedFeed> {
  const { userId, workspaceId, permissions } = personOf(ctx)
  if (!permissions.has('*') && !permissions.has('task:read'))
    throw Forbidden({ detail: 'The permission task:read is needed.' })
  const secret = newSecret(32)
  const row = await planner.write(ctx, async (tx) => {
    const { count } = await feedCount(tx, { userId, workspaceId }).executeTakeFirstOrThrow()
    if (count >= FEEDS_MAX) throw TooManyFeeds({ detail: `You have ${count}: take one away first.` })
    return insertFeed(tx, { id: newId<'Feed'>(), userId, workspaceId, name, shows, secretHash: hashOf(secret) })
  })
  return { ...shown(row), url: `${ctx.publicUrl}/api/v1/planner/feeds/${secret}.ics` }
}

/**
 * Takes a feed of one's own away: its address opens nothing from now on, for good.
 * @throws FeedNotFound
 */
export async function revokeFeed(ctx: Ctx, id: string): Promise<void> {
  const whose = personOf(ctx)
  const isThere = await planner.write(ctx, (tx) => revoke(tx, whose, id, ctx.clock.now()))
  if (!isThere) throw FeedNotFound({ detail: `No feed ${id} is here for you.` })
}

/**
 * What a calendar reads: the tasks that are due, in the name of the feed's person, while they are in the workspace.
 * @throws FeedNotFound for a secret that is none, was revoked, or whose person left
 */
export async function readFeed(ctx: Ctx, secret: string): Promise<{ calendar: string; etag: string }> {
  const asSystem = { database: ctx.database, scope: systemScope }
  const [feed] = await planner.one(asSystem, (db) => feedByHash(db, hashOf(secret)))
  if (feed === undefined) throw FeedNotFound()
  const { workspaceId, userId } = feed
  const asPerson = { database: ctx.database, scope: { role: 'app', workspaceId, userId } as const }
  const now = ctx.clock.now()
  const since = new Date(now.getTime() - DONE_SHOWN_MS)
  const rows = await planner.one(asPerson, (db) => tasksWithDates(db, workspaceId, since, TASKS_MAX))
  const calendar = calendarOf(feed, rows.map(dated), now)
  return { calendar, etag: `"${hash('sha256', calendar, 'base64url').slice(0, 22)}"` }
}

function dated({ series, dueBy: _due, ...task }: DatedTask): FeedTask {
  return { ...task, series: series === null ? null : seriesOf(series) }
}

/** What begins anew at each completion has no rule that a calendar could know. */
function seriesOf({ mode, rule: text, localStart, ...rest }: NonNullable<DatedTask['series']>): FeedSeries | null {
  const rule = mode === 'fixed' ? remainingRule(text, localStart, rest.timeZone) : null
  return rule === null ? null : { ...rest, rule }
}

function shown({ id, name, shows, createdAt }: FeedRow): Feed {
  return { id, name, shows, createdAt: createdAt.toISOString() }
}
