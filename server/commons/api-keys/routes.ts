import { type RouteDefinition, route } from '#platform/http/route.ts'
import { ApiKey, IssuedKey, KeyChange, KeyPage, KeyParams, KeyQuery, NewKey } from './schema.ts'
import { NewService, Service, ServiceParams } from './schema.ts'
import {
  BeyondOwnRights,
  KeyNotFound,
  NoService,
  NotYourKey,
  TooManyKeys,
  createKey,
  keysOf,
  renameKey,
  revokeKey,
  rotateKey,
} from './service.ts'
import { TooManyServices, createService } from './services.ts'

const tag = 'API keys'
const COLLECTION = '/api/v1/api-keys'
const params = KeyParams

/** An answer with a key in it is kept sealed. */
const showsKey = { idempotency: 'accepted', answersSecret: true } as const

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listApiKeys', method: 'GET', path: COLLECTION, tag, permission: 'key:read' },
    summary: 'The keys for the workspace: one’s own, or everybody’s for who manages members',
    query: KeyQuery,
    ok: [200, KeyPage],
    handler: (ctx, { query }) => keysOf(ctx, query),
  }),
  route({
    ...{ id: 'createApiKey', method: 'POST', path: COLLECTION, tag, permission: 'key:manage', ...showsKey },
    summary: 'Make a key for the workspace; it is shown once',
    body: NewKey,
    ok: [201, IssuedKey],
    problems: [BeyondOwnRights, NoService, TooManyKeys],
    handler: async (ctx, { body, reply }) => {
      const issued = await createKey(ctx, body)
      reply.header('Cache-Control', 'no-store').header('Location', `${COLLECTION}/${issued.id}`)
      return issued
    },
  }),
  route({
    ...{ id: 'changeApiKey', method: 'PATCH', path: `${COLLECTION}/:id`, tag, permission: 'key:manage' },
    summary: 'Give a key another name',
    params,
    body: KeyChange,
    ok: [200, ApiKey],
    problems: [KeyNotFound, NotYourKey],
    handler: (ctx, { params: { id }, body }) => renameKey(ctx, id, body.name),
  }),
  route({
    ...{ id: 'revokeApiKey', method: 'DELETE', path: `${COLLECTION}/:id`, tag, permission: 'key:manage' },
    summary: 'End a key at once',
    params,
    ok: [204, null],
    problems: [KeyNotFound, NotYourKey],
    handler: (ctx, { params: { id } }) => revokeKey(ctx, id),
  }),
  route({
    ...{ id: 'rotateApiKey', method: 'POST', path: `${COLLECTION}/:id/rotate`, tag, permission: 'key:manage' },
    ...showsKey,
    summary: 'Make a key in the place of another, which ends at once; it is shown once',
    params,
    ok: [201, IssuedKey],
    problems: [KeyNotFound, NotYourKey, BeyondOwnRights, TooManyKeys],
    handler: async (ctx, { params: { id }, reply }) => {
      const issued = await rotateKey(ctx, id)
      reply.header('Cache-Control', 'no-store').header('Location', `${COLLECTION}/${issued.id}`)
      return issued
    },
  }),
  route({
    ...{ id: 'createServiceAccount', method: 'POST', tag, permission: 'member:manage', workspace: 'path' },
    path: '/api/v1/workspaces/:id/service-accounts',
    summary: 'Make a member without a person behind it, which acts by keys alone',
    idempotency: 'accepted',
    params: ServiceParams,
    body: NewService,
    ok: [201, Service],
    problems: [BeyondOwnRights, TooManyServices],
    handler: (ctx, { params: { id }, body }) => createService(ctx, id, body),
  }),
]

export default routes
