import { assertNever } from '#kernel/assert.ts'
import { MINUTE_MS } from '#kernel/clock.ts'
import { type Fault, isProblem, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { handOverIn } from '../delegations/service.ts'
import { TaskIsClosed, TooDeep, splitIn } from '../steps/service.ts'
import { TaskNotFound, belowTask, changeTaskIn, personOf, taskHeld, taskWithTag } from '../tasks/service.ts'
import { type SwipeRow, endTimer, insertSwipe, lockedSwipe, runningSwipe, swipesOf } from './queries.ts'
import type { Finish, How, NewSwipe, Running, Swipe, SwipeQuery, Swiped } from './schema.ts'
import { minutesByClock, remainingMs } from './timer.ts'

export const SwipeNotFound = problem('planner/swipe-not-found', 404, 'There is no such swipe')
export const TimerEnded = problem('planner/timer-ended', 409, 'No timer of this runs')
export const TimerStarted = problem('planner/timer-started', 409, 'Another timer was started at this moment')

const TIMER_MINUTES = 25
/** So few that one begins instead of reading. */
const FIRST_STEPS = 3

/**
 * Decides about a task. Left lets it be, right does it, up hands it over as `handOver` does; the task follows in the same
 * transaction. A new timer ends the one that runs.
 * @throws TaskNotFound, TaskIsClosed, HandedOverAlready, TimerStarted
 * @throws InvalidInput for what does not belong to the direction, or somebody who cannot do it
 */
export async function swipe(ctx: Ctx, wish: NewSwipe): Promise<Swiped> {
  const faults = faultsOf(wish)
  if (faults.length > 0) throw InvalidInput({ errors: faults })
  const row = await planner.write(ctx, (tx) => swiped(tx, ctx, wish))
  const { task } = await taskWithTag(ctx, wish.taskId)
  const below = row.how === 'with-me' ? await belowTask(ctx, wish.taskId) : []
  const open = below.filter(({ status }) => status !== 'done' && status !== 'dropped')
  return { swipe: shown(row, ctx.clock.now()), task, steps: open.slice(0, FIRST_STEPS) }
}

/** One's own swipes in the workspace, newest first. */
export async function swipes(ctx: Ctx, { limit = 20, cursor }: SwipeQuery): Promise<Page<Swipe>> {
  const whose = personOf(ctx)
  const asked = { after: afterCursor(cursor), limit: limit + 1 }
  const page = pageOf(await planner.one(ctx, (db) => swipesOf(db, whose, asked)), limit)
  const now = ctx.clock.now()
  return { items: page.items.map((row) => shown(row, now)), nextCursor: page.nextCursor }
}

/** One's own timer that runs in the workspace, or has rung and was not ended. */
export async function running(ctx: Ctx): Promise<Running> {
  const whose = personOf(ctx)
  const [row] = await planner.one(ctx, (db) => runningSwipe(db, whose))
  return { swipe: row === undefined ? null : shown(row, ctx.clock.now()) }
}

/**
 * Ends a timer. How long it took is added to what the task took so far.
 * @throws SwipeNotFound also for those of others
 * @throws TimerEnded for one that has ended, or a swipe without one
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export async function finish(ctx: Ctx, id: string, said: Finish, ifMatch?: string): Promise<Swipe> {
  const row = await planner.write(ctx, async (tx) => {
    const held = await lockedSwipe(tx, personOf(ctx), id).executeTakeFirst()
    if (held === undefined) throw SwipeNotFound({ detail: `No swipe ${id} is yours.` })
    requireMatch(ifMatch, etagOf(id, held.version))
    return ended(tx, ctx, held, said)
  })
  return shown(row, ctx.clock.now())
}

export const swipeTag = ({ id, timer }: Swipe): string => etagOf(id, timer?.finishedAt ? 2 : 1)

function faultsOf({ direction, how, minutes, reason, assignee, skills, instructions }: NewSwipe): Fault[] {
  const only = (name: string, value: unknown, when: boolean, says: string): Fault[] =>
    value === undefined || when ? [] : [{ pointer: `/${name}`, detail: `is said of a swipe ${says} alone` }]
  return [
    ...(direction === 'right' && how === undefined ? [{ pointer: '/how', detail: 'must say how it is done' }] : []),
    ...only('how', how, direction === 'right', 'to the right'),
    ...only('minutes', minutes, how === 'solo', 'to the right, alone,'),
    ...only('reason', reason, direction === 'left', 'to the left'),
    ...only('assignee', assignee, direction === 'up', 'up'),
    ...only('skills', skills, direction === 'up', 'up'),
    ...only('instructions', instructions, direction === 'up', 'up'),
  ]
}

async function swiped(tx: PlannerTx, ctx: Ctx, wish: NewSwipe): Promise<SwipeRow> {
  const { userId, workspaceId } = personOf(ctx)
  const { taskId, direction, how = null, reason = null } = wish
  const at = ctx.clock.now()
  if (how === 'solo') await endRunning(tx, ctx)
  const task = await taskHeld(tx, ctx, taskId)
  if (task.status === 'done' || task.status === 'dropped') throw TaskIsClosed({ detail: `It is ${task.status}.` })
  const delegationId = await effectOf(tx, ctx, wish, task.progress.total > 0)
  const timerMinutes = how === 'solo' ? (wish.minutes ?? TIMER_MINUTES) : null
  const endsAt = timerMinutes === null ? null : new Date(at.getTime() + timerMinutes * MINUTE_MS)
  const row = { id: newId<'Swipe'>(), userId, workspaceId, taskId, direction, how, reason, delegationId }
  const inserted = await insertSwipe(tx, { ...row, timerMinutes, endsAt, createdAt: at })
  if (inserted === null) throw TimerStarted()
  return inserted
}

/** What follows for the task. Returns the delegation that it becomes, if any. */
async function effectOf(tx: PlannerTx, ctx: Ctx, wish: NewSwipe, isSplit: boolean): Promise<string | null> {
  const { taskId, direction, how } = wish
  switch (direction) {
    case 'left':
      await changeTaskIn(tx, ctx, taskId, { status: 'dropped' })
      return null
    case 'up': {
      const { assignee, skills = [], instructions = '' } = wish
      const whom = assignee === undefined ? {} : { assignee }
      const { id } = await handOverIn(tx, ctx, { taskId, mode: 'delegate', skills, instructions, ...whom })
      return id
    }
    case 'right':
      await begin(tx, ctx, taskId, how ?? 'solo', isSplit)
      return null
    default:
      return assertNever(direction)
  }
}

async function begin(tx: PlannerTx, ctx: Ctx, taskId: string, how: How, isSplit: boolean): Promise<void> {
  if (how === 'with-me' && !isSplit) {
    try {
      await splitIn(tx, ctx, taskId)
    } catch (error) {
      // What is as small as it gets is its own first step.
      if (!isProblem(error, TooDeep)) throw error
    }
  }
  await changeTaskIn(tx, ctx, taskId, { status: 'doing' })
}

async function endRunning(tx: PlannerTx, ctx: Ctx): Promise<void> {
  const before = await runningSwipe(tx, personOf(ctx)).forUpdate().executeTakeFirst()
  if (before !== undefined) await ended(tx, ctx, before, { isDone: false })
}

async function ended(tx: PlannerTx, ctx: Ctx, row: SwipeRow, { isDone, actualMinutes }: Finish): Promise<SwipeRow> {
  const { id, taskId, timerMinutes, finishedAt, createdAt } = row
  if (timerMinutes === null || finishedAt !== null) throw TimerEnded()
  const at = ctx.clock.now()
  const minutes = actualMinutes ?? minutesByClock(createdAt, at, timerMinutes)
  await endTimer(tx, id, { finishedAt: at, actualMinutes: minutes })
  await addTime(tx, ctx, taskId, minutes, isDone)
  return { ...row, finishedAt: at, actualMinutes: minutes, version: row.version + 1 }
}

const ACTUAL_MINUTES_MAX = 100_000

async function addTime(tx: PlannerTx, ctx: Ctx, taskId: string, minutes: number, isDone: boolean): Promise<void> {
  try {
    const { actualMinutes: before } = await taskHeld(tx, ctx, taskId)
    const actualMinutes = Math.min((before ?? 0) + minutes, ACTUAL_MINUTES_MAX)
    await changeTaskIn(tx, ctx, taskId, { actualMinutes, ...(isDone ? { status: 'done' } : {}) })
  } catch (error) {
    // A timer ends also when its task was deleted meanwhile.
    if (!isProblem(error, TaskNotFound)) throw error
  }
}

function shown(row: SwipeRow, now: Date): Swipe {
  const { id, taskId, direction, how, reason, delegationId, timerMinutes, endsAt, finishedAt, actualMinutes } = row
  const startedAt = row.createdAt
  return {
    ...{ id, taskId, direction, how, reason, delegationId, createdAt: startedAt.toISOString() },
    timer:
      timerMinutes === null || endsAt === null
        ? null
        : {
            ...{ minutes: timerMinutes, startedAt: startedAt.toISOString(), endsAt: endsAt.toISOString() },
            remainingMs: remainingMs({ startedAt, endsAt, finishedAt }, now),
            ...{ finishedAt: finishedAt?.toISOString() ?? null, actualMinutes },
          },
  }
}
