import type { Fault } from '#kernel/errors.ts'
import { isTimeZone } from '#kernel/time-zone.ts'
import type { TaskStatus } from './schema.ts'

/** What of a task hangs together, as it would stand after a change. */
export interface Planned {
  readonly title: string
  readonly status: TaskStatus
  readonly dueAt: string | Date | null
  readonly dueDate: string | null
  readonly timeZone: string | null
  readonly waitingFor: string | null
  readonly level: number
  /** Null at the top. */
  readonly parentLevel: number | null
  /** The highest level among its children; null without any. */
  readonly childLevel: number | null
}

/** Everything that is wrong with a task as it would stand; nothing is well. */
export function faultsOf(task: Planned): Fault[] {
  const { title, dueAt, dueDate, timeZone, level, parentLevel, childLevel } = task
  const faults: (Fault | false)[] = [
    !/[^\p{C}\p{Z}]/u.test(title) && { pointer: '/title', detail: 'must hold something to read' },
    dueAt !== null && dueDate !== null && { pointer: '/dueDate', detail: 'must be null where there is a dueAt' },
    dueAt !== null && timeZone === null && { pointer: '/timeZone', detail: 'must say where dueAt was meant' },
    timeZone !== null && !isTimeZone(timeZone) && { pointer: '/timeZone', detail: 'is no IANA time zone' },
    parentLevel !== null &&
      level <= parentLevel && { pointer: '/level', detail: `must lie below its parent’s ${parentLevel}` },
    childLevel !== null &&
      level >= childLevel && { pointer: '/level', detail: `must lie above its children’s ${childLevel}` },
    task.waitingFor !== null &&
      task.status !== 'waiting' && { pointer: '/waitingFor', detail: 'is said of what waits alone' },
  ]
  return faults.filter((fault) => fault !== false)
}
