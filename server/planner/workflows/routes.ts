import { isUnchanged } from '#platform/http/etag.ts'
import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskIsClosed } from '../steps/service.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { ExecutionNotDone, applyExecution } from './applying.ts'
import {
  ExecutionEnded,
  ExecutionNotFailed,
  ExecutionNotFound,
  cancelExecution,
  executionWithTag,
  executions,
  retryExecution,
  runWorkflow,
} from './executions.ts'
import {
  Execution,
  ExecutionApplied,
  ExecutionApply,
  ExecutionPage,
  ExecutionParams,
  ExecutionQuery,
  NewExecution,
  NewWorkflow,
  Workflow,
  WorkflowChange,
  WorkflowPage,
  WorkflowParams,
  WorkflowQuery,
} from './schema.ts'
import {
  WorkflowIsBuiltIn,
  WorkflowNotFound,
  changeWorkflow,
  createWorkflow,
  deleteWorkflow,
  restoreWorkflow,
  workflowWithTag,
  workflows,
} from './service.ts'

const tag = 'Planner: workflows'
const COLLECTION = '/api/v1/planner/workflows'
const EXECUTIONS = `${COLLECTION}/executions`
const reads = { tag, permission: 'task:read' } as const
const writes = { tag, permission: 'task:write' } as const
const params = WorkflowParams
const ofExecution = { ...writes, params: ExecutionParams } as const

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listWorkflows', method: 'GET', path: COLLECTION, ...reads },
    summary: 'The workflows of the workspace and those that come with the server, newest first',
    query: WorkflowQuery,
    ok: [200, WorkflowPage],
    handler: (ctx, { query }) => workflows(ctx, query),
  }),
  route({
    ...{ id: 'createWorkflow', method: 'POST', path: COLLECTION, ...writes, idempotency: 'accepted' },
    summary: 'Write a workflow: a manner, what is wanted, and three to ten steps',
    body: NewWorkflow,
    ok: [201, Workflow],
    handler: async (ctx, { body, reply }) => {
      const { workflow, etag } = await createWorkflow(ctx, body)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${workflow.id}`)
      return workflow
    },
  }),
  route({
    ...{ id: 'getWorkflow', method: 'GET', path: `${COLLECTION}/:id`, ...reads, params },
    summary: 'One workflow',
    ok: [200, Workflow],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [WorkflowNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { workflow, etag } = await workflowWithTag(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return workflow
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ id: 'changeWorkflow', method: 'PATCH', path: `${COLLECTION}/:id`, ...writes, params, headers: ifMatch },
    summary: 'Change a workflow; what was run of it stays as it was',
    body: WorkflowChange,
    ok: [200, Workflow],
    problems: [WorkflowNotFound, WorkflowIsBuiltIn, PreconditionFailed],
    handler: async (ctx, { params: { id }, body, request, reply }) => {
      const { workflow, etag } = await changeWorkflow(ctx, id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return workflow
    },
  }),
  route({
    ...{ id: 'deleteWorkflow', method: 'DELETE', path: `${COLLECTION}/:id`, ...writes, params, headers: ifMatch },
    summary: 'Take a workflow away; it can be restored',
    ok: [204, null],
    problems: [WorkflowNotFound, WorkflowIsBuiltIn, PreconditionFailed],
    handler: (ctx, { params: { id }, request }) => deleteWorkflow(ctx, id, request.headers['if-match']),
  }),
  route({
    ...{ id: 'restoreWorkflow', method: 'POST', path: `${COLLECTION}/:id/restore`, ...writes, params },
    summary: 'Put a workflow back',
    idempotency: 'accepted',
    ok: [200, Workflow],
    problems: [WorkflowNotFound],
    handler: async (ctx, { params: { id }, reply }) => {
      const { workflow, etag } = await restoreWorkflow(ctx, id)
      reply.header('ETag', etag)
      return workflow
    },
  }),
  route({
    ...{ id: 'runWorkflow', method: 'POST', path: `${COLLECTION}/:id/executions`, ...writes, params },
    summary: 'Run a workflow: a job works out its steps, with a model where one is connected, which costs',
    idempotency: 'required',
    body: NewExecution,
    ok: [202, Execution],
    problems: [WorkflowNotFound, TaskNotFound],
    handler: async (ctx, { params: { id }, body, reply }) => {
      const { execution, etag } = await runWorkflow(ctx, id, body)
      reply.header('ETag', etag).header('Location', `${EXECUTIONS}/${execution.id}`)
      return execution
    },
  }),
  route({
    ...{ id: 'listExecutions', method: 'GET', path: EXECUTIONS, ...reads },
    summary: 'What one ran oneself, newest first',
    query: ExecutionQuery,
    ok: [200, ExecutionPage],
    handler: (ctx, { query }) => executions(ctx, query),
  }),
  route({
    ...{ id: 'getExecution', method: 'GET', path: `${EXECUTIONS}/:id`, ...reads, params: ExecutionParams },
    summary: 'An execution of one’s own, with its steps, tokens and cost',
    ok: [200, Execution],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [ExecutionNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { execution, etag } = await executionWithTag(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return execution
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ id: 'cancelExecution', method: 'POST', path: `${EXECUTIONS}/:id/cancel`, ...ofExecution },
    summary: 'End an execution; what is worked out stays',
    ok: [200, Execution],
    problems: [ExecutionNotFound, ExecutionEnded],
    handler: async (ctx, { params: { id } }) => (await cancelExecution(ctx, id)).execution,
  }),
  route({
    ...{ id: 'retryExecution', method: 'POST', path: `${EXECUTIONS}/:id/retry`, ...ofExecution },
    summary: 'Go on from the step that failed',
    idempotency: 'required',
    ok: [202, Execution],
    problems: [ExecutionNotFound, ExecutionNotFailed],
    handler: async (ctx, { params: { id } }) => (await retryExecution(ctx, id)).execution,
  }),
  route({
    ...{ id: 'applyExecution', method: 'POST', path: `${EXECUTIONS}/:id/apply`, ...ofExecution },
    summary: 'Write what was worked out below its task, once for all times',
    idempotency: 'accepted',
    body: ExecutionApply,
    ok: [200, ExecutionApplied],
    problems: [ExecutionNotFound, ExecutionNotDone, TaskNotFound, TaskIsClosed],
    handler: (ctx, { params: { id }, body }) => applyExecution(ctx, id, body),
  }),
]

export default routes
