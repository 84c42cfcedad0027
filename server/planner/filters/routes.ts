import { ifMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Filter, FilterChange, FilterPage, FilterParams, FilterQuery, NewFilter } from './schema.ts'
import { FilterNotFound, changeFilter, deleteFilter, filters, restoreFilter, saveFilter } from './service.ts'

const tag = 'Planner: tasks'
const COLLECTION = '/api/v1/planner/filters'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listFilters',
    method: 'GET',
    path: COLLECTION,
    summary: 'One’s own saved filters, newest first',
    tag,
    permission: 'task:read',
    query: FilterQuery,
    ok: [200, FilterPage],
    handler: (ctx, { query }) => filters(ctx, query),
  }),
  route({
    id: 'saveFilter',
    method: 'POST',
    path: COLLECTION,
    summary: 'Keep a question to the list of tasks under a name',
    idempotency: 'accepted',
    tag,
    permission: 'filter:manage',
    body: NewFilter,
    ok: [201, Filter],
    handler: async (ctx, { body, reply }) => {
      const filter = await saveFilter(ctx, body)
      reply.header('Location', `${COLLECTION}/${filter.id}`)
      return filter
    },
  }),
  route({
    id: 'changeFilter',
    method: 'PATCH',
    path: `${COLLECTION}/:id`,
    summary: 'Change a filter of one’s own',
    tag,
    permission: 'filter:manage',
    params: FilterParams,
    body: FilterChange,
    headers: ifMatch,
    ok: [200, Filter],
    problems: [FilterNotFound, PreconditionFailed],
    handler: (ctx, { params, body, request }) => changeFilter(ctx, params.id, body, request.headers['if-match']),
  }),
  route({
    id: 'deleteFilter',
    method: 'DELETE',
    path: `${COLLECTION}/:id`,
    summary: 'Take a filter of one’s own away; it can be put back',
    tag,
    permission: 'filter:manage',
    params: FilterParams,
    headers: ifMatch,
    ok: [204, null],
    problems: [FilterNotFound, PreconditionFailed],
    handler: (ctx, { params, request }) => deleteFilter(ctx, params.id, request.headers['if-match']),
  }),
  route({
    id: 'restoreFilter',
    method: 'POST',
    path: `${COLLECTION}/:id/restore`,
    summary: 'Put a filter back',
    idempotency: 'accepted',
    tag,
    permission: 'filter:manage',
    params: FilterParams,
    ok: [200, Filter],
    problems: [FilterNotFound],
    handler: (ctx, { params }) => restoreFilter(ctx, params.id),
  }),
]

export default routes
