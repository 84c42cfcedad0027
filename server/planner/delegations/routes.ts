import { isUnchanged } from '#platform/http/etag.ts'
import { ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskParams } from '../tasks/schema.ts'
import { TaskNotFound } from '../tasks/service.ts'
import {
  Delegation,
  DelegationPage,
  DelegationParams,
  DelegationQuery,
  HandOver,
  HistoryPage,
  HistoryQuery,
  Progress,
  Refusal,
  Requirement,
  Review,
  Submission,
  Withdrawal,
} from './schema.ts'
import {
  AgentBusy,
  DelegationNotFound,
  HandedOverAlready,
  NotYourReview,
  NotYourWork,
  StepNotAllowed,
  TaskNotOpen,
  acceptWork,
  delegationHistory,
  delegationWithTag,
  delegations,
  handOver,
  refuseWork,
  reportProgress,
  requirement,
  requirementOfTask,
  reviewWork,
  submitWork,
  withdrawWork,
} from './service.ts'

const tag = 'Planner: delegation'
const COLLECTION = '/api/v1/planner/delegations'
const params = DelegationParams
const reads = { method: 'GET', tag, permission: 'task:read' } as const

/** A step that work takes: the same for all but who may take it. */
const step = {
  method: 'POST',
  tag,
  permission: 'task:write',
  params,
  idempotency: 'accepted',
  headers: { 'If-Match': 'An `ETag`: the step is taken only from that state (412 otherwise).' },
} as const
const byWorker = [DelegationNotFound, NotYourWork, StepNotAllowed, PreconditionFailed]
const byReviewer = [DelegationNotFound, NotYourReview, StepNotAllowed, PreconditionFailed]

type Tagged = { readonly delegation: Delegation; readonly etag: string }
type Reply = { header(name: string, value: string): unknown }

async function answered(reply: Reply, made: Promise<Tagged>): Promise<Delegation> {
  const { delegation, etag } = await made
  reply.header('ETag', etag)
  return delegation
}

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listDelegations', path: COLLECTION, ...reads },
    summary: 'What is and was handed over in the workspace, newest first',
    query: DelegationQuery,
    ok: [200, DelegationPage],
    handler: (ctx, { query }) => delegations(ctx, query),
  }),
  route({
    ...{ id: 'handOver', method: 'POST', path: COLLECTION, tag, permission: 'task:write', idempotency: 'accepted' },
    summary: 'Decide who does a task: oneself, somebody with oneself, somebody else, or nobody; the task follows',
    body: HandOver,
    ok: [201, Delegation],
    problems: [TaskNotFound, TaskNotOpen, HandedOverAlready],
    handler: async (ctx, { body, reply }) => {
      const { delegation, etag } = await handOver(ctx, body)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${delegation.id}`)
      return delegation
    },
  }),
  route({
    ...{ id: 'getDelegation', path: `${COLLECTION}/:id`, ...reads, params },
    summary: 'One delegation',
    ok: [200, Delegation],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [DelegationNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { delegation, etag } = await delegationWithTag(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return delegation
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ id: 'getDelegationHistory', path: `${COLLECTION}/:id/history`, ...reads, params },
    summary: 'All that happened to it and was said of it, newest first',
    query: HistoryQuery,
    ok: [200, HistoryPage],
    problems: [DelegationNotFound],
    handler: (ctx, { params: { id }, query }) => delegationHistory(ctx, id, query),
  }),
  route({
    ...{ id: 'getRequirement', path: `${COLLECTION}/:id/requirement`, ...reads, params },
    summary: 'What is asked, written out for whoever is to do it: goal, requirements, acceptance, validation, context',
    ok: [200, Requirement],
    problems: [DelegationNotFound, TaskNotFound],
    handler: (ctx, { params: { id } }) => requirement(ctx, id),
  }),
  route({
    ...{ id: 'getTaskRequirement', path: '/api/v1/planner/tasks/:id/requirement', ...reads, params: TaskParams },
    summary: 'The same of a task, in somebody’s hands or not: to be given to a worker outside, such as a chatbot',
    ok: [200, Requirement],
    problems: [TaskNotFound],
    handler: (ctx, { params: { id } }) => requirementOfTask(ctx, id),
  }),
  route({
    ...{ id: 'acceptWork', path: `${COLLECTION}/:id/accept`, ...step },
    summary: 'Take on what was handed to one',
    ok: [200, Delegation],
    problems: [...byWorker, AgentBusy],
    handler: (ctx, { params: { id }, request, reply }) =>
      answered(reply, acceptWork(ctx, id, request.headers['if-match'])),
  }),
  route({
    ...{ id: 'reportProgress', path: `${COLLECTION}/:id/progress`, ...step },
    summary: 'Say how far the work is; the first word of it begins it',
    body: Progress,
    ok: [200, Delegation],
    problems: byWorker,
    handler: (ctx, { params: { id }, body, request, reply }) =>
      answered(reply, reportProgress(ctx, id, body, request.headers['if-match'])),
  }),
  route({
    ...{ id: 'submitWork', path: `${COLLECTION}/:id/submit`, ...step },
    summary: 'Hand in the result for review; what one does by oneself is done with it',
    body: Submission,
    ok: [200, Delegation],
    problems: byWorker,
    handler: (ctx, { params: { id }, body, request, reply }) =>
      answered(reply, submitWork(ctx, id, body, request.headers['if-match'])),
  }),
  route({
    ...{ id: 'refuseWork', path: `${COLLECTION}/:id/refuse`, ...step },
    summary: 'Give work back with a reason; out of the queue it goes to another agent',
    body: Refusal,
    ok: [200, Delegation],
    problems: byWorker,
    handler: (ctx, { params: { id }, body, request, reply }) =>
      answered(reply, refuseWork(ctx, id, body, request.headers['if-match'])),
  }),
  route({
    ...{ id: 'reviewWork', path: `${COLLECTION}/:id/review`, ...step },
    summary: 'Accept a result, which completes the task, or send it back with a reason, to the same or to another',
    body: Review,
    ok: [200, Delegation],
    problems: byReviewer,
    handler: (ctx, { params: { id }, body, request, reply }) =>
      answered(reply, reviewWork(ctx, id, body, request.headers['if-match'])),
  }),
  route({
    ...{ id: 'withdrawWork', path: `${COLLECTION}/:id/withdraw`, ...step },
    summary: 'Take back what was handed over',
    body: Withdrawal,
    ok: [200, Delegation],
    problems: byReviewer,
    handler: (ctx, { params: { id }, body, request, reply }) =>
      answered(reply, withdrawWork(ctx, id, body, request.headers['if-match'])),
  }),
]

export default routes
