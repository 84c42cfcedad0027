import { type Local, dayOf, isDay, localOf } from '../recurrence/local.ts'
import { type Line, component, property, text, texts } from './icalendar.ts'
import type { Shows } from './schema.ts'
import { basic } from './time-zones.ts'

/** A task as a calendar is told of it. */
export interface FeedTask {
  readonly id: string
  readonly title: string
  readonly notes: string
  readonly status: 'inbox' | 'next' | 'doing' | 'waiting' | 'done' | 'dropped'
  readonly priority: number
  readonly parentId: string | null
  readonly labels: readonly string[]
  readonly dueDate: string | null
  readonly dueAt: Date | null
  readonly startAt: Date | null
  readonly timeZone: string | null
  readonly estimateMinutes: number | null
  readonly completedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Of the open occurrence of a series that goes by the rule; null for all others. */
  readonly series: FeedSeries | null
}

export interface FeedSeries {
  readonly id: string
  /** RFC 5545, from this occurrence on. */
  readonly rule: string
  /** This occurrence by the rule, wherever it was moved. */
  readonly occurrence: Local
  readonly exceptions: readonly Local[]
  /** The zone of its wall. */
  readonly timeZone: string
}

/** PRIORITY is 1, the most urgent, to 9; ours is 4 to 1. 0 is none in both. */
const PRIORITIES = [0, 9, 5, 3, 1] as const

const STATUSES = {
  ...{ inbox: 'NEEDS-ACTION', next: 'NEEDS-ACTION', waiting: 'NEEDS-ACTION', doing: 'IN-PROCESS' },
  ...{ done: 'COMPLETED', dropped: 'CANCELLED' },
} as const

/** The components of a task: to-dos, events, or both, as the feed shows. `uids` names those that the feed holds, by task. */
export function entriesOf(task: FeedTask, shows: Shows, uids: ReadonlyMap<string, string>): Line[] {
  const todos = shows === 'events' ? [] : componentsOf('VTODO', task, uids)
  const events = shows === 'tasks' ? [] : componentsOf('VEVENT', task, uids)
  return [...todos, ...events]
}

/** What a task is called in the feed: all occurrences of a series are one thing. */
export function uidOf({ id, series }: FeedTask): string {
  return series === null ? id : series.id
}

type Kind = 'VTODO' | 'VEVENT'

function componentsOf(kind: Kind, task: FeedTask, uids: ReadonlyMap<string, string>): Line[] {
  const due = dueOf(task)
  if (due === null) return []
  const { series } = task
  if (series === null) return component(kind, [...common(kind, task, uids), ...times(kind, task, due)])
  const told = { ...task, startAt: null, timeZone: series.timeZone }
  const master = component(kind, [
    ...common(kind, task, uids),
    ...times(kind, told, series.occurrence, true),
    property('RRULE', series.rule),
    ...series.exceptions.filter((local) => local > series.occurrence).map((local) => when('EXDATE', local, told)),
  ])
  if (series.occurrence === due && (isDay(due) || task.timeZone === series.timeZone)) return master
  // Moved: the series goes on as it was, and this occurrence of it is told apart.
  const moved = [...common(kind, task, uids), when('RECURRENCE-ID', series.occurrence, told)]
  return [...master, ...component(kind, [...moved, ...times(kind, task, due)])]
}

function common(kind: Kind, task: FeedTask, uids: ReadonlyMap<string, string>): Line[] {
  const isDone = task.status === 'done'
  const uid = kind === 'VTODO' ? uidOf(task) : `event-${uidOf(task)}`
  const parent = kind === 'VTODO' && task.parentId !== null ? uids.get(task.parentId) : undefined
  return [
    property('UID', uid),
    property('DTSTAMP', utc(task.updatedAt)),
    property('CREATED', utc(task.createdAt)),
    property('LAST-MODIFIED', utc(task.updatedAt)),
    text('SUMMARY', kind === 'VEVENT' && isDone ? `✓ ${task.title}` : task.title),
    ...(task.notes === '' ? [] : [text('DESCRIPTION', task.notes)]),
    ...(task.labels.length === 0 ? [] : [texts('CATEGORIES', task.labels)]),
    property('PRIORITY', PRIORITIES[task.priority] ?? 0),
    // Nothing relates to itself: programs that draw trees do not end with it.
    ...(parent === undefined || parent === uid ? [] : [property('RELATED-TO', parent, { RELTYPE: 'PARENT' })]),
    ...(kind === 'VTODO' ? standing(task) : [property('TRANSP', 'TRANSPARENT')]),
  ]
}

function standing({ status, completedAt }: FeedTask): Line[] {
  const done = status === 'done' && completedAt !== null
  const completed = done ? [property('COMPLETED', utc(completedAt)), property('PERCENT-COMPLETE', 100)] : []
  return [property('STATUS', STATUSES[status]), ...completed]
}

/** When: a to-do is DUE and may begin before; an event begins then and lasts as long as is thought. */
function times(kind: Kind, task: FeedTask, due: Local, isSeries = false): Line[] {
  if (kind === 'VEVENT') {
    const minutes = isDay(due) ? null : task.estimateMinutes
    return [when('DTSTART', due, task), ...(minutes === null ? [] : [property('DURATION', `PT${minutes}M`)])]
  }
  const start = isSeries ? due : startOf(task, due)
  return [...(start === null ? [] : [when('DTSTART', start, task)]), when('DUE', due, task)]
}

/** Told like what is due, and not after it (RFC 5545 §3.8.2.3); null otherwise. */
function startOf({ startAt, timeZone }: FeedTask, due: Local): Local | null {
  if (startAt === null) return null
  const local = localOf(startAt, timeZone ?? 'UTC')
  const start = isDay(due) ? dayOf(local) : local
  return start <= due ? start : null
}

function dueOf({ dueDate, dueAt, timeZone }: FeedTask): Local | null {
  if (dueDate !== null) return dueDate
  return dueAt === null ? null : localOf(dueAt, timeZone ?? 'UTC')
}

/** A day, a time of a zone, or one of UTC. */
function when(name: string, local: Local, { timeZone }: FeedTask): Line {
  if (isDay(local)) return property(name, basic(local), { VALUE: 'DATE' })
  if (timeZone === null || timeZone === 'UTC') return property(name, `${basic(local)}Z`)
  return property(name, basic(local), { TZID: timeZone })
}

function utc(at: Date): string {
  return `${basic(at.toISOString().slice(0, 19))}Z`
}
