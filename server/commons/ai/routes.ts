import { isUnchanged } from '#platform/http/etag.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { SecretsLocked } from '#platform/secrets/vault.ts'
import {
  ConnectionNotFound,
  KeyNeeded,
  TooManyConnections,
  addConnection,
  changeConnection,
  connectionWithTag,
  connections,
  removeConnection,
  tryConnection,
} from './connections.ts'
import { Connection, ConnectionChange, ConnectionList, ConnectionParams, NewConnection, Trial } from './schema.ts'

const tag = 'AI connections'
const COLLECTION = '/api/v1/ai/connections'
const ONE = `${COLLECTION}/:id`
const manages = { tag, permission: 'workspace:manage' } as const
const params = ConnectionParams
const ifMatch = { 'If-Match': 'An `ETag`: the change is made only to that state (412 otherwise).' }

const routes: readonly RouteDefinition[] = [
  route({
    ...{ ...manages, id: 'listAiConnections', method: 'GET', path: COLLECTION },
    summary: 'The providers of models that the workspace has connected, in the order in which they are asked',
    ok: [200, ConnectionList],
    handler: (ctx) => connections(ctx),
  }),
  route({
    ...{ ...manages, id: 'createAiConnection', method: 'POST', path: COLLECTION, idempotency: 'accepted' },
    summary: 'Connect a provider of models; its key is never shown again',
    body: NewConnection,
    ok: [201, Connection],
    problems: [TooManyConnections, SecretsLocked],
    handler: async (ctx, { body, reply }) => {
      const { connection, etag } = await addConnection(ctx, body)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${connection.id}`)
      return connection
    },
  }),
  route({
    ...{ ...manages, id: 'getAiConnection', method: 'GET', path: ONE, params },
    summary: 'One connection, without its key',
    ok: [200, Connection],
    also: [[304, null]],
    headers: { 'If-None-Match': 'An `ETag`: answered by 304 while it holds.' },
    problems: [ConnectionNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { connection, etag } = await connectionWithTag(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return connection
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ ...manages, id: 'changeAiConnection', method: 'PATCH', path: ONE, params, headers: ifMatch },
    summary: 'Change a connection; another address takes the key anew',
    body: ConnectionChange,
    ok: [200, Connection],
    problems: [ConnectionNotFound, KeyNeeded, PreconditionFailed, SecretsLocked],
    handler: async (ctx, { params: { id }, body, request, reply }) => {
      const { connection, etag } = await changeConnection(ctx, id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return connection
    },
  }),
  route({
    ...{ ...manages, id: 'removeAiConnection', method: 'DELETE', path: ONE, params, headers: ifMatch },
    summary: 'Take a connection away, its key with it',
    ok: [204, null],
    problems: [ConnectionNotFound, PreconditionFailed],
    handler: (ctx, { params: { id }, request }) => removeConnection(ctx, id, request.headers['if-match']),
  }),
  route({
    ...{ ...manages, id: 'testAiConnection', method: 'POST', path: `${ONE}/test`, params, idempotency: 'required' },
    summary: 'Ask a connection for one word, and say whether it works; it costs what such a call costs',
    waitsForOthers: true,
    ok: [200, Trial],
    problems: [ConnectionNotFound, SecretsLocked],
    handler: (ctx, { params: { id } }) => tryConnection(ctx, id),
  }),
]

export default routes
