import type { Champs } from '../champs/vocabulary.ts'
import { type Local, instantOf, isDay, localOf } from './local.ts'

/** What a task says that its occurrences share. Where it stands (parent, project, area, level) is taken from the one before. */
export interface Told {
  readonly title: string
  readonly notes: string
  readonly priority: number
  readonly labels: string[]
  readonly estimateMinutes: number | null
  readonly energy: number | null
  readonly kind: 'digital' | 'human' | null
  readonly icon: string | null
  readonly champs: Champs | null
  readonly doneWhen: string | null
  readonly assignee: string | null
}

/** What each occurrence begins with. */
export interface Template extends Told {
  /** How long before it is due an occurrence begins; null where it begins at any time. */
  readonly startLeadMs: number | null
}

/** When a task is due, as it is kept. */
export interface Due {
  readonly dueDate: string | null
  readonly dueAt: Date | null
  readonly timeZone: string | null
}

/** The wall time at which a task is due, and its zone; null for one that is not due. */
export function localDue({ dueDate, dueAt, timeZone }: Due): Local | null {
  if (dueDate !== null) return dueDate
  return dueAt === null ? null : localOf(dueAt, timeZone ?? 'UTC')
}

/** What of a task its later occurrences begin with. */
export function templateOf(task: Told & { readonly startAt: Date | null }, start: Local, timeZone: string): Template {
  const { title, notes, priority, labels, estimateMinutes, energy, kind, icon, champs, doneWhen, assignee } = task
  const startLeadMs = task.startAt === null ? null : anchorOf(start, timeZone).getTime() - task.startAt.getTime()
  return {
    ...{ title, notes, priority, labels, estimateMinutes, energy, kind, icon, champs, doneWhen, assignee },
    startLeadMs,
  }
}

/** The times of an occurrence, as a task is written with them. */
export interface Times {
  readonly dueDate?: string
  readonly dueAt?: string
  readonly startAt: string | null
  readonly timeZone: string
}

export function timesOf(template: Template, local: Local, timeZone: string): Times {
  const anchor = anchorOf(local, timeZone)
  const { startLeadMs } = template
  const startAt = startLeadMs === null ? null : new Date(anchor.getTime() - startLeadMs).toISOString()
  const due = isDay(local) ? { dueDate: local } : { dueAt: anchor.toISOString() }
  return { ...due, timeZone, startAt }
}

/** The instant that stands for an occurrence: of a day its beginning. */
function anchorOf(local: Local, timeZone: string): Date {
  return instantOf(isDay(local) ? `${local}T00:00:00` : local, timeZone)
}
