import type { Execution, ExecutionBriefly, ExecutionStep, Workflow } from './schema.ts'
import { BUILT_AT, type BuiltIn } from './builtin.ts'
import type { ExecutionRow, WorkflowRow } from './queries.ts'

const minutesOf = (steps: readonly { readonly minutes: number }[]): number =>
  steps.reduce((sum, { minutes }) => sum + minutes, 0)

export function shownRow(row: WorkflowRow): Workflow {
  const { id, name, description, systemPrompt, template, steps, createdBy } = row
  return {
    ...{ id, name, description, systemPrompt, template, steps, createdBy },
    ...{ minutes: minutesOf(steps), isBuiltIn: false },
    ...{ createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() },
  }
}

export const shownBuiltIn = (one: BuiltIn): Workflow => ({
  ...one,
  ...{ minutes: minutesOf(one.steps), isBuiltIn: true, createdBy: null, createdAt: BUILT_AT, updatedAt: BUILT_AT },
})

const sumOf = (steps: readonly ExecutionStep[], of: 'inputTokens' | 'outputTokens' | 'costMicros'): number =>
  steps.reduce((sum, step) => sum + step[of], 0)

export function brieflyShown(row: ExecutionRow): ExecutionBriefly {
  const { id, workflowId, name, taskId, about, way, state, steps } = row
  const done = steps.filter((step) => step.state === 'done')
  const path = done.some((step) => step.path === 'model') ? 'model' : done.length > 0 ? 'rules' : null
  return {
    ...{ id, workflowId, name, taskId, about, way, state, path },
    confidence: done.length === 0 ? null : Math.min(...done.map(({ confidence }) => confidence ?? 0)),
    progress: { done: done.length, total: steps.length },
    minutes: minutesOf(steps),
    inputTokens: sumOf(steps, 'inputTokens'),
    outputTokens: sumOf(steps, 'outputTokens'),
    costMicros: sumOf(steps, 'costMicros'),
    currency: 'USD',
    appliedAt: row.appliedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}

export function shownExecution(row: ExecutionRow): Execution {
  const { request, context, steps } = row
  return { ...brieflyShown(row), request, context, steps }
}
