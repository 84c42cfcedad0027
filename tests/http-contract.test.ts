import fastify from 'fastify'
import type { TSchema } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Part, compileCheck } from '#platform/http/validation.ts'
import type { Video } from '#stream'
import { everyRoute } from '../server/cli/generate.ts'
import type { OpenApi } from '../server/docs/document.ts'
import { ProviderDouble } from './doubles/oidc/double.ts'
import { type TestApp, testApp } from './support/app.ts'
import { answerFault, openApiFaults, operationsOf } from './support/openapi-rules.ts'
import { smallFilm, walkRoutes } from './support/walk.ts'

const VIDEOS = '/api/v1/stream/videos'

const mounted: string[] = []
let airdate: TestApp
let provider: ProviderDouble
let api: OpenApi
let owner: { id: string; workspace: string }
beforeAll(async () => {
  provider = await ProviderDouble.open('google')
  airdate = await testApp({
    settings: provider.settings,
    observe: { onMounted: (method, path) => mounted.push(`${method} ${path}`) },
  })
  api = (await airdate.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  const [person] = await airdate.db.sql<typeof owner>(
    'select u.id, w.id as workspace from commons.users u join commons.workspaces w on w.owner_id = u.id',
  )
  if (person === undefined) throw new Error('there is no owner')
  owner = person
})
afterAll(async () => {
  await airdate[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

/** Writes videos as if they had been uploaded and were ready; returns their ids, oldest first. */
async function givenVideos(count: number, title: string): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId<'Video'>() as string)
  await airdate.db.sql(
    `insert into stream.videos (id, workspace_id, created_by, title, visibility, state)
     select unnest($1::uuid[]), $2, $3, $4, 'private', 'failed'`,
    [ids, owner.workspace, owner.id, title],
  )
  return ids
}

const described = (path: string): string => path.replaceAll(/:([A-Za-z]+)/g, '{$1}')

describe('the description', () => {
  test('is valid OpenAPI 3.1, and every operation says what the house asks', () => {
    expect(openApiFaults(api)).toEqual([])
    expect(operationsOf(api).length).toBeGreaterThan(20)
  })

  test('is what is served: nothing more, nothing less', () => {
    const operations = operationsOf(api).map(({ method, path }) => `${method} ${path}`)
    const served = mounted
      .map((route) => described(route))
      // Whatever can be got can be asked for its head (RFC 9110 §9.3.2).
      .filter((route) => !(route.startsWith('HEAD ') && mounted.map(described).includes(route.replace('HEAD', 'GET'))))
    expect(served.toSorted()).toEqual(operations.toSorted())
    expect(mounted).toContain('HEAD /api/v1/stream/videos/:id')
  })

  test('holds for every answer of a walk over all routes', async () => {
    const faults: string[] = []
    const visited = new Set<string>()
    // RFC 8259 has JSON in UTF-8 and no charset; whatever else is text says what it is written in.
    const isText = (type: string): boolean => /^text\/|\+xml|javascript/.test(type)
    await walkRoutes(
      airdate,
      async (operationId, says, call) => {
        const reply = await call()
        visited.add(operationId)
        const fault = answerFault(api, operationId, reply)
        if (fault !== null) faults.push(`${says}: ${fault}`)
        const type = reply.headers.get('content-type') ?? ''
        if (reply.bytes.length > 0 && type === '') faults.push(`${operationId} ${says}: of no type`)
        if (isText(type) && !/; ?charset=utf-8$/i.test(type))
          faults.push(`${operationId} ${says}: ${type}, of no charset`)
        if (reply.headers.get('access-control-allow-origin') !== '*') faults.push(`${operationId} ${says}: not open`)
        if (!/^[0-9a-f-]{36}$/.test(reply.headers.get('x-request-id') ?? ''))
          faults.push(`${operationId} ${says}: no id`)
        return reply
      },
      provider,
    )
    expect(faults).toEqual([])
    expect([...visited].toSorted()).toEqual(
      operationsOf(api)
        .map(({ operation }) => operation.operationId)
        .toSorted(),
    )
  })
})

// A server compiles each schema when it is first needed: what is wrong with one would show there and then.
test('each schema of each route can be compiled', async () => {
  const app = fastify()
  for (const { id, params, query, body, ok } of await everyRoute()) {
    for (const [part, schema] of Object.entries({ params, query, body }) as [Part, TSchema | undefined][]) {
      expect(() => schema !== undefined && compileCheck(schema, part)({}), `${part} of ${id}`).not.toThrow()
    }
    const [status, schema] = ok
    if (typeof schema === 'object' && schema !== null)
      app.get(`/${id}`, { schema: { response: { [status]: schema } } }, async () => null)
  }
  await app.ready()
})

describe('every GET', () => {
  test('answers HEAD with the same status and headers, and no body', async () => {
    const [id = ''] = await givenVideos(1, 'A head')
    await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'public' } })
    const paths = ['/livez', '/metrics', '/docs', '/api/v1/openapi.json', VIDEOS, `${VIDEOS}/${id}`, `/watch/${id}`]
    for (const path of [...paths, `${VIDEOS}/${newId()}`, '/nothing', '/media/x/y']) {
      const [got, head] = [await airdate.call('GET', path), await airdate.call('HEAD', path)]
      expect([path, head.status, head.bytes.length]).toEqual([path, got.status, 0])
      for (const name of ['content-type', 'etag', 'cache-control']) {
        expect(head.headers.get(name), `${path} ${name}`).toBe(got.headers.get(name))
      }
    }
  })

  test('refuses query parameters that it does not know, with every one named', async () => {
    const gets = operationsOf(api).filter(
      // What a provider says beside what is known of it says nothing.
      ({ method, path }) => method === 'GET' && !/^\/(?:watch|embed|assets|account)\b|\/callback$/.test(path),
    )
    for (const { path, operation } of gets) {
      const address = path
        .replace('{id}', newId())
        .replace('{grant}', 'g'.repeat(32))
        .replaceAll(/\{\w+\}/g, 'x')
      const reply = await airdate.call('GET', `${address}?ownerId=1&isAdmin=true`)
      expect(reply.status, operation.operationId).toBe(400)
      const pointers = reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
      expect(pointers).toEqual(expect.arrayContaining(['?ownerId', '?isAdmin']))
    }
  })
})

describe('a list', () => {
  test('of 250 videos gives each once, newest first, while new ones arrive', async () => {
    const ids = await givenVideos(250, 'Paged')
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = (await airdate.call('GET', `${VIDEOS}?q=Paged&limit=33${query}`)).json<{
        items: Video[]
        nextCursor: string | null
      }>()
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      await givenVideos(3, 'Paged')
    }
    expect(seen).toEqual(ids.toReversed())
  })

  test.each([
    ...['limit=0', 'limit=-1', 'limit=101', 'limit=1000000000', 'limit=', 'limit=1.5', 'limit=x', 'limit=1&limit=2'],
    ...['cursor=x', 'cursor=', 'cursor=YWZ0ZXI6MQ', 'cursor=<201 characters>', 'cursor=%00', 'offset=-1', 'sort=title'],
    ...['order=desc', 'state=done', 'state=ready&state=failed', 'visibility=all', 'q=', 'q=%00', 'q=<201 characters>'],
    ...['q[]=x', '__proto__=x', 'constructor=x', 'workspaceId=x'],
  ])('refuses ?%s', async (told) => {
    const query = told.replace('<201 characters>', 'x'.repeat(201))
    const reply = await airdate.call('GET', `${VIDEOS}?${query}`)
    expect(reply.status).toBe(400)
    expect(reply.json()).toMatchObject({ type: '/problems/invalid-input', errors: expect.any(Array) })
  })

  test('takes a word as it is: no sign of it is a pattern or SQL', async () => {
    for (const title of ['100 %', 'a_b', String.raw`back\slash`, "'; drop table stream.videos; --", '{{7*7}} ${7*7}']) {
      const [id] = await givenVideos(1, title)
      const found = (await airdate.call('GET', `${VIDEOS}?q=${encodeURIComponent(title)}`)).json<{ items: Video[] }>()
      expect(found.items.map((video) => video.id)).toEqual([id])
    }
    const wild = (await airdate.call('GET', `${VIDEOS}?q=${encodeURIComponent('a%b')}`)).json<{ items: Video[] }>()
    expect(wild.items).toEqual([])
  })
})

describe('an ETag', () => {
  const at = async (title: string): Promise<string> => `${VIDEOS}/${(await givenVideos(1, title))[0]}`

  test('is answered by 304 while nothing has changed', async () => {
    const path = await at('Tagged')
    await airdate.call('PATCH', path, { body: { visibility: 'unlisted' } })
    const etag = (await airdate.call('GET', path)).headers.get('etag') ?? ''
    for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const reply = await airdate.call('GET', path, { headers: { 'If-None-Match': header } })
      expect([reply.status, reply.bytes.length, reply.headers.get('etag')]).toEqual([304, 0, etag])
    }
    const changed = await airdate.call('PATCH', path, { body: { title: 'Changed' } })
    expect(changed.headers.get('etag')).not.toBe(etag)
    expect((await airdate.call('GET', path, { headers: { 'If-None-Match': etag } })).status).toBe(200)
  })

  test('guards a change and a deletion when it is given', async () => {
    const path = await at('Guarded')
    const etag = (await airdate.call('GET', path)).headers.get('etag') ?? ''
    const guarded = (tag: string) => ({ headers: { 'If-Match': tag } })
    const changed = await airdate.call('PATCH', path, { ...guarded(etag), body: { title: 'Once' } })
    expect(changed.status).toBe(200)
    const late = await airdate.call('PATCH', path, { ...guarded(etag), body: { title: 'Twice' } })
    expect([late.status, late.json()['type']]).toEqual([412, '/problems/precondition-failed'])
    expect((await airdate.call('DELETE', path, guarded(etag))).status).toBe(412)
    expect((await airdate.call('GET', path)).json<Video>().title).toBe('Once')
    expect((await airdate.call('DELETE', path, guarded(changed.headers.get('etag') ?? ''))).status).toBe(204)
  })

  test('lets one of many changes through that name the same state', async () => {
    const path = await at('Contended')
    const etag = (await airdate.call('GET', path)).headers.get('etag') ?? ''
    const change = (title: string): Promise<number> =>
      airdate.call('PATCH', path, { body: { title }, headers: { 'If-Match': etag } }).then(({ status }) => status)
    const statuses = await Promise.all(Array.from({ length: 12 }, (_, index) => change(`Title ${index}`)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(11)
  })

  test('changes with the address that a grant makes, and still names the same state', async () => {
    const id = await airdate.upload(await smallFilm(), { title: 'Granted' })
    await airdate.settled(id)
    const path = `${VIDEOS}/${id}`
    const first = await airdate.call('GET', path)
    await airdate.db.sql('delete from stream.playback_grants where video_id = $1', [id])
    const etag = first.headers.get('etag') ?? ''
    const second = await airdate.call('GET', path, { headers: { 'If-None-Match': etag } })
    expect(second.status).toBe(200)
    expect(second.json<Video>().playback?.hlsUrl).not.toBe(first.json<Video>().playback?.hlsUrl)
    const change = { body: { title: 'Renamed' }, headers: { 'If-Match': etag } }
    expect((await airdate.call('PATCH', path, change)).status).toBe(200)
  })
})

test('putting a video back is repeated by its key, once, with its tag', async () => {
  const [id] = await givenVideos(1, 'Restored')
  await airdate.call('DELETE', `${VIDEOS}/${id}`)
  const restore = () =>
    airdate.call('POST', `${VIDEOS}/${id}/restore`, { headers: { 'Idempotency-Key': `back-${id}` } })
  const [first, second] = [await restore(), await restore()]
  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.json()).toEqual(first.json())
  expect((await airdate.call('POST', `${VIDEOS}/${id}/restore`)).status).toBe(404)
})

test('playlists and pages are compressed for who takes it, segments are left as they are', async () => {
  const id = await airdate.upload(await smallFilm(), { title: 'Squeezed', visibility: 'public' })
  await airdate.settled(id)
  const encoding = async (path: string, accepted: string): Promise<string | null> =>
    (await airdate.call('GET', path, { token: null, headers: { 'Accept-Encoding': accepted } })).headers.get(
      'content-encoding',
    )
  expect(await encoding(`/media/${id}/master.m3u8`, 'gzip')).toBe('gzip')
  expect(await encoding(`/media/${id}/master.m3u8`, 'identity')).toBeNull()
  expect(await encoding('/api/v1/openapi.json', 'br')).toBe('br')
  expect(await encoding('/docs', 'gzip')).toBe('gzip')
  const master = (await airdate.call('GET', `/media/${id}/master.m3u8`)).bytes.toString()
  const rung = /\n([a-z0-9-]+)\/playlist\.m3u8/.exec(master)?.[1]
  expect(await encoding(`/media/${id}/${rung}/0.m4s`, 'br, gzip')).toBeNull()
})

test('without its database it lives, is not ready, and says when to come again; then it is as before', async () => {
  const { name } = airdate.db
  const asking = { token: airdate.token }
  await airdate.db.admin(`alter database ${name} allow_connections false`)
  await airdate.db.admin(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
  for (const path of [VIDEOS, `${VIDEOS}/${newId()}`, `/media/${newId()}/master.m3u8`, `/watch/${newId()}`]) {
    const reply = await airdate.call('GET', path, asking)
    expect([path, reply.status]).toEqual([path, 503])
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(reply.json()).toMatchObject({ type: '/problems/database-unavailable', instance: path })
  }
  expect((await airdate.call('GET', '/livez')).json()).toEqual({ status: 'ok' })
  const readiness = await airdate.call('GET', '/readyz', { token: null })
  expect([readiness.status, readiness.headers.get('retry-after')]).toEqual([503, '2'])
  expect(answerFault(api, 'readyz', readiness)).toBeNull()
  expect(readiness.json<{ checks: object[] }>().checks).toContainEqual(
    expect.objectContaining({ name: 'database', ok: false }),
  )
  expect(readiness.bytes.toString()).not.toContain(name)
  await airdate.db.admin(`alter database ${name} allow_connections true`)
  expect((await airdate.call('GET', VIDEOS, asking)).status).toBe(200)
  expect((await airdate.call('GET', '/readyz')).json()).toMatchObject({ status: 'ready' })
})

test('metrics name routes by their templates and no ids', async () => {
  const id = newId()
  await airdate.call('GET', `${VIDEOS}/${id}`)
  await airdate.call('GET', `/nothing/${id}`)
  const text = (await airdate.call('GET', '/metrics')).bytes.toString()
  expect(text).toContain('route="/api/v1/stream/videos/:id",status_class="4xx"')
  expect(text).toContain('route="unmatched"')
  expect(text).not.toContain(id)
})

test('metrics are for this machine and for who may read them, not for what a proxy forwards', async () => {
  const forwarded = { token: null, headers: { 'X-Forwarded-For': '127.0.0.1' } }
  expect((await airdate.call('GET', '/metrics', { token: null })).status).toBe(200)
  expect((await airdate.call('GET', '/metrics', forwarded)).status).toBe(403)
})

test('the description is also a page that runs nothing', async () => {
  const reply = await airdate.call('GET', '/docs', { token: null })
  expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(reply.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/)
  const text = reply.bytes.toString()
  expect(text).not.toContain('<script')
  for (const { operation } of operationsOf(api)) expect(text).toContain(`id="${operation.operationId}"`)
  const unchanged = { token: null, headers: { 'If-None-Match': reply.headers.get('etag') ?? '' } }
  expect((await airdate.call('GET', '/docs', unchanged)).status).toBe(304)
})
