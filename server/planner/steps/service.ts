import { problem } from '#kernel/errors.ts'
import { DAY_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { daysUntil } from '../advice/days.ts'
import { toldReason } from '../advice/prioritise.ts'
import { type PlannerTx, planner } from '../door.ts'
import { addTasks, changeTaskIn, personOf, taskHeld, taskRow, tasksByIdsOf } from '../tasks/service.ts'
import type { Task } from '../tasks/schema.ts'
import { splitByModel } from './model.ts'
import { type Doable, type Moment, minutesAsked, offers, tagsAsked } from './next.ts'
import { doable } from './queries.ts'
import type { NextQuery, NextSteps, SplitResult, SplitWish } from './schema.ts'
import { type Split, STEP_LEVEL, type Splittable, splitTask } from './split.ts'

export const TaskHasParts = problem('planner/task-has-parts', 409, 'This task is split already')
export const TaskIsClosed = problem('planner/task-is-closed', 409, 'This task is not to be done any more')
export const TooDeep = problem('planner/too-deep', 409, 'A step of a subtask is as small as it gets')

// How many are looked at for one offer.
const CANDIDATES = 60

/** What of a task the split needs to know. */
type Whole = Pick<Task, 'id' | 'title' | 'notes' | 'level' | 'parentId' | 'estimateMinutes' | 'status' | 'progress'>

/**
 * Splits a task into parts or steps below it, by the workspace's model or by rules; written unless `dryRun`. A step becomes a subtask with steps of its
 * own where the levels allow. They inherit its priority, project and area of life.
 * @throws TaskNotFound
 * @throws TaskHasParts when something lies below it
 * @throws TaskIsClosed when it is done or dropped
 * @throws TooDeep when it is a step of a subtask
 */
export async function splitInto(ctx: Ctx, id: string, wish: SplitWish): Promise<SplitResult> {
  const seen = await taskRow(ctx, id)
  const above = seen.level === STEP_LEVEL && seen.parentId !== null ? await taskRow(ctx, seen.parentId) : null
  const whole = wholeOf(seen, above?.level ?? null, wish)
  const byRules = splitTask(whole)
  const split = (wish.model === false ? null : await splitByModel(ctx, id, whole, byRules)) ?? byRules
  if (wish.dryRun === true) return told(split, [])
  return planner.write(ctx, async (tx) => {
    // Somebody may have split it, or done it, while the model thought.
    const row = await taskHeld(tx, ctx, id)
    const parent = row.level === STEP_LEVEL && row.parentId !== null ? await taskHeld(tx, ctx, row.parentId) : null
    checkSplittable(row, parent?.level ?? null)
    if (row.level === STEP_LEVEL) await changeTaskIn(tx, ctx, id, { level: STEP_LEVEL - 1 })
    return told(split, await written(tx, ctx, row, split))
  })
}

/** The same by rules in the transaction of its cause, where no model is waited for; always written. */
export async function splitIn(tx: PlannerTx, ctx: Ctx, id: string): Promise<void> {
  const row = await taskHeld(tx, ctx, id)
  const parent = row.level === STEP_LEVEL && row.parentId !== null ? await taskHeld(tx, ctx, row.parentId) : null
  const split = splitTask(wholeOf(row, parent?.level ?? null, {}))
  if (row.level === STEP_LEVEL) await changeTaskIn(tx, ctx, id, { level: STEP_LEVEL - 1 })
  await written(tx, ctx, row, split)
}

function wholeOf(task: Whole, parentLevel: number | null, { minutes }: SplitWish): Splittable {
  const { title, notes, level, estimateMinutes } = task
  checkSplittable(task, parentLevel)
  return { title, notes, level, minutes: minutes ?? estimateMinutes }
}

function checkSplittable({ status, progress, level }: Whole, parentLevel: number | null): void {
  if (status === 'done' || status === 'dropped') throw TaskIsClosed({ detail: `It is ${status}.` })
  if (progress.total > 0) throw TaskHasParts({ detail: `${progress.total} lie below it.` })
  if (level === STEP_LEVEL && parentLevel === STEP_LEVEL - 1) throw TooDeep()
}

/** Parts and steps in one shape. */
function itemsOf({ parts, steps }: Split): Omit<SplitResult['items'][number], 'id'>[] {
  const nothing = { kind: null, icon: null, champs: null, doneWhen: null, automation: null }
  return parts.length > 0
    ? parts.map((part) => ({ ...nothing, ...part }))
    : steps.map((step) => ({ ...step, champs: plain(step.champs), level: STEP_LEVEL }))
}

const plain = ({ conversation, help, activity, movement, ...rest }: Split['steps'][number]['champs']) => ({
  ...{ conversation: [...conversation], help: [...help], activity: [...activity], movement: [...movement] },
  ...rest,
})

type Row = Awaited<ReturnType<typeof taskHeld>>

function written(tx: PlannerTx, ctx: Ctx, { id, priority, projectId, zoneId }: Row, split: Split): Promise<string[]> {
  const inherited = { parentId: id, priority, projectId, zoneId, status: 'next' } as const
  const seeds = itemsOf(split).map(({ minutes: estimateMinutes, automation: _automation, ...item }) => ({
    ...inherited,
    ...item,
    estimateMinutes,
  }))
  return addTasks(tx, ctx, seeds)
}

function told(split: Split, ids: readonly string[]): SplitResult {
  const { path, confidence, kind, result, clarify } = split
  const items = itemsOf(split).map((item, at) => ({ id: ids[at] ?? null, ...item }))
  return { path, confidence, kind, result, clarify: [...clarify], items }
}

/** What the person could do now, the best first: one small thing, and what it belongs to. */
export async function nextSteps(ctx: Ctx, query: NextQuery): Promise<NextSteps> {
  const { workspaceId, userId } = personOf(ctx)
  const { limit = 3, parentId = null, inMeeting = false, restless = false } = query
  const moment: Moment = {
    energy: (query.energy ?? null) as Moment['energy'],
    minutes: query.minutes ?? null,
    inMeeting,
    restless,
  }
  const now = ctx.clock.now()
  const wanted = { tags: tagsAsked(moment), maxMinutes: minutesAsked(moment), minutes: moment.minutes }
  const asked = { workspaceId, userId, now, parentId, ...wanted, limit: CANDIDATES }
  const rows = await planner.one(ctx, (db) => doable(db, asked))
  const chosen = offers(
    rows.map((row): Doable => ({
      ...row,
      isStep: row.level === STEP_LEVEL,
      isBegun: row.status === 'doing',
      minutes: row.p50Minutes ?? row.estimateMinutes,
      dueInDays: daysUntil(row.dueBy, now, row.timeZone),
      ageDays: (now.getTime() - row.createdAt.getTime()) / DAY_MS,
    })),
    moment,
    limit,
  )
  const parentOf = new Map(rows.map((row) => [row.id, row.parentId]))
  const parents = chosen.flatMap(({ id }) => parentOf.get(id) ?? [])
  const tasks = await tasksByIdsOf(ctx, [...new Set([...chosen.map(({ id }) => id), ...parents])])
  return { path: 'rules', confidence: confidenceOf(chosen.length, rows), items: shownOffers(chosen, tasks) }
}

function shownOffers(chosen: ReturnType<typeof offers>, tasks: readonly Task[]): NextSteps['items'] {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  return chosen.flatMap(({ id, champs, fit, reasons }) => {
    const task = byId.get(id)
    if (task === undefined || fit === 'too-much') return []
    const above = task.parentId === null ? undefined : byId.get(task.parentId)
    const parent = above === undefined ? null : { id: above.id, title: above.title, progress: above.progress }
    return [{ task, champs: plain(champs), fit, reasons: reasons.map(toldReason), parent }]
  })
}

// Steps say of themselves what they expect and how long they take; tasks without tags are guessed at.
function confidenceOf(count: number, rows: readonly { champs: unknown }[]): number {
  if (count === 0) return 0
  const tagged = rows.filter(({ champs }) => champs !== null).length
  return Math.round((0.4 + (0.5 * tagged) / rows.length) * 100) / 100
}
