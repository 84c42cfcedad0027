import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { HandedOverAlready } from '../delegations/service.ts'
import { TaskIsClosed } from '../steps/service.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { Finish, NewSwipe, Running, Swipe, SwipePage, SwipeParams, SwipeQuery, Swiped } from './schema.ts'
import { SwipeNotFound, TimerEnded, TimerStarted, finish, running, swipe, swipeTag, swipes } from './service.ts'

const tag = 'Planner: swipes'
const COLLECTION = '/api/v1/planner/swipes'

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'swipeTask', method: 'POST', path: COLLECTION, tag, permission: 'task:write', idempotency: 'accepted' },
    summary: 'Let a task be (left), hand it over (up), or do it (right): by first steps, or alone against a timer',
    body: NewSwipe,
    ok: [201, Swiped],
    problems: [TaskNotFound, TaskIsClosed, HandedOverAlready, TimerStarted],
    handler: async (ctx, { body, reply }) => {
      const made = await swipe(ctx, body)
      reply.header('ETag', swipeTag(made.swipe))
      return made
    },
  }),
  route({
    ...{ id: 'listSwipes', method: 'GET', path: COLLECTION, tag, permission: 'task:read' },
    summary: 'One’s own swipes, newest first',
    query: SwipeQuery,
    ok: [200, SwipePage],
    handler: (ctx, { query }) => swipes(ctx, query),
  }),
  route({
    ...{ id: 'getRunningTimer', method: 'GET', path: `${COLLECTION}/running`, tag, permission: 'task:read' },
    summary: 'One’s own timer that runs, with what is left of it by the clock of the server; null without one',
    ok: [200, Running],
    handler: async (ctx, { reply }) => {
      const found = await running(ctx)
      if (found.swipe !== null) reply.header('ETag', swipeTag(found.swipe))
      return found
    },
  }),
  route({
    ...{ id: 'finishTimer', method: 'POST', path: `${COLLECTION}/:id/finish`, tag, permission: 'task:write' },
    summary: 'End a timer of one’s own and say how long one was really at it, and whether the task is done',
    idempotency: 'accepted',
    params: SwipeParams,
    headers: { 'If-Match': 'An `ETag`: it is ended only in that state (412 otherwise).' },
    body: Finish,
    ok: [200, Swipe],
    problems: [SwipeNotFound, TimerEnded, PreconditionFailed],
    handler: async (ctx, { params: { id }, body, request, reply }) => {
      const ended = await finish(ctx, id, body, request.headers['if-match'])
      reply.header('ETag', swipeTag(ended))
      return ended
    },
  }),
]

export default routes
