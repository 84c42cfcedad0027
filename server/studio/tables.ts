import type { CommonsTables } from '#commons/tables.ts'
import type { ColumnDefault } from '#platform/database/columns.ts'
import type { JobTables } from '#platform/jobs/queries.ts'
import type { FilmHeight } from './projects/schema.ts'

export interface ProjectsTable {
  id: string
  workspaceId: string
  title: string | null
  idea: string | null
  script: string | null
  height: ColumnDefault<FilmHeight>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface GenerationsTable {
  id: string
  workspaceId: string
  projectId: string
  kind: 'script' | 'voice' | 'visuals' | 'captions' | 'music' | 'assemble' | 'check'
  provider: string
  state: 'running' | 'done' | 'failed'
  attempts: ColumnDefault<number>
  costMicros: ColumnDefault<number>
  /** JSON: the summary for people, and the result that later stages read. */
  summary: unknown
  result: unknown
  storageKeys: ColumnDefault<string[]>
  failure: string | null
  startedAt: Date
  endedAt: Date | null
  createdAt: ColumnDefault<Date>
}

export interface RendersTable {
  projectId: string
  workspaceId: string
  title: string
  language: string
  storageKey: string
  captionsKey: string
  sizeBytes: number
  durationFrames: number
  frameRate: string
  width: number
  height: number
  loudnessLufs: number
  truePeakDb: number
  createdAt: ColumnDefault<Date>
}

/** The tables of the studio, by their names in SQL. */
export interface StudioTables {
  'studio.projects': ProjectsTable
  'studio.generations': GenerationsTable
  'studio.renders': RendersTable
}

/** What the wing sees: its own tables and those of the floors below. */
export type Tables = StudioTables & CommonsTables & JobTables
