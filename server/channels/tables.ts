import type { CommonsTables } from '#commons/tables.ts'
import type { ColumnDefault } from '#platform/database/columns.ts'
import type { JobTables } from '#platform/jobs/queries.ts'

export interface ProductionsTable {
  id: string
  workspaceId: string
  createdBy: string
  taskId: string | null
  projectId: string
  visibility: 'public' | 'unlisted' | 'private'
  state: 'running' | 'completed' | 'failed' | 'cancelled'
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  endedAt: Date | null
  deletedAt: Date | null
}

export interface StagesTable {
  workspaceId: string
  productionId: string
  name: 'script' | 'voice' | 'visuals' | 'captions' | 'music' | 'assemble' | 'check' | 'publish'
  position: number
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'
  attempts: ColumnDefault<number>
  costMicros: ColumnDefault<number>
  provider: string | null
  /** JSON: plain facts of what was made. */
  summary: unknown
  failureCode: string | null
  failureDetail: string | null
  dueAt: Date | null
  startedAt: Date | null
  endedAt: Date | null
  createdAt: ColumnDefault<Date>
}

export interface PublicationsTable {
  id: string
  workspaceId: string
  productionId: string
  target: 'stream'
  state: 'pending' | 'sent' | 'published' | 'failed'
  videoId: string
  publishedAt: Date | null
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

/** The tables of the channels, by their names in SQL. */
export interface ChannelsTables {
  'channels.productions': ProductionsTable
  'channels.stages': StagesTable
  'channels.publications': PublicationsTable
}

/** What the wing sees: its own tables and those of the floors below. */
export type Tables = ChannelsTables & CommonsTables & JobTables
