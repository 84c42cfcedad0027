import type { CommonsTables } from '#commons/tables.ts'
import type { ColumnDefault } from '#platform/database/columns.ts'
import type { JobTables } from '#platform/jobs/queries.ts'

export interface CapturesTable {
  id: string
  userId: string
  text: string
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  deletedAt: Date | null
  workspaceId: string | null
  mode: ColumnDefault<'auto' | 'manual' | 'clarify'>
  state: ColumnDefault<'kept' | 'splitting' | 'clarifying' | 'split' | 'saved'>
  timeZone: ColumnDefault<string>
  locale: ColumnDefault<string>
  proposal: unknown
  updatedAt: ColumnDefault<Date>
}

export interface RecordingsTable {
  id: string
  workspaceId: string
  userId: string
  uploadId: string
  storageKey: string
  title: string | null
  sizeBytes: number | null
  mediaType: string | null
  durationMs: number | null
  state: 'uploading' | 'listening' | 'kept' | 'transcribed'
  reason: string | null
  transcript: unknown
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

export interface PromptsTable {
  id: string
  workspaceId: string
  userId: string
  taskId: string | null
  about: string | null
  prompt: string
  answer: string | null
  parentId: string | null
  answeredAt: Date | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
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
  parentId: string | null
  projectId: string | null
  zoneId: string | null
  level: ColumnDefault<number>
  priority: ColumnDefault<number>
  position: ColumnDefault<number>
  dueDate: string | null
  dueAt: Date | null
  startAt: Date | null
  timeZone: string | null
  dueBy: ColumnDefault<Date | null>
  estimateMinutes: number | null
  actualMinutes: number | null
  p50Minutes: number | null
  p80Minutes: number | null
  energy: number | null
  kind: 'digital' | 'human' | null
  icon: string | null
  champs: unknown
  doneWhen: string | null
  assignee: string | null
  completedWith: string | null
  deletedWith: string | null
  seriesId: string | null
  occurrence: string | null
}

export interface FeedsTable {
  id: string
  workspaceId: string
  userId: string
  name: string
  shows: 'tasks' | 'events' | 'both'
  secretHash: Buffer
  createdAt: ColumnDefault<Date>
  revokedAt: Date | null
}

export interface SeriesTable {
  id: string
  workspaceId: string
  createdBy: string
  rule: string
  mode: 'fixed' | 'after_completion'
  catchUp: 'skip_missed' | 'keep_one' | 'keep_all'
  isPaused: ColumnDefault<boolean>
  timeZone: string
  localStart: string
  exceptions: ColumnDefault<string[]>
  latest: string
  made: ColumnDefault<number>
  template: unknown
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface ProjectsTable {
  id: string
  workspaceId: string
  ownerId: string
  name: string
  description: ColumnDefault<string>
  isActive: ColumnDefault<boolean>
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface TaskLabelsTable {
  workspaceId: string
  taskId: string
  label: string
  createdAt: ColumnDefault<Date>
}

export interface TaskDependenciesTable {
  workspaceId: string
  taskId: string
  dependsOnId: string
  createdAt: ColumnDefault<Date>
}

export interface ForeignTasksTable {
  workspaceId: string
  source: string
  externalId: string
  taskId: string
  fields: ColumnDefault<unknown>
  createdAt: ColumnDefault<Date>
}

export interface SavedFiltersTable {
  id: string
  workspaceId: string
  userId: string
  name: string
  query: unknown
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
  height: ColumnDefault<360 | 540 | 720>
  createdAt: ColumnDefault<Date>
}

export interface TemplatesTable {
  id: string
  workspaceId: string
  createdBy: string
  name: string
  description: ColumnDefault<string>
  category: 'academic' | 'work' | 'personal' | 'health' | 'creative'
  visibility: 'private' | 'public'
  icon: string | null
  dueOffsetDays: number | null
  steps: unknown
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface TemplateSharesTable {
  id: string
  workspaceId: string
  templateId: string
  createdBy: string
  code: string
  uses: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  revokedAt: Date | null
}

export interface AgentsTable {
  id: string
  workspaceId: string
  userId: string
  name: string
  description: ColumnDefault<string>
  skills: string[]
  maxConcurrent: number
  lastSeenAt: ColumnDefault<Date>
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface DelegationsTable {
  id: string
  workspaceId: string
  taskId: string
  delegatedBy: string
  mode: 'do' | 'do-with-me' | 'delegate' | 'delete'
  state: 'pending' | 'accepted' | 'in_progress' | 'submitted' | 'completed' | 'rejected' | 'withdrawn'
  userId: string | null
  agentId: string | null
  isQueued: boolean
  skills: ColumnDefault<string[]>
  tried: ColumnDefault<string[]>
  offeredAt: Date | null
  instructions: ColumnDefault<string>
  acceptance: ColumnDefault<string[]>
  validation: ColumnDefault<string[]>
  progressPercent: ColumnDefault<number>
  result: string | null
  note: string | null
  returns: ColumnDefault<number>
  acceptedAt: Date | null
  submittedAt: Date | null
  endedAt: Date | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

export interface DelegationNotesTable {
  id: string
  workspaceId: string
  delegationId: string
  action: string
  actor: string
  note: string | null
  percent: number | null
  createdAt: ColumnDefault<Date>
}

export interface WorkflowsTable {
  id: string
  workspaceId: string
  createdBy: string
  name: string
  description: ColumnDefault<string>
  systemPrompt: ColumnDefault<string>
  template: string
  steps: unknown
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface WorkflowExecutionsTable {
  id: string
  workspaceId: string
  userId: string
  workflowId: string
  name: string
  systemPrompt: string
  taskId: string | null
  about: string | null
  notes: string
  request: string
  context: unknown
  way: 'any' | 'model' | 'rules'
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  round: ColumnDefault<number>
  steps: unknown
  applied: unknown
  appliedAt: Date | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  endedAt: Date | null
}

export interface SwipesTable {
  id: string
  workspaceId: string
  userId: string
  taskId: string
  direction: 'left' | 'up' | 'right'
  how: 'with-me' | 'solo' | null
  reason: string | null
  delegationId: string | null
  timerMinutes: number | null
  endsAt: Date | null
  finishedAt: Date | null
  actualMinutes: number | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
}

/** The tables of the planner, by their names in SQL. */
export interface PlannerTables {
  'planner.captures': CapturesTable
  'planner.prompts': PromptsTable
  'planner.recordings': RecordingsTable
  'planner.tasks': TasksTable
  'planner.series': SeriesTable
  'planner.feeds': FeedsTable
  'planner.productionRequests': ProductionRequestsTable
  'planner.projects': ProjectsTable
  'planner.taskLabels': TaskLabelsTable
  'planner.taskDependencies': TaskDependenciesTable
  'planner.foreignTasks': ForeignTasksTable
  'planner.savedFilters': SavedFiltersTable
  'planner.templates': TemplatesTable
  'planner.templateShares': TemplateSharesTable
  'planner.agents': AgentsTable
  'planner.delegations': DelegationsTable
  'planner.delegationNotes': DelegationNotesTable
  'planner.workflows': WorkflowsTable
  'planner.workflowExecutions': WorkflowExecutionsTable
  'planner.swipes': SwipesTable
}

/** What the wing sees: its own tables and those of the floors below. */
export type Tables = PlannerTables & CommonsTables & JobTables
