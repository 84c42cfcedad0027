import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { Video } from '#stream'
import type { OpenApi } from '../../server/docs/document.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, fate, givenStranger, sendUpload } from '#tests/support/attacks.ts'
import { operationsOf } from '#tests/support/openapi-rules.ts'

const VIDEOS = '/api/v1/stream/videos'
const UPLOADS = '/api/v1/uploads'
const TUS = { 'Tus-Resumable': '1.0.0' }
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }

let airdate: TestApp
let api: OpenApi
let stranger: Stranger
let id = ''
beforeAll(async () => {
  airdate = await testApp()
  api = (await airdate.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  stranger = await givenStranger(airdate)
  id = (await fate(airdate, Buffer.from('no film'), { title: 'Here' })).id
})
afterAll(() => airdate[Symbol.asyncDispose]())

/** What may never be told: stacks, SQL, paths of this machine, names and versions of what the server is made of. */
const INSIDE =
  /\bat .+:\d+:\d+|node_modules|\.ts\b|\/work\/|\/tmp\/|\/home\/|\/root\/|select .+ from|insert into|pgboss|kysely|fastify|find-my-way|postgres|node\/?v?\d+\.\d+/i

function expectProblem(reply: Reply, statuses: readonly number[]): void {
  expect(statuses).toContain(reply.status)
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
  const document = reply.json()
  expect(document).toMatchObject({
    ...{ type: expect.stringMatching(/^\/problems\/[a-z/-]+$/), title: expect.any(String), status: reply.status },
    ...{ instance: expect.any(String), requestId: reply.headers.get('x-request-id') },
  })
  expectNothingTold(reply)
}

function expectNothingTold(reply: Reply): void {
  expect(reply.bytes.toString()).not.toMatch(INSIDE)
  for (const name of ['server', 'x-powered-by', 'via', 'set-cookie']) expect(reply.headers.get(name)).toBeNull()
}

const NASTY = [
  ...[
    "'; drop table stream.videos; --",
    '{{7*7}}',
    '${7*7}',
    '<%= 7*7 %>',
    '<script>alert(1)</script>',
    '"><img src=x>',
  ],
  ...[
    '\0',
    'a\0b',
    '\ud800',
    'x\udfff',
    '\u202e\u2066',
    '\ufeff',
    '\r\nSet-Cookie: a=b',
    '👩‍👩‍👧‍👦',
    'ﷺ'.repeat(60),
    ' ',
    '\t',
  ],
  ...[
    '../../etc/passwd',
    '-vf',
    '%00',
    '%s%n',
    'null',
    'undefined',
    'NaN',
    '__proto__',
    'x'.repeat(1024 * 1024),
    '١٢٣',
    'İ',
  ],
]

describe('whatever text is given (C1)', () => {
  test.each(['title', 'description'])('a %s comes back as it is or is refused', async (field) => {
    for (const text of NASTY) {
      const reply = await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { [field]: text } })
      if (reply.status !== 200) {
        expectProblem(reply, [400, 413])
        continue
      }
      expect(reply.json()[field]).toBe(text)
      expect((await airdate.call('GET', `${VIDEOS}/${id}`)).json()[field]).toBe(text)
      await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'public' } })
      const page = (await airdate.call('GET', `/watch/${id}`)).bytes.toString()
      expect(page).not.toMatch(/<script>alert|<img src=x/)
    }
  })

  test('any text comes back as it is or is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 220 }), async (title) => {
        const reply = await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { title } })
        return reply.status === 400 || (reply.status === 200 && reply.json()['title'] === title)
      }),
      { numRuns: 60 },
    )
  })

  test('a query, a cursor, an address, a header and a label are answered or refused', async () => {
    for (const text of NASTY.filter((nasty) => nasty.length < 10_000 && nasty.isWellFormed())) {
      const encoded = encodeURIComponent(text)
      for (const path of [
        `${VIDEOS}?q=${encoded}`,
        `${VIDEOS}?cursor=${encoded}`,
        `/api/v1/stream/oembed?url=${encoded}`,
      ]) {
        const reply = await airdate.call('GET', path)
        if (reply.status !== 200) expectProblem(reply, [400, 404, 414])
      }
      for (const path of [
        `${VIDEOS}/${encoded}`,
        `/media/${encoded}/x`,
        `/media/${id}/${encoded}`,
        `/assets/${encoded}/x`,
      ]) {
        expectProblem(await airdate.call('GET', path), [400, 404])
      }
      expectNothingTold(await airdate.call('GET', `/watch/${encoded}?t=${encoded}`))
      const upload = await sendUpload(airdate, Buffer.from('x'), { title: text, filename: text })
      if (upload.status !== 201) expectProblem(upload, [400])
      const visibility = await sendUpload(airdate, Buffer.from('x'), { visibility: text })
      expectProblem(visibility, [400])
    }
  })
})

describe('JSON that is more than it seems (C2, C3, C5)', () => {
  const patch = (body: string): Promise<Reply> => airdate.call('PATCH', `${VIDEOS}/${id}`, { body })

  test.each([
    ['a prototype', '{"__proto__":{"isAdmin":true},"title":"x"}'],
    ["a constructor's prototype", '{"title":"x","constructor":{"prototype":{"isAdmin":true}}}'],
    ['an escaped prototype', String.raw`{"title":"x","\u005f_proto__":{"a":1}}`],
    ['lists 200,000 deep', `{"title":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['objects 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['an empty object', '{}'],
    ['null for a text', '{"title":null}'],
    ['a list for a text', '{"title":["x"]}'],
    ['an operator for a text', '{"title":{"$ne":1}}'],
    ['a number for a text', '{"title":1e400}'],
    ['a comma too many', '{"title":"x",}'],
    ['single quotes', "{'title':'x'}"],
    ['two values', '{"title":"x"}{"title":"y"}'],
    ['a mark before it', '\ufeff{"title":"x"'],
    ['a text that is too long', `{"title":"${'x'.repeat(201)}"}`],
  ])('%s is refused', async (_, body) => {
    expectProblem(await patch(body), [400, 413])
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  })

  test('fields that are not for changing are named one by one, and nothing is stored', async () => {
    const before = (await airdate.call('GET', `${VIDEOS}/${id}`)).json<Video>()
    const wanted = {
      id: newId(),
      ownerId: 1,
      workspaceId: stranger.workspaceId,
      state: 'ready',
      createdAt: 'x',
      isAdmin: true,
    }
    const reply = await patch(JSON.stringify({ title: 'Changed', ...wanted }))
    expectProblem(reply, [400])
    const pointers = reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
    expect(pointers.toSorted()).toEqual(
      Object.keys(wanted)
        .map((name) => `/${name}`)
        .toSorted(),
    )
    expect((await airdate.call('GET', `${VIDEOS}/${id}`)).json<Video>()).toEqual(before)
  })

  test('a compressed body is not read (B9)', async () => {
    const bomb = gzipSync(Buffer.from(JSON.stringify({ title: ' '.repeat(64 * 1024 * 1024) })))
    expect(bomb.length).toBeLessThan(1024 * 1024)
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
    expectProblem(await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: bomb, headers }), [415])
    const upload = { ...BYTES, 'Content-Encoding': 'gzip', 'Upload-Length': '100' }
    expectProblem(await airdate.call('POST', UPLOADS, { body: bomb, headers: upload }), [415])
  })
})

describe('ids (C4)', () => {
  test('that are none, or are spelled otherwise, are refused on every route that takes one', async () => {
    const wrong = [
      '-1',
      '0',
      '9223372036854775808',
      id.toUpperCase(),
      `urn:uuid:${id}`,
      `{${id}}`,
      id.replaceAll('-', ''),
    ]
    const odd = ['null', 'undefined', '[object Object]', '%00', '..', '*', `${id}%20`, `${id},${id}`, `${id}%0a`]
    const taking = operationsOf(api).filter(({ path }) => path.includes('{id}') && !/^\/(?:watch|embed)/.test(path))
    expect(taking.length).toBeGreaterThan(8)
    for (const { method, path } of taking) {
      for (const text of [...wrong, ...odd]) {
        const address = path
          .replace('{id}', text)
          .replace('{grant}', 'g'.repeat(32))
          .replaceAll(/\{\w+\}/g, 'x')
        const body = method === 'PATCH' && path.startsWith(VIDEOS) ? { body: { title: 'x' } } : {}
        const reply = await airdate.call(method, address, {
          ...body,
          headers: path.startsWith(UPLOADS) ? { ...BYTES, 'Upload-Offset': '0' } : {},
        })
        expect([400, 404], `${method} ${address}: ${reply.status}`).toContain(reply.status)
        if (method !== 'HEAD') expectProblem(reply, [400, 404])
      }
    }
  })

  test('of another workspace are not there, on every route', async () => {
    const upload =
      (await airdate.call('POST', UPLOADS, { headers: { ...TUS, 'Upload-Length': '5' } })).headers.get('location') ?? ''
    await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'private' } })
    const asStranger = { token: stranger.token }
    const attempts: [string, string, object][] = [
      ['GET', `${VIDEOS}/${id}`, {}],
      ['PATCH', `${VIDEOS}/${id}`, { body: { title: 'x' } }],
      ['DELETE', `${VIDEOS}/${id}`, {}],
      ['POST', `${VIDEOS}/${id}/restore`, {}],
      ['HEAD', upload, { headers: TUS }],
      ['PATCH', upload, { headers: { ...BYTES, 'Upload-Offset': '0' }, body: Buffer.from('12345') }],
      ['DELETE', upload, { headers: TUS }],
    ]
    for (const [method, path, options] of attempts) {
      expect([method, path, (await airdate.call(method, path, { ...options, ...asStranger })).status]).toEqual([
        method,
        path,
        404,
      ])
    }
    await airdate.call('PATCH', `${VIDEOS}/${id}`, { body: { visibility: 'public' } })
    // Readable now, and still not theirs to change.
    expect((await airdate.call('GET', `${VIDEOS}/${id}`, asStranger)).status).toBe(200)
    expect((await airdate.call('PATCH', `${VIDEOS}/${id}`, { ...asStranger, body: { title: 'x' } })).status).toBe(404)
    expect((await airdate.call('DELETE', `${VIDEOS}/${id}`, asStranger)).status).toBe(404)
  })
})

describe('who calls', () => {
  test.each([
    ['nothing', ''],
    ['a scheme alone', 'Bearer'],
    ['no token of ours', 'Bearer x'],
    ['a password', 'Basic b3duZXI6eA=='],
    ['an unknown token', `Bearer air_${'x'.repeat(43)}`],
    ['half a token', 'Bearer air_'],
    ['two spaces', 'bearer  air_x'],
    ['10,000 characters', `Bearer ${'x'.repeat(10_000)}`],
    ['an unsigned JWT', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'],
    ['SQL', "Bearer ' or 1=1 --"],
  ])('is not believed by %s', async (_, authorization) => {
    const reply = await airdate.call('GET', VIDEOS, { token: null, headers: { Authorization: authorization } })
    expectProblem(reply, [401])
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('needs a token for everything that is not public, and the right one', async () => {
    const reader = await givenStranger(airdate, ['video:read'])
    for (const { method, path, operation } of operationsOf(api)) {
      if (operation['x-permission'] === 'public') continue
      const address = path.replace('{id}', id)
      const nobody = await airdate.call(method, address, { token: null })
      expect([operation.operationId, nobody.status]).toEqual([operation.operationId, 401])
      // Where any token will do, what it may hear is asked for each topic.
      if (['video:read', 'signed-in'].includes(operation['x-permission'])) continue
      const other = await airdate.call(method, address, { token: reader.token })
      expect([operation.operationId, other.status]).toEqual([operation.operationId, 403])
    }
  })

  test('is not believed from an address, and a revoked token ends at once', async () => {
    expectProblem(await airdate.call('GET', `${VIDEOS}?token=${airdate.token}`, { token: null }), [400, 401])
    const other = await givenStranger(airdate)
    expect((await airdate.call('GET', VIDEOS, { token: other.token })).status).toBe(200)
    await airdate.db.sql('update commons.api_tokens set revoked_at = now() where user_id = $1', [other.userId])
    expectProblem(await airdate.call('GET', VIDEOS, { token: other.token }), [401])
  })
})

/** Whether an address is one that a path of the description stands for. */
function fits(path: string, address: string): boolean {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address)
}

test('no answer tells of the inside, whatever is asked (C12)', async () => {
  const paths = [
    '/',
    '/.env',
    '/.git/config',
    '/admin',
    '/api',
    '/api/v1',
    '/api/v2/x',
    '/server/main',
    '/docs/',
    '/metrics/',
    '/problems/x',
  ]
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    for (const path of paths) expectProblem(await airdate.call(method, path), [404])
  }
  for (const { path } of operationsOf(api)) {
    for (const method of ['PUT', 'OPTIONS', 'DELETE']) {
      const asked = path.replaceAll(/\{\w+\}/g, id)
      // What stands for a word in one path may be the name of a thing in another.
      if (operationsOf(api).some((other) => other.method === method && fits(other.path, asked))) continue
      expectProblem(await airdate.call(method, asked), [404])
    }
  }
  expectNothingTold(await airdate.call('GET', '/livez'))
})
