import type { Fault } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { PlannerTx } from '../door.ts'
import { following } from './follow.ts'
import { type Local, localOf } from './local.ts'
import {
  type SeriesPatch,
  type SeriesRow,
  belowOccurrence,
  insertSeries,
  lockedSeries,
  projectIsThere,
  removeOccurrence,
  untouchedAfter,
  updateSeries,
} from './queries.ts'
import { readRule } from './read-rule.ts'
import { ruleText } from './rule.ts'
import type { NewRecurrence } from './schema.ts'
import { EXCEPTIONS_MAX, openSeries, seriesOf } from './series.ts'
import { type Due, type Told, localDue, type Times, templateOf, timesOf } from './template.ts'

/** A task as its series sees it. */
export interface Recurring extends Told, Due {
  readonly id: string
  readonly workspaceId: string
  readonly parentId: string | null
  readonly projectId: string | null
  readonly zoneId: string | null
  readonly level: number
  readonly startAt: Date | null
  readonly seriesId: string | null
  readonly occurrence: string | null
}

/** Where a task stands among the occurrences of a series. */
export interface Standing {
  readonly seriesId: string | null
  readonly occurrence: string | null
}

/**
 * Has a task recur from when it is due. The row of the task is written afterwards with what this answers.
 * Answers the faults of the wish instead, or of the task that is not due.
 */
export async function beginSeries(
  tx: PlannerTx,
  task: Recurring & { readonly createdBy: string },
  wish: NewRecurrence,
): Promise<Standing | { readonly faults: readonly Fault[] }> {
  const kept = keptOf(task, wish)
  if ('faults' in kept) return kept
  const id = newId<'Series'>()
  await insertSeries(tx, { id, workspaceId: task.workspaceId, createdBy: task.createdBy, ...kept })
  return { seriesId: id, occurrence: kept.localStart }
}

/** Whether a task that is due then may recur so. */
export function canRecur({ rule: text }: Pick<NewRecurrence, 'rule'>, due: TimesSaid): boolean {
  const start = localDue({ ...due, dueAt: due.dueAt === null ? null : new Date(due.dueAt) })
  const rule = readRule(text)
  if (start === null || rule.faults !== undefined) return false
  return openSeries({ rule: rule.value, start, timeZone: due.timeZone }).faults === undefined
}

interface TimesSaid {
  readonly dueDate: string | null
  readonly dueAt: string | null
  readonly timeZone: string
}

/** What a change of an occurrence does to its series. */
export interface SeriesChange {
  /** As the task stood. */
  readonly before: Recurring & { readonly createdBy: string }
  /** As it will stand. */
  readonly after: Recurring
  /** Undefined: nothing is said of it; null: it recurs no more. */
  readonly wish: NewRecurrence | null | undefined
  readonly scope: 'this' | 'future'
  readonly at: Date
}

/**
 * Changes a series along with its latest occurrence: another rule, which begins anew at that one; an end; a pause; and, with
 * scope `future`, what later occurrences begin with. Answers where the task stands then, or the faults.
 */
export async function changeSeries(
  tx: PlannerTx,
  change: SeriesChange,
): Promise<Standing | { readonly faults: readonly Fault[] }> {
  const { before, after, wish, scope, at } = change
  const standing = { seriesId: before.seriesId, occurrence: before.occurrence }
  if (before.seriesId === null)
    return wish ? beginSeries(tx, { ...after, createdBy: before.createdBy }, wish) : standing
  const isDue = localDue(after) !== null
  if (!isDue && wish !== null) return faulty('/dueDate', 'is said of a task that recurs, or dueAt is')
  if (wish === undefined && scope === 'this') return standing
  const row = await lockedSeries(tx, before.seriesId).executeTakeFirst()
  if (row === undefined || row.latest !== before.occurrence)
    return faulty('/recurrence', 'is changed on the latest occurrence alone')
  if (wish === null) {
    await updateSeries(tx, row.id, { deletedAt: at }, at)
    return { seriesId: null, occurrence: null }
  }
  const patch = patchOf(row, after, wish)
  if ('faults' in patch) return patch
  await updateSeries(tx, row.id, patch, at)
  return { seriesId: row.id, occurrence: patch.localStart ?? before.occurrence }
}

/** A task that follows an occurrence that is closed: the next one, or what lies below it. */
export interface OccurrenceSeed extends Told, Partial<Times>, Partial<Standing> {
  readonly id: string
  readonly parentId: string | null
  readonly projectId: string | null
  readonly zoneId: string | null
  readonly level: number
  readonly status: 'next'
}

/**
 * What comes after an occurrence that was done or, being `dropped`, is skipped. Nothing when it is not the latest of its
 * series, or the series is paused or has ended. Notes in the series that it has come; whoever asks writes it.
 */
export async function nextAfter(
  tx: PlannerTx,
  closed: Recurring,
  how: 'done' | 'dropped',
  at: Date,
): Promise<{ readonly createdBy: string; readonly seeds: readonly OccurrenceSeed[] }> {
  const none = { createdBy: '', seeds: [] }
  if (closed.seriesId === null) return none
  const row = await lockedSeries(tx, closed.seriesId).executeTakeFirst()
  if (row === undefined || row.latest !== closed.occurrence) return none
  const left = how === 'dropped' ? { exceptions: [...row.exceptions, row.latest].slice(-EXCEPTIONS_MAX) } : {}
  const next = row.isPaused ? null : nextOf({ ...row, ...left }, at)
  const come = next === null ? {} : { latest: next, made: row.made + 1 }
  if (next !== null || how === 'dropped') await updateSeries(tx, row.id, { ...left, ...come }, at)
  return next === null ? none : { createdBy: row.createdBy, seeds: await seedsOf(tx, row, closed, next) }
}

/** Undoes what closing an occurrence did: it is no exception any more, and the next one goes unless somebody touched it. */
export async function takeNextBack(tx: PlannerTx, reopened: Recurring, at: Date): Promise<void> {
  const { seriesId, occurrence } = reopened
  if (seriesId === null || occurrence === null) return
  const row = await lockedSeries(tx, seriesId).executeTakeFirst()
  if (row === undefined) return
  const next = row.latest > occurrence ? await untouchedAfter(tx, row, occurrence) : null
  if (next !== null) await removeOccurrence(tx, row.workspaceId, next, at)
  const exceptions = row.exceptions.filter((local) => local !== occurrence)
  const back = next === null ? {} : { latest: occurrence, made: Math.max(row.made - 1, 1) }
  await updateSeries(tx, row.id, { exceptions, ...back }, at)
}

function nextOf(row: SeriesRow, at: Date): Local | null {
  const { mode, catchUp, timeZone, latest: occurrence, made, exceptions } = row
  const rule = readRule(row.rule)
  // A rule that was taken once is taken for as long as the words of rules are.
  if (rule.faults !== undefined) return null
  const series = seriesOf({ rule: rule.value, start: row.localStart, timeZone, exceptions })
  return following(series, { mode, catchUp, occurrence, made, now: localOf(at, timeZone) })?.local ?? null
}

/** The next occurrence, and what lay below the one before, open and without dates of its own. */
async function seedsOf(tx: PlannerTx, row: SeriesRow, closed: Recurring, local: Local): Promise<OccurrenceSeed[]> {
  const { startLeadMs: _lead, ...told } = row.template
  const isThere = closed.projectId !== null && (await projectIsThere(tx, closed.projectId).executeTakeFirst())
  const where = { projectId: isThere ? closed.projectId : null, zoneId: closed.zoneId, status: 'next' as const }
  const id = newId<'Task'>()
  const ids = new Map<string, string>([[closed.id, id]])
  const head = {
    ...{ ...told, ...where, id, parentId: closed.parentId, level: closed.level },
    ...{ ...timesOf(row.template, local, row.timeZone), seriesId: row.id, occurrence: local },
  }
  const rest = (await belowOccurrence(tx, closed.workspaceId, closed.id)).map((each) => {
    const copy = newId<'Task'>()
    ids.set(each.id, copy)
    return { ...each, ...where, id: copy, parentId: ids.get(each.parentId) ?? id }
  })
  return [head, ...rest]
}

type Kept = Required<Omit<SeriesPatch, 'deletedAt'>>

/** A wish, checked against when its task is due, as a series is kept that begins there. */
function keptOf(task: Recurring, wish: NewRecurrence): Kept | { readonly faults: readonly Fault[] } {
  const start = localDue(task)
  if (start === null) return faulty('/recurrence', 'needs a dueDate or a dueAt to begin at')
  const rule = readRule(wish.rule)
  if (rule.faults !== undefined) return { faults: rule.faults.map(faultOfRule) }
  const timeZone = task.timeZone ?? 'UTC'
  const exceptions = wish.exceptions ?? []
  const series = openSeries({ rule: rule.value, start, timeZone, exceptions })
  if (series.faults !== undefined) return { faults: series.faults.map(faultOfRule) }
  return {
    ...{ rule: ruleText(rule.value), mode: wish.mode ?? 'fixed', catchUp: wish.catchUp ?? 'keep_one' },
    ...{ isPaused: wish.paused ?? false, exceptions, timeZone, localStart: start, latest: start, made: 1 },
    template: templateOf(task, start, timeZone),
  }
}

/** What changes of a series: it begins anew where the task is due when its rule, mode or, for all later ones, time is another. */
function patchOf(
  row: SeriesRow,
  after: Recurring,
  wish: NewRecurrence | undefined,
): SeriesPatch | { readonly faults: readonly Fault[] } {
  const { rule, mode, catchUp, isPaused: paused } = row
  const kept = keptOf(after, { rule, mode, catchUp, paused, ...wish })
  if ('faults' in kept) return kept
  const isMoved = wish === undefined && kept.localStart !== row.latest
  if (kept.rule !== rule || kept.mode !== mode || isMoved) return kept
  const exceptions = wish?.exceptions ?? row.exceptions
  return { catchUp: kept.catchUp, isPaused: kept.isPaused, template: kept.template, exceptions }
}

const faultOfRule = (detail: string): Fault => ({ pointer: '/recurrence/rule', detail })

function faulty(pointer: string, detail: string): { readonly faults: readonly Fault[] } {
  return { faults: [{ pointer, detail }] }
}
