import { newId } from '#kernel/ids.ts'
import { AiDouble } from '../doubles/ai/double.ts'
import { type CallOptions, type Reply, keyed } from './app.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

/** Calls the routes of connections to providers of models; the one that is tested is on this machine. */
export async function walkAi(visit: Visit, call: Caller): Promise<void> {
  await using provider = await AiDouble.open()
  provider.answer({ json: { word: 'airdate' } })
  const collection = '/api/v1/ai/connections'
  const wish = { name: 'A walk', kind: 'openai-compatible', baseUrl: `${provider.url}/v1`, models: { text: 'small' } }
  const withKey = { ...wish, key: 'a key of a walk' }
  await visit('createAiConnection', 'without a key', call('POST', collection, { body: wish }))
  const made = await visit('createAiConnection', 'with a key', call('POST', collection, { body: withKey }))
  const at = `${collection}/${made.json<{ id: string }>().id}`
  await visit('listAiConnections', 'two', call('GET', collection))
  await visit('getAiConnection', 'of one', call('GET', at))
  await visit('getAiConnection', 'of none', call('GET', `${collection}/${newId()}`))
  await visit('testAiConnection', 'that works', call('POST', `${at}/test`, { headers: keyed() }))
  await visit('changeAiConnection', 'its models', call('PATCH', at, { body: { models: { text: null } } }))
  await visit('testAiConnection', 'that has no model', call('POST', `${at}/test`, { headers: keyed() }))
  const moved = { body: { baseUrl: 'https://models.example.org/v1' } }
  await visit('changeAiConnection', 'its address without a key', call('PATCH', at, moved))
  const gone = `${collection}/${newId()}`
  await visit('changeAiConnection', 'of none', call('PATCH', gone, { body: { name: 'x' } }))
  await visit('testAiConnection', 'of none', call('POST', `${gone}/test`, { headers: keyed() }))
  await visit('removeAiConnection', 'of one', call('DELETE', at))
  await visit('removeAiConnection', 'of none', call('DELETE', at))
}
