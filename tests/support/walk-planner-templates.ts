import { newId } from '#kernel/ids.ts'
import type { CallOptions, Reply } from './app.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

const COLLECTION = '/api/v1/planner/templates'
const SHARES = '/api/v1/planner/shares'
/** The first of those that come with the server. */
const SEED = '019aa000-0000-7000-8000-000000000001'

/** Calls the routes of templates and of the codes that share them. */
export async function walkTemplates(visit: Visit, call: Caller): Promise<void> {
  const step = { label: 'A step', minutes: 5, kind: 'human', icon: null, offsetDays: 1 }
  const body = { name: 'A walk', category: 'health', steps: [step, step] }
  const made = await visit('createTemplate', 'of two steps', call('POST', COLLECTION, { body }))
  const at = `${COLLECTION}/${made.json<{ id: string }>().id}`
  await visit('listTemplates', 'a page', call('GET', COLLECTION))
  await visit('getTemplate', 'of one', call('GET', at))
  await visit('getTemplate', 'that came with the server', call('GET', `${COLLECTION}/${SEED}`))
  await visit('getTemplate', 'of none', call('GET', `${COLLECTION}/${newId()}`))
  await visit('changeTemplate', 'to one for all', call('PATCH', at, { body: { visibility: 'public' } }))
  await visit('copyTemplate', 'of one', call('POST', `${at}/copy`))
  const start = { body: { startDate: '2026-12-01' } }
  await visit('applyTemplate', 'of two steps', call('POST', `${at}/apply`, start))
  const shared = await visit('shareTemplate', 'first', call('PUT', `${at}/share`))
  await visit('shareTemplate', 'that has a code', call('PUT', `${at}/share`))
  const code = `${SHARES}/${shared.json<{ code: string }>().code}`
  await visit('getShared', 'by a code', call('GET', code))
  await visit('getShared', 'by none', call('GET', `${SHARES}/HOMEWORK-0000-0000`))
  await visit('applyShared', 'of two steps', call('POST', `${code}/apply`, start))
  await visit('copyShared', 'by a code', call('POST', `${code}/copy`))
  await visit('unshareTemplate', 'that has a code', call('DELETE', `${at}/share`))
  await visit('applyShared', 'by a code that was taken back', call('POST', `${code}/apply`, start))
  await visit('deleteTemplate', 'of one', call('DELETE', at))
  await visit('restoreTemplate', 'of one', call('POST', `${at}/restore`))
}
