import type { TaskSeed } from '../tasks/service.ts'
import type { QuickAdded } from './schema.ts'

type Draft = QuickAdded['task']

/** The task that a seed would be, as it would be shown; without an id and times, since it is not there. */
export function draftOf(seed: TaskSeed, startsOn: string | null): Draft {
  return {
    id: null,
    title: seed.title,
    notes: seed.notes ?? '',
    status: 'inbox',
    priority: seed.priority ?? 0,
    level: 4,
    parentId: null,
    projectId: seed.projectId ?? null,
    zoneId: null,
    labels: (seed.labels ?? []).toSorted(),
    dueAt: seed.dueAt === undefined || seed.dueAt === null ? null : new Date(seed.dueAt).toISOString(),
    dueDate: seed.dueDate ?? null,
    startAt: null,
    timeZone: seed.timeZone ?? null,
    estimateMinutes: seed.estimateMinutes ?? null,
    actualMinutes: null,
    energy: seed.energy ?? null,
    kind: null,
    icon: null,
    champs: null,
    doneWhen: null,
    assignee: seed.assignee ?? null,
    waitingFor: null,
    position: 0,
    p50Minutes: null,
    p80Minutes: null,
    progress: { done: 0, total: 0 },
    blocked: false,
    recurrence: recurrenceOf(seed, startsOn),
    productionId: null,
    completedAt: null,
    createdAt: null,
    updatedAt: null,
  }
}

function recurrenceOf({ recurrence, timeZone }: TaskSeed, startsOn: string | null): Draft['recurrence'] {
  if (recurrence === undefined || recurrence === null || startsOn === null) return null
  const start = startsOn.includes('T') ? `${startsOn}:00` : startsOn
  return {
    ...{ rule: recurrence.rule, mode: recurrence.mode ?? 'fixed', catchUp: 'keep_one', paused: false, exceptions: [] },
    ...{ start, timeZone: timeZone ?? 'UTC', occurrence: start, nextTaskId: null },
  }
}
