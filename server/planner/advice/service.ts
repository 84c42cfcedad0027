import { DAY_MS } from '#kernel/clock.ts'
import { isTimeZone } from '#kernel/time-zone.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { noteEstimate, personOf, taskRow, tasksByIdsOf } from '../tasks/service.ts'
import { estimateByModel, orderByModel } from './asking.ts'
import { daysUntil } from './days.ts'
import { HISTORY_MAX, estimateTask } from './estimate.ts'
import { prioritise, toldReason } from './prioritise.ts'
import { finishedBy, urgent } from './queries.ts'
import type { EstimateResult, PrioritiesQuery, PrioritiesResult } from './schema.ts'

// So many of the most urgent, and so many of what is due soonest, are put in order.
const LOOKED_AT = 150

/**
 * Estimates how long a task takes from what its person finished, and notes it with the task. Where neither they nor their
 * past say anything a model is asked, where one is connected. What they think themselves
 * stays as it is.
 * @throws TaskNotFound
 */
export async function estimate(ctx: Ctx, id: string): Promise<EstimateResult> {
  const { workspaceId, userId } = personOf(ctx)
  const { title, notes, labels, estimateMinutes } = await taskRow(ctx, id)
  const past = await planner.one(ctx, (db) => finishedBy(db, workspaceId, userId, `user:${userId}`, HISTORY_MAX))
  const history = past.map((each) => ({ ...each, actualMinutes: each.actualMinutes ?? 0 }))
  const known = estimateTask({ title, labels, estimateMinutes }, history)
  const isGuess = known.path === 'rules' && estimateMinutes === null
  const found = (isGuess ? await estimateByModel(ctx, { id, title, notes, labels }) : null) ?? known
  await noteEstimate(ctx, id, { p50Minutes: found.p50Minutes, p80Minutes: found.p80Minutes })
  return { ...found }
}

/**
 * The open tasks in the order in which to do them, with reasons. With `asksModel` a model puts the first of them in order,
 * where one is connected.
 * @throws InvalidInput when the zone is none
 */
export async function priorities(ctx: Ctx, query: PrioritiesQuery, asksModel = false): Promise<PrioritiesResult> {
  const { workspaceId, userId } = personOf(ctx)
  const { energy = null, minutes = null, timeZone = 'UTC', limit = 20 } = query
  const pointer = asksModel ? '/timeZone' : '?timeZone'
  if (!isTimeZone(timeZone)) throw InvalidInput({ errors: [{ pointer, detail: 'is no IANA time zone' }] })
  const now = ctx.clock.now()
  const asked = { workspaceId, assignee: `user:${userId}`, now, lookedAt: LOOKED_AT }
  const rows = await planner.one(ctx, (db) => urgent(db, asked))
  const tasks = rows.map((row) => ({
    ...row,
    dueInDays: daysUntil(row.dueBy, now, row.timeZone ?? timeZone),
    estimateMinutes: row.p50Minutes ?? row.estimateMinutes,
    ageDays: (now.getTime() - row.createdAt.getTime()) / DAY_MS,
  }))
  const byRules = prioritise(tasks, { energy, minutes })
  const about = { tasks, now: { energy, minutes } }
  const byModel = asksModel ? await orderByModel(ctx, `planner:priorities:${userId}`, about, byRules) : null
  const { path, confidence, order } = byModel ?? byRules
  const first = order.slice(0, limit)
  const byId = new Map(
    (
      await tasksByIdsOf(
        ctx,
        first.map(({ id }) => id),
      )
    ).map((task) => [task.id, task]),
  )
  const items = first.flatMap(({ id, score, reasons }) => {
    const task = byId.get(id)
    return task === undefined ? [] : [{ task, score, reasons: reasons.map(toldReason) }]
  })
  return { path, confidence, items }
}
