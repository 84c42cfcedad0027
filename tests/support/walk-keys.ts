import type { IssuedKey } from '../../server/commons/api-keys/schema.ts'
import type { Workspace } from '../../server/commons/workspaces/schema.ts'
import { newId } from '#kernel/ids.ts'
import type { CallOptions, Reply, TestApp } from './app.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

/** Calls the routes of API keys and service accounts. */
export async function walkKeys(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const collection = '/api/v1/api-keys'
  const { items } = (await app.call('GET', '/api/v1/workspaces')).json<{ items: Workspace[] }>()
  const service = { body: { name: 'A robot', role: 'viewer' } }
  const services = `/api/v1/workspaces/${items[0]?.id}/service-accounts`
  const made = await visit('createServiceAccount', 'a new one', call('POST', services, service))
  const wish = { name: 'A walk', scopes: ['*:read'] }
  const { userId } = made.json<{ userId: string }>()
  await visit('createApiKey', 'of a service account', call('POST', collection, { body: { ...wish, userId } }))
  const issued = await visit('createApiKey', 'of one’s own', call('POST', collection, { body: wish }))
  const { id, key: token } = issued.json<IssuedKey>()
  const at = `${collection}/${id}`
  await visit('listApiKeys', 'a page', call('GET', collection))
  await visit('listApiKeys', 'by a key that only reads', call('GET', collection, { token }))
  await visit('createApiKey', 'by a key that only reads', call('POST', collection, { token, body: wish }))
  await visit('changeApiKey', 'its name', call('PATCH', at, { body: { name: 'Another walk' } }))
  await visit('rotateApiKey', 'of one', call('POST', `${at}/rotate`))
  await visit('revokeApiKey', 'of one that is revoked', call('DELETE', at))
  const { id: last } = (await app.call('POST', collection, { body: wish })).json<IssuedKey>()
  await visit('revokeApiKey', 'of one', call('DELETE', `${collection}/${last}`))
  await visit('rotateApiKey', 'of none', call('POST', `${collection}/${newId()}/rotate`))
}
