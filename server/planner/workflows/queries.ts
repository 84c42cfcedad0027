import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { Context, ExecutionState, ExecutionStep, Way, WorkflowStep, WorkflowWords } from './schema.ts'

const workflows = (db: PlannerDb) =>
  db
    .selectFrom('planner.workflows as w')
    .select(['w.id', 'w.workspaceId', 'w.createdBy', 'w.name', 'w.description', 'w.systemPrompt', 'w.template'])
    .select(['w.version', 'w.createdAt', 'w.updatedAt', 'w.deletedAt'])
    .select(sql<WorkflowStep[]>`w.steps`.as('steps'))

export type WorkflowRow = Awaited<ReturnType<ReturnType<typeof workflows>['execute']>>[number]

export interface PageAsked {
  readonly after: string | null
  readonly limit: number
}

export const workflowsOf = (db: PlannerDb, workspaceId: string, { after, limit }: PageAsked) =>
  workflows(db)
    .where('w.workspaceId', '=', workspaceId)
    .where('w.deletedAt', 'is', null)
    .$if(after !== null, (query) => query.where('w.id', '<', after ?? ''))
    .orderBy('w.id', 'desc')
    .limit(limit)

/** A workflow, there or deleted. */
export const workflowById = (db: PlannerDb, id: string) => workflows(db).where('w.id', '=', id)

/** The same, held until the transaction ends. */
export const lockedWorkflow = (tx: PlannerTx, id: string) => workflowById(tx, id).forUpdate('w')

export async function insertWorkflow(
  tx: PlannerTx,
  row: WorkflowWords & { readonly id: string; readonly workspaceId: string; readonly createdBy: string },
): Promise<void> {
  const { steps, ...rest } = row
  await tx
    .insertInto('planner.workflows')
    .values({ ...rest, steps: JSON.stringify(steps) })
    .execute()
}

export async function updateWorkflow(
  tx: PlannerTx,
  id: string,
  { steps, ...rest }: Partial<WorkflowWords> & { readonly deletedAt?: Date | null },
  at: Date,
): Promise<void> {
  await tx
    .updateTable('planner.workflows')
    .set((eb) => ({
      ...rest,
      ...(steps === undefined ? {} : { steps: JSON.stringify(steps) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}

/** What was made of an execution: the task that holds them, and the tasks. */
export interface Made {
  readonly taskId: string
  readonly stepIds: readonly string[]
}

const executions = (db: PlannerDb) =>
  db
    .selectFrom('planner.workflowExecutions as e')
    .select(['e.id', 'e.workspaceId', 'e.userId', 'e.workflowId', 'e.name', 'e.systemPrompt', 'e.taskId', 'e.about'])
    .select(['e.notes', 'e.request', 'e.way', 'e.state', 'e.round', 'e.appliedAt', 'e.version', 'e.createdAt'])
    .select(['e.updatedAt', 'e.endedAt'])
    .select([
      sql<Context>`e.context`.as('context'),
      sql<ExecutionStep[]>`e.steps`.as('steps'),
      sql<Made | null>`e.applied`.as('applied'),
    ])

export type ExecutionRow = Awaited<ReturnType<ReturnType<typeof executions>['execute']>>[number]

/** The person's own, newest first. */
export const executionsOf = (
  db: PlannerDb,
  whose: { readonly userId: string; readonly workspaceId: string },
  asked: PageAsked & {
    readonly workflowId?: string | undefined
    readonly taskId?: string | undefined
    readonly state?: ExecutionState | undefined
  },
) => {
  const { after, limit, workflowId, taskId, state } = asked
  return executions(db)
    .where('e.userId', '=', whose.userId)
    .where('e.workspaceId', '=', whose.workspaceId)
    .$if(after !== null, (query) => query.where('e.id', '<', after ?? ''))
    .$if(workflowId !== undefined, (query) => query.where('e.workflowId', '=', workflowId ?? ''))
    .$if(taskId !== undefined, (query) => query.where('e.taskId', '=', taskId ?? ''))
    .$if(state !== undefined, (query) => query.where('e.state', '=', state ?? 'done'))
    .orderBy('e.id', 'desc')
    .limit(limit)
}

export const executionById = (db: PlannerDb, id: string) => executions(db).where('e.id', '=', id)

/** Whose executions have not ended, in the order of their ids. Scope: system, which sees no more of them. */
export const unfinishedExecutions = (db: PlannerDb, { after, limit }: PageAsked) =>
  db
    .selectFrom('planner.workflowExecutions')
    .select(['id', 'workspaceId', 'userId'])
    .where('state', 'in', ['queued', 'running'])
    .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)

/** Whether a job of the workspace was given up for good after a moment. */
export const deadJobSince = (db: PlannerDb, jobName: string, key: string, since: Date) =>
  db
    .selectFrom('platform.deadJobs')
    .select('id')
    .where('jobName', '=', jobName)
    .where('key', '=', key)
    .where('diedAt', '>', since)
    .limit(1)

/** The same, held until the transaction ends. */
export const lockedExecution = (tx: PlannerTx, id: string) => executionById(tx, id).forUpdate('e')

export async function insertExecution(
  tx: PlannerTx,
  row: {
    readonly id: string
    readonly workspaceId: string
    readonly userId: string
    readonly workflowId: string
    readonly name: string
    readonly systemPrompt: string
    readonly taskId: string | null
    readonly about: string | null
    readonly notes: string
    readonly request: string
    readonly context: Context
    readonly way: Way
    readonly steps: readonly ExecutionStep[]
  },
): Promise<void> {
  const { context, steps, ...rest } = row
  await tx
    .insertInto('planner.workflowExecutions')
    .values({ ...rest, state: 'queued', context: JSON.stringify(context), steps: JSON.stringify(steps) })
    .execute()
}

export async function updateExecution(
  tx: PlannerTx,
  id: string,
  change: {
    readonly state?: ExecutionState
    readonly round?: number
    readonly steps?: readonly ExecutionStep[]
    readonly applied?: Made
    readonly appliedAt?: Date
    readonly endedAt?: Date | null
  },
  at: Date,
): Promise<void> {
  const { steps, applied, ...rest } = change
  await tx
    .updateTable('planner.workflowExecutions')
    .set((eb) => ({
      ...rest,
      ...(steps === undefined ? {} : { steps: JSON.stringify(steps) }),
      ...(applied === undefined ? {} : { applied: JSON.stringify(applied) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}
