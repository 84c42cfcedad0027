import type { TaskRow } from './queries.ts'
import type { Task } from './schema.ts'

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

/** A task as its people see it. */
export function shown(row: TaskRow): Task {
  const { workspaceId: _workspace, captureId: _capture, dueBy: _due, version: _version, ...rest } = row
  const { seriesId: _series, occurrence: _occurrence, createdBy: _by, ...task } = rest
  return {
    ...task,
    champs: row.champs as Task['champs'],
    dueAt: iso(row.dueAt),
    startAt: iso(row.startAt),
    completedAt: iso(row.completedAt),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
