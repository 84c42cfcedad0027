import type { CommonsTables } from '#commons/tables.ts'
import type { ColumnDefault } from '#platform/database/columns.ts'
import type { JobTables } from '#platform/jobs/queries.ts'

export interface VideosTable {
  id: string
  workspaceId: string
  createdBy: string
  title: string
  description: ColumnDefault<string>
  visibility: 'public' | 'unlisted' | 'private'
  state: 'uploading' | 'uploaded' | 'probing' | 'encoding' | 'ready' | 'failed'
  uploadId: string | null
  source: string | null
  captionsLanguage: string | null
  originalKey: string | null
  originalSizeBytes: number | null
  /** MediaProbe and EncodingPlan as JSON; their features read and write them. */
  probe: unknown
  plan: unknown
  playable: ColumnDefault<boolean>
  progress: ColumnDefault<number>
  failureCode: string | null
  failureDetail: string | null
  durationMs: number | null
  width: number | null
  height: number | null
  frameRate: string | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface ChunksTable {
  workspaceId: string
  videoId: string
  track: 'video' | 'audio'
  index: number
  frameCount: number
  segments: unknown
  createdAt: ColumnDefault<Date>
}

export interface RenditionsTable {
  workspaceId: string
  videoId: string
  name: string
  kind: 'video' | 'audio'
  position: number
  codecs: string
  width: number | null
  height: number | null
  channels: number | null
  timescale: number
  averageBitrate: number | null
  peakBitrate: number | null
  createdAt: ColumnDefault<Date>
}

export interface ThumbnailsTable {
  videoId: string
  workspaceId: string
  storyboard: boolean
  createdAt: ColumnDefault<Date>
}

export interface PlaybackGrantsTable {
  id: string
  secret: string
  workspaceId: string
  videoId: string
  userId: string
  credentialId: string
  expiresAt: Date
  createdAt: ColumnDefault<Date>
}

/** The tables of the stream, by their names in SQL. */
export interface StreamTables {
  'stream.videos': VideosTable
  'stream.chunks': ChunksTable
  'stream.renditions': RenditionsTable
  'stream.thumbnails': ThumbnailsTable
  'stream.playbackGrants': PlaybackGrantsTable
}

/** What the wing sees: its own tables and those of the floors below. */
export type Tables = StreamTables & CommonsTables & JobTables
