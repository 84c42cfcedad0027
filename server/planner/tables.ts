import type { CommonsTables } from '#commons/tables.ts'
import type { ColumnDefault } from '#platform/database/columns.ts'

export interface CapturesTable {
  id: string
  userId: string
  text: string
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface TasksTable {
  id: string
  workspaceId: string
  createdBy: string
  captureId: string | null
  title: string
  notes: ColumnDefault<string>
  status: 'inbox' | 'next' | 'doing' | 'waiting' | 'done' | 'dropped'
  waitingFor: string | null
  productionId: string | null
  completedAt: Date | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface ProductionRequestsTable {
  id: string
  workspaceId: string
  taskId: string
  requestedBy: string
  title: string | null
  idea: string | null
  script: string | null
  visibility: 'public' | 'unlisted' | 'private'
  createdAt: ColumnDefault<Date>
}

/** The tables of the planner, by their names in SQL. */
export interface PlannerTables {
  'planner.captures': CapturesTable
  'planner.tasks': TasksTable
  'planner.productionRequests': ProductionRequestsTable
}

/** What the wing sees: its own tables and those of the floors below. */
export type Tables = PlannerTables & CommonsTables
