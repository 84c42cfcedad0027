import { Temporal } from 'temporal-polyfill'
import type { NewTask } from '../tasks/schema.ts'
import type { CaptureSave, Proposal, ProposedTask } from './schema.ts'

const LABEL_LENGTH_MAX = 100
const LABELS_MAX = 20

/**
 * The task that a proposed one becomes: its date as a day, or as an instant in the zone in which it was said; people as
 * labels `@Name`.
 */
function seedOf(task: ProposedTask, timeZone: string): NewTask {
  const valueOf = (name: string): string | number | undefined => task.fields.find(({ field }) => field === name)?.value
  const [due, priority, minutes] = [valueOf('due'), valueOf('priority'), valueOf('estimateMinutes')]
  const people = task.fields.filter(({ field }) => field === 'person')
  const labels = [...new Set(people.map(({ value }) => `@${value}`.slice(0, LABEL_LENGTH_MAX)))].slice(0, LABELS_MAX)
  return {
    title: task.title,
    notes: task.notes,
    ...(typeof priority === 'number' && { priority }),
    ...(typeof minutes === 'number' && { estimateMinutes: minutes }),
    ...(labels.length > 0 && { labels }),
    ...(typeof due === 'string' && dueOf(due, timeZone)),
  }
}

/** In a gap of the clock the time after it, in an hour that comes twice the first. */
function dueOf(due: string, timeZone: string): Pick<NewTask, 'dueDate' | 'dueAt' | 'timeZone'> {
  if (!due.includes('T')) return { dueDate: due }
  const instant = Temporal.PlainDateTime.from(due).toZonedDateTime(timeZone).toInstant()
  return { dueAt: new Date(instant.epochMilliseconds).toISOString(), timeZone }
}

type Choice = NonNullable<CaptureSave['tasks']>[number]

/** What a choice makes: a proposed task with what its person wants to differ, or one of their own. */
export function seedFor(choice: Choice, { tasks }: Proposal, timeZone: string): NewTask {
  const proposed = choice.from === undefined ? undefined : tasks[choice.from]
  return edited(proposed === undefined ? { title: choice.title ?? '' } : seedOf(proposed, timeZone), choice)
}

/** A proposed task with what its person wants to differ. A day and an instant exclude each other: the newer word counts. */
function edited(seed: NewTask, { from: _from, ...edits }: Choice): NewTask {
  const { dueAt, dueDate, timeZone, ...rest } = seed
  const isMoved = edits.dueAt !== undefined || edits.dueDate !== undefined
  const due = isMoved ? {} : { ...(dueAt && { dueAt }), ...(dueDate && { dueDate }), ...(timeZone && { timeZone }) }
  return { ...rest, ...due, ...edits }
}
