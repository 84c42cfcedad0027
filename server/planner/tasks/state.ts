import type { TaskStatus } from './schema.ts'

/** What may follow what by what the house does itself; people move their tasks as they like. */
const nextStatuses = {
  inbox: ['doing'],
  next: ['doing'],
  doing: ['done', 'waiting'],
  waiting: ['doing', 'done'],
  done: [],
  dropped: [],
} satisfies Record<TaskStatus, readonly TaskStatus[]>

/** The statuses from which `to` is reached in one step: the `where` of every change. */
export function statusesBefore(to: TaskStatus): TaskStatus[] {
  return (Object.keys(nextStatuses) as TaskStatus[]).filter((from) =>
    (nextStatuses[from] as readonly TaskStatus[]).includes(to),
  )
}
