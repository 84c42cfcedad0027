import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import { readBytes } from '#platform/storage/files.ts'
import type { Video } from '#stream'
import type { CallOptions, Reply, TestApp } from './app.ts'
import { makeMedia } from './media.ts'
import { walkAi } from './walk-ai.ts'
import { walkKeys } from './walk-keys.ts'
import { walkLive } from './walk-live.ts'
import { walkMetering } from './walk-metering.ts'
import { walkPeople } from './walk-people.ts'
import { walkPlanner } from './walk-planner.ts'
import { walkProvider } from './walk-provider.ts'
import { walkWorkspaces } from './walk-workspaces.ts'
import type { ProviderDouble } from '../doubles/oidc/double.ts'

/** Makes one call for the route with this operation id, in the way that `says` tells, and looks at the answer. */
export type Visit = (operationId: string, says: string, call: () => Promise<Reply>) => Promise<Reply>

/**
 * Some seconds of picture and sound, small enough to be ready at once, with a key frame each second: its poster is found at
 * the first look.
 */
export function smallFilm(seconds = 2): Promise<string> {
  return makeMedia(`small-film-${seconds}.mp4`, [
    ...['-f', 'lavfi', '-i', `testsrc2=size=256x144:rate=25:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-shortest'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
  ])
}

const TUS = { 'Tus-Resumable': '1.0.0' }
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }

/** Calls every route of the server in its usual ways, one after the other. `provider`: by which people sign in there. */
export async function walkRoutes(app: TestApp, visit: Visit, provider: ProviderDouble): Promise<void> {
  const call =
    (method: string, path: string, options: CallOptions = {}) =>
    () =>
      app.call(method, path, options)
  for (const [id, path] of Object.entries({ livez: '/livez', health: '/health', readyz: '/readyz', ready: '/ready' })) {
    await visit(id, 'all is well', call('GET', path, { token: null }))
  }
  await visit('metrics', 'by a token', call('GET', '/metrics'))
  const document = await visit('openapi', 'first', call('GET', '/api/v1/openapi.json', { token: null }))
  const unchanged = { token: null, headers: { 'If-None-Match': document.headers.get('etag') ?? '' } }
  await visit('openapi', 'unchanged', call('GET', '/api/v1/openapi.json', unchanged))
  await visit('docsPage', 'first', call('GET', '/docs', { token: null }))
  await walkUploads(visit, call)
  const id = await app.upload(await smallFilm(), { title: 'A walk' })
  await app.settled(id)
  await visit('getJourney', 'of an upload', call('GET', `/api/v1/journeys/${id}`))
  await walkLive(app, visit, call, id)
  await walkVideos(app, visit, call, id)
  await walkMaking(app, visit, call)
  await walkWorkspaces(app, visit, call)
  await walkKeys(app, visit, call)
  await walkMetering(visit, call)
  await walkAi(visit, call)
  await walkPeople(app, visit, call)
  await walkProvider(app, visit, call, provider)
  await walkAudit(visit, call)
}

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

async function walkUploads(visit: Visit, call: Caller): Promise<void> {
  const collection = '/api/v1/uploads'
  const at = (reply: Reply): string => reply.headers.get('location') ?? ''
  const create = (says: string, headers: Record<string, string>, body?: Buffer): Promise<Reply> =>
    visit(
      'createUpload',
      says,
      call('POST', collection, {
        headers: { ...(body === undefined ? TUS : BYTES), ...headers },
        ...(body === undefined ? {} : { body }),
      }),
    )
  await visit('uploadOptions', 'by nobody', call('OPTIONS', collection, { token: null }))
  const upload = at(await create('without bytes', { 'Upload-Length': '10' }))
  await visit('uploadOffset', 'of an upload', call('HEAD', upload, { headers: TUS }))
  const some = { headers: { ...BYTES, 'Upload-Offset': '0' }, body: Buffer.from('hello') }
  await visit('appendToUpload', 'not the last bytes', call('PATCH', upload, some))
  await visit('appendToUpload', 'at a wrong offset', call('PATCH', upload, some))
  await visit('terminateUpload', 'of an upload', call('DELETE', upload, { headers: TUS }))
  await visit('uploadOffset', 'of none', call('HEAD', upload, { headers: TUS }))
  await visit('terminateUpload', 'of none', call('DELETE', upload, { headers: TUS }))
  await create('with all bytes', { 'Upload-Length': '5' }, Buffer.from('hello'))
  await create('too large', { 'Upload-Length': String(2 ** 50) })
  const open = at(await create('of a length to be told', { 'Upload-Defer-Length': '1' }))
  const last = { headers: { ...BYTES, 'Upload-Offset': '0', 'Upload-Length': '5' }, body: Buffer.from('world') }
  await visit('appendToUpload', 'the last bytes', call('PATCH', open, last))
  const part = { 'Upload-Length': '5', 'Upload-Concat': 'partial' }
  const parts = [
    at(await create('a part', part, Buffer.from('12345'))),
    at(await create('a part', part, Buffer.from('67890'))),
  ]
  await create('put together of two parts', { 'Upload-Concat': `final;${parts.join(' ')}` })
}

async function walkVideos(app: TestApp, visit: Visit, call: Caller, id: string): Promise<void> {
  const path = `/api/v1/stream/videos/${id}`
  const get = (says: string, options: CallOptions = {}): Promise<Reply> =>
    visit('getVideo', says, call('GET', path, options))
  await visit('listVideos', 'a page', call('GET', '/api/v1/stream/videos'))
  const filtered = '/api/v1/stream/videos?state=ready&visibility=private&q=walk&limit=1'
  await visit('listVideos', 'of ready private ones with a word', call('GET', filtered))
  await visit('listVideos', 'by nobody', call('GET', '/api/v1/stream/videos', { token: null }))
  await app.db.sql('delete from stream.playback_grants')
  await get('private, its first grant')
  const held = await get('private, its grant still fresh')
  await app.db.sql(`update stream.playback_grants set expires_at = now() + interval '${MINUTE_MS / 2000} seconds'`)
  await get('private, its grant to be renewed')
  await get('private, by nobody', { token: null })
  await visit('getVideo', 'of none', call('GET', `/api/v1/stream/videos/${newId()}`))

  const { playback } = held.json<Video>()
  const granted = playback?.hlsUrl.replace('master.m3u8', '') ?? ''
  const media = async (base: string, flat: string, deep: string): Promise<void> => {
    await visit(flat, 'the master playlist', call('GET', `${base}master.m3u8`, { token: null }))
    await visit(flat, 'the manifest', call('GET', `${base}manifest.mpd`, { token: null }))
    await visit(flat, 'the poster', call('GET', `${base}poster.jpg`, { token: null }))
    await visit(flat, 'what is not there', call('GET', `${base}none.m3u8`, { token: null }))
    const rung = /\n([a-z0-9-]+)\/playlist\.m3u8/.exec(
      (await app.call('GET', `${base}master.m3u8`)).bytes.toString(),
    )?.[1]
    await visit(deep, 'a playlist', call('GET', `${base}${rung}/playlist.m3u8`, { token: null }))
    await visit(deep, 'a segment', call('GET', `${base}${rung}/0.m4s`, { token: null }))
    const range = { token: null, headers: { Range: 'bytes=10-19' } }
    await visit(deep, 'a range of a segment', call('GET', `${base}${rung}/0.m4s`, range))
    const beyond = { token: null, headers: { Range: 'bytes=999999999-' } }
    await visit(deep, 'a range beyond the end', call('GET', `${base}${rung}/0.m4s`, beyond))
  }
  await media(granted, 'getGrantedMedia', 'getGrantedRenditionMedia')

  const change = (says: string, options: CallOptions): Promise<Reply> =>
    visit('changeVideo', says, call('PATCH', path, options))
  await change('with faults', { body: { title: '', ownerId: id } })
  await change('of another state', { body: { title: 'x' }, headers: { 'If-Match': '"x"' } })
  await change('to unlisted', { body: { visibility: 'unlisted' } })
  const shown = await get('unlisted, by nobody', { token: null })
  await get('unchanged', { token: null, headers: { 'If-None-Match': shown.headers.get('etag') ?? '' } })
  await media(`/media/${id}/`, 'getMedia', 'getRenditionMedia')
  await walkPages(app, visit, call, id)

  await visit('deleteVideo', 'of a video', call('DELETE', path))
  await visit('deleteVideo', 'of none', call('DELETE', path))
  const key = { headers: { 'Idempotency-Key': newId() } }
  await visit('restoreVideo', 'with a key', call('POST', `${path}/restore`, key))
  await visit('restoreVideo', 'with the same key again', call('POST', `${path}/restore`, key))
  await visit('restoreVideo', 'what is not deleted', call('POST', `${path}/restore`))
  await app.call('DELETE', path)
  await visit('restoreVideo', 'without a key', call('POST', `${path}/restore`))
}

/** From a thought to a production, which is ended before anything is made. */
async function walkMaking(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const tasks = '/api/v1/planner/tasks'
  const productions = '/api/v1/channels/productions'
  const taskId = await walkPlanner(app, visit, call)
  const asked = await visit('produceTask', 'of one', call('POST', `${tasks}/${taskId}/productions`, { body: {} }))
  await visit('produceTask', 'of one that is done', call('POST', `${tasks}/${taskId}/productions`, { body: {} }))
  const { productionId } = asked.json<{ productionId: string }>()
  const stop = (): Promise<Reply> => app.call('POST', `${productions}/${productionId}/cancel`)
  // what was asked for begins a moment later
  while ((await stop()).status === 404) await delay(20)

  const ordered = await visit('orderProduction', 'of an idea', call('POST', productions, { body: { idea: 'A walk' } }))
  const { id, projectId } = ordered.json<{ id: string; projectId: string }>()
  const at = `${productions}/${id}`
  await visit('cancelProduction', 'of one that runs', call('POST', `${at}/cancel`))
  await visit('cancelProduction', 'of one that has ended', call('POST', `${at}/cancel`))
  await visit('getProduction', 'of one', call('GET', at))
  await visit('getProduction', 'of none', call('GET', `${productions}/${newId()}`))
  await visit('listProductions', 'a page', call('GET', `${productions}?state=cancelled`))
  await visit('retryProduction', 'of one that did not fail', call('POST', `${at}/retry`))
  await app.db.sql(`update channels.productions set state = 'failed' where id = $1`, [id])
  await app.db.sql(
    `update channels.stages set state = case name when 'publish' then 'failed' else 'done' end where production_id = $1`,
    [id],
  )
  await visit('retryProduction', 'of one that failed', call('POST', `${at}/retry`))
  await visit('getProductionFilm', 'before it is made', call('GET', `${at}/film`))
  await visit('getProductionCaptions', 'before they are made', call('GET', `${at}/captions`))
  await visit('getFilm', 'of one', call('GET', `/api/v1/studio/projects/${projectId}`))
  await visit('getFilm', 'of none', call('GET', `/api/v1/studio/projects/${newId()}`))
}

async function walkPages(app: TestApp, visit: Visit, call: Caller, id: string): Promise<void> {
  const page = await visit('watchPage', 'of a video', call('GET', `/watch/${id}`, { token: null }))
  await visit('watchPage', 'of none', call('GET', `/watch/${newId()}`, { token: null }))
  await visit('embedPage', 'of a video', call('GET', `/embed/${id}`, { token: null }))
  const asset = /\/assets\/[^"]+watch\.css/.exec(page.bytes.toString())?.[0] ?? ''
  await visit('pageAsset', 'the style', call('GET', asset, { token: null }))
  await visit('pageAsset', 'what is not there', call('GET', '/assets/x/y', { token: null }))
  const about = (watched: string): string =>
    `/api/v1/stream/oembed?url=${encodeURIComponent(`${app.url}/watch/${watched}`)}`
  await visit('oembed', 'of a video', call('GET', about(id), { token: null }))
  await visit('oembed', 'of none', call('GET', about(newId()), { token: null }))
}

async function walkAudit(visit: Visit, call: Caller): Promise<void> {
  const log = '/api/v1/audit-log'
  await visit('exportAuditLogLines', 'all of it', call('GET', `${log}/export.jsonl`))
  await visit('exportAuditLogTable', 'one action', call('GET', `${log}/export.csv?action=audit-log.exported`))
  await visit('listAuditLog', 'a page', call('GET', `${log}?action=audit-log.exported&limit=1`))
  await visit('listOwnAuditLog', 'a page', call('GET', '/api/v1/me/audit-log'))
}

/** The bytes of the small film. */
export async function smallFilmBytes(): Promise<Buffer> {
  return readBytes(await smallFilm())
}
