import { type RouteDefinition, route } from '#platform/http/route.ts'
import { SecretsLocked } from '#platform/secrets/vault.ts'
import {
  ConnectionNotFound,
  KeyNeeded,
  TooManyConnections,
  addConnection,
  changeConnection,
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
    handler: (ctx, { body }) => addConnection(ctx, body),
  }),
  route({
    ...{ ...manages, id: 'changeAiConnection', method: 'PATCH', path: ONE, params },
    summary: 'Change a connection; another address takes the key anew',
    body: ConnectionChange,
    ok: [200, Connection],
    problems: [ConnectionNotFound, KeyNeeded, SecretsLocked],
    handler: (ctx, { params: { id }, body }) => changeConnection(ctx, id, body),
  }),
  route({
    ...{ ...manages, id: 'removeAiConnection', method: 'DELETE', path: ONE, params },
    summary: 'Take a connection away, its key with it',
    ok: [204, null],
    problems: [ConnectionNotFound],
    handler: (ctx, { params: { id } }) => removeConnection(ctx, id),
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
