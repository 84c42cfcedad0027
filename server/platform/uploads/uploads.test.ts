import { randomBytes } from 'node:crypto'
import { readFile, readdir, truncate } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type TempDir, tempDir } from '../storage/temp.ts'
import { makeThings, thingPurpose } from './fixtures/purposes.ts'
import { RawClient, type RawReply, checksum, metadata, replyTo } from './fixtures/raw-client.ts'
import { type UploadServer, somebody, startUploadServer } from './fixtures/server.ts'

const MIB = 1024 * 1024
const UPLOADS = '/api/v1/uploads'
const OFFSET_STREAM = { 'content-type': 'application/offset+octet-stream' }

let db: TestDatabase
let folder: TempDir
let server: UploadServer
const clients: RawClient[] = []
const client = (person = somebody(), of = server): RawClient => {
  const made = new RawClient(of.url, person)
  clients.push(made)
  return made
}

beforeAll(async () => {
  db = await testDatabase()
  folder = await tempDir()
  await makeThings(db)
  server = await startUploadServer({
    database: db.database,
    folder: folder.path,
    purposes: [thingPurpose('video', 64 * MIB), thingPurpose('image', MIB, ['image/'])],
    quota: async (ctx) => (ctx.actor.kind === 'user' && ctx.actor.workspaceId.startsWith('00000000') ? 1000 : null),
    settings: { progressWindowMs: 20_000 },
  })
})
afterEach(() => {
  for (const one of clients.splice(0)) one[Symbol.dispose]()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const idOf = (path: string): string => path.slice(UPLOADS.length + 1)
const keyOf = (path: string): string => `uploads/${idOf(path)}`
const fileOf = async (path: string): Promise<Buffer> => readFile((await server.storage.localFile(keyOf(path))).path)
const thing = async (path: string) =>
  (
    await db.sql<{ id: string; state: string }>('select id, state from public.things where upload_id = $1', [
      idOf(path),
    ])
  )[0]

function expectProblem(reply: RawReply, status: number, type: string): void {
  expect({ status: reply.status, type: (JSON.parse(reply.text) as { type: string }).type }).toEqual({
    status,
    type: `/problems/${type}`,
  })
  expect(reply.headers['tus-resumable']).toBe('1.0.0')
}

describe('creation', () => {
  test('OPTIONS tells version, extensions, size and checksums, to anybody', async () => {
    const reply = await client().send('OPTIONS', UPLOADS, { 'tus-resumable': undefined, authorization: undefined })
    expect(reply.status).toBe(204)
    expect(reply.headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-max-size': String(64 * MIB),
      'tus-checksum-algorithm': 'sha1,sha256',
      'tus-extension':
        'creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation',
    })
  })

  test('an upload and the row of its purpose exist from the 201 on', async () => {
    const raw = client()
    const sent = metadata({ filename: '../../x.mp4', title: 'A thing', visibility: 'public' })
    const reply = await raw.send('POST', UPLOADS, { 'upload-length': '10', 'upload-metadata': sent })
    expect(reply.status).toBe(201)
    expect(reply.headers.location).toMatch(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/)
    expect(Date.parse(reply.headers['upload-expires'] as string)).toBeGreaterThan(Date.now())
    const path = reply.headers.location ?? ''
    expect(await thing(path)).toEqual({ id: reply.headers['airdate-video-id'], state: 'uploading' })
    const head = await raw.send('HEAD', path)
    expect(head.status).toBe(200)
    expect(head.headers).toMatchObject({
      'upload-offset': '0',
      'upload-length': '10',
      'upload-metadata': sent,
      'cache-control': 'no-store',
      'tus-resumable': '1.0.0',
    })
  })

  test('bytes may come with the creation', async () => {
    const raw = client()
    const bytes = randomBytes(3 * MIB)
    const headers = {
      ...OFFSET_STREAM,
      'upload-length': String(bytes.length),
      'upload-checksum': checksum('sha256', bytes),
    }
    const reply = await raw.send('POST', UPLOADS, headers, bytes)
    expect(reply.status).toBe(201)
    expect(reply.headers['upload-offset']).toBe(String(bytes.length))
    expect((await fileOf(reply.headers.location ?? '')).equals(bytes)).toBe(true)
    expect(await thing(reply.headers.location ?? '')).toMatchObject({ state: 'uploaded' })
  })

  test('a creation whose bytes are refused leaves nothing', async () => {
    const raw = client()
    const before = await db.sql('select id from public.things order by id')
    const wrong = { ...OFFSET_STREAM, 'upload-length': '5', 'upload-checksum': checksum('sha1', Buffer.from('other')) }
    expectProblem(await raw.send('POST', UPLOADS, wrong, Buffer.from('bytes')), 460, 'uploads/checksum-mismatch')
    expect(await db.sql('select id from public.things order by id')).toEqual(before)
  })

  test('an empty upload is complete at once', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '0' })
    expect(await thing(path)).toMatchObject({ state: 'uploaded' })
    expect(await fileOf(path)).toHaveLength(0)
  })

  test('the length may be told later, once', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-defer-length': '1' })
    expect((await raw.send('HEAD', path)).headers).toMatchObject({ 'upload-defer-length': '1', 'upload-offset': '0' })
    expect((await raw.patch(path, 0, Buffer.from('hello'))).status).toBe(204)
    expectProblem(await raw.patch(path, 5, Buffer.from('x'), { 'upload-length': '3' }), 400, 'uploads/bad-header')
    expect((await raw.patch(path, 5, Buffer.alloc(0), { 'upload-length': '11' })).status).toBe(204)
    expectProblem(await raw.patch(path, 5, Buffer.from(' w'), { 'upload-length': '12' }), 400, 'uploads/bad-header')
    expect((await raw.patch(path, 5, Buffer.from(' world'))).status).toBe(204)
    expect((await fileOf(path)).toString()).toBe('hello world')
    expect(await thing(path)).toMatchObject({ state: 'uploaded' })
  })

  test('a length that is told last makes the upload complete', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-defer-length': '1' })
    await raw.patch(path, 0, Buffer.from('hello'))
    expect((await raw.patch(path, 5, Buffer.alloc(0), { 'upload-length': '5' })).status).toBe(204)
    expect(await thing(path)).toMatchObject({ state: 'uploaded' })
  })

  test.each([
    ['2^50', String(2 ** 50), 413, 'uploads/too-large'],
    ['2^70', String(2n ** 70n), 413, 'uploads/too-large'],
    ['one byte too much', String(64 * MIB + 1), 413, 'uploads/too-large'],
    ['negative', '-1', 400, 'uploads/bad-header'],
    ['NaN', 'NaN', 400, 'uploads/bad-header'],
    ['1e3', '1e3', 400, 'uploads/bad-header'],
    ['missing', undefined, 400, 'uploads/bad-header'],
  ])('a length that is %s is refused before a byte is stored', async (_, length, status, type) => {
    const files = await readdir(`${folder.path}/files`, { recursive: true })
    expectProblem(await client().send('POST', UPLOADS, { 'upload-length': length }), status, type)
    expect(await readdir(`${folder.path}/files`, { recursive: true })).toEqual(files)
  })

  test('nobody uploads more than their quota, whatever they say of the length', async () => {
    const poor = {
      ...somebody(),
      workspaceId: `00000000-0000-7000-8000-${Date.now().toString().slice(-12).padStart(12, '0')}`,
    }
    const raw = client({ ...poor, authorization: `Bearer ${poor.userId}.${poor.workspaceId}` })
    expectProblem(await raw.send('POST', UPLOADS, { 'upload-length': '1001' }), 413, 'uploads/too-large')
    const path = await raw.create({ 'upload-defer-length': '1' })
    expectProblem(await raw.patch(path, 0, Buffer.alloc(1001)), 413, 'uploads/too-large')
    expectProblem(await raw.patch(path, 0, Buffer.alloc(1), { 'upload-length': '1001' }), 413, 'uploads/too-large')
    expect((await raw.patch(path, 0, Buffer.alloc(1000))).status).toBe(204)
  })

  test.each([
    ['both lengths', { 'upload-length': '1', 'upload-defer-length': '1' }, 400, 'uploads/bad-header'],
    ['a deferral that is none', { 'upload-defer-length': '2' }, 400, 'uploads/bad-header'],
    ['metadata that cannot be read', { 'upload-length': '1', 'upload-metadata': 'x ***' }, 400, 'uploads/bad-metadata'],
    [
      'a purpose nobody has',
      { 'upload-length': '1', 'upload-metadata': metadata({ purpose: 'music' }) },
      400,
      'uploads/unknown-purpose',
    ],
    [
      'a type the purpose does not take',
      { 'upload-length': '1', 'upload-metadata': metadata({ purpose: 'image', filetype: 'text/html' }) },
      415,
      'uploads/unsupported-file-type',
    ],
    [
      'what the purpose refuses',
      { 'upload-length': '1', 'upload-metadata': metadata({ title: 'refuse' }) },
      400,
      'test/untitled',
    ],
    ['no tus version', { 'tus-resumable': undefined, 'upload-length': '1' }, 412, 'uploads/unsupported-tus-version'],
    ['another tus version', { 'tus-resumable': '0.2.2', 'upload-length': '1' }, 412, 'uploads/unsupported-tus-version'],
    [
      'an overridden method',
      { 'x-http-method-override': 'DELETE', 'upload-length': '1' },
      400,
      'uploads/method-override-refused',
    ],
  ])('%s is refused', async (_, headers, status, type) => {
    const reply = await client().send('POST', UPLOADS, headers)
    expectProblem(reply, status, type)
    if (status === 412) expect(reply.headers['tus-version']).toBe('1.0.0')
    if (type === 'uploads/unknown-purpose') expect(reply.text).toContain('video, image')
  })

  test('bytes of another content type are refused, and who has not signed in', async () => {
    const json = { 'content-type': 'application/json', 'upload-length': '2' }
    expectProblem(await client().send('POST', UPLOADS, json, Buffer.from('{}')), 415, 'uploads/wrong-content-type')
    expect((await client().send('POST', UPLOADS, { authorization: undefined, 'upload-length': '1' })).status).toBe(401)
  })
})

describe('appending', () => {
  test('chunks in order make the file', async () => {
    const raw = client()
    const bytes = randomBytes(5 * MIB + 123)
    const path = await raw.create({ 'upload-length': String(bytes.length) })
    for (let offset = 0; offset < bytes.length; offset += 2 * MIB) {
      const chunk = bytes.subarray(offset, offset + 2 * MIB)
      const algorithm = offset === 0 ? 'sha1' : 'sha256'
      const reply = await raw.patch(path, offset, chunk, { 'upload-checksum': checksum(algorithm, chunk) })
      expect(reply.status).toBe(204)
      expect(reply.headers['upload-offset']).toBe(String(offset + chunk.length))
    }
    expect((await fileOf(path)).equals(bytes)).toBe(true)
    expect((await raw.send('HEAD', path)).headers['upload-expires']).toBeUndefined()
  })

  test('a body of unknown length is taken as it comes', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '600000' })
    const opened = raw.open('PATCH', path, { ...OFFSET_STREAM, 'upload-offset': '0', 'transfer-encoding': 'chunked' })
    for (let piece = 0; piece < 6; piece += 1) opened.write(Buffer.alloc(100_000, piece))
    opened.end()
    expect((await replyTo(opened)).status).toBe(204)
    expect((await fileOf(path)).readUInt8(599_999)).toBe(5)
  })

  test('wrong bytes answer 460 and leave the offset, the right ones follow', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    await raw.patch(path, 0, Buffer.from('01234'))
    const sum = checksum('sha1', Buffer.from('56789'))
    expectProblem(
      await raw.patch(path, 5, Buffer.from('56780'), { 'upload-checksum': sum }),
      460,
      'uploads/checksum-mismatch',
    )
    expect(await raw.offset(path)).toBe(5)
    expect((await raw.patch(path, 5, Buffer.from('56789'), { 'upload-checksum': sum })).status).toBe(204)
    expect((await fileOf(path)).toString()).toBe('0123456789')
  })

  test.each([
    ['md5', 'md5 1B2M2Y8AsgTpgAmY7PhCfg==', 'uploads/unsupported-checksum'],
    ['a digest of the wrong length', 'sha1 AAAA', 'uploads/bad-header'],
    ['no digest', 'sha1', 'uploads/bad-header'],
  ])('a checksum with %s is refused', async (_, header, type) => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    expectProblem(await raw.patch(path, 0, Buffer.from('x'), { 'upload-checksum': header }), 400, type)
  })

  test('a repeated chunk, one out of order and one after the end answer 409', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    await raw.patch(path, 0, Buffer.from('01234'))
    for (const offset of [0, 3, 6, 10]) {
      const reply = await raw.patch(path, offset, Buffer.from('x'))
      expectProblem(reply, 409, 'uploads/wrong-offset')
      expect(reply.headers['upload-offset']).toBe('5')
    }
    await raw.patch(path, 5, Buffer.from('56789'))
    expectProblem(await raw.patch(path, 10, Buffer.from('x')), 409, 'uploads/complete')
    expect((await fileOf(path)).toString()).toBe('0123456789')
  })

  test('of a large body whose place is wrong nothing is written, and its connection serves on', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': String(8 * MIB) })
    await raw.patch(path, 0, Buffer.from('01234'))
    expectProblem(await raw.patch(path, 6, Buffer.alloc(4 * MIB)), 409, 'uploads/wrong-offset')
    expect((await fileOf(path)).toString()).toBe('01234')
    const rest = Buffer.alloc(8 * MIB - 5, 1)
    expect((await raw.patch(path, 5, rest, { 'upload-checksum': checksum('sha1', rest) })).status).toBe(204)
    expect((await fileOf(path)).equals(Buffer.concat([Buffer.from('01234'), rest]))).toBe(true)
  })

  test('more bytes than the upload has are refused, announced or not', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    expectProblem(await raw.patch(path, 0, Buffer.alloc(11)), 413, 'uploads/too-large')
    const opened = raw.open('PATCH', path, { ...OFFSET_STREAM, 'upload-offset': '0', 'transfer-encoding': 'chunked' })
    opened.end(Buffer.alloc(11))
    expectProblem(await replyTo(opened), 413, 'uploads/too-large')
    expect(await raw.offset(path)).toBe(0)
  })

  test.each([
    ['no offset', { 'upload-offset': undefined }, 400],
    ['a negative offset', { 'upload-offset': '-1' }, 400],
    ['another content type', { 'content-type': 'application/octet-stream' }, 415],
    ['an encoded body', { 'content-encoding': 'gzip' }, 415],
    ['no tus version', { 'tus-resumable': undefined }, 412],
  ])('%s is refused', async (_, headers, status) => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    expect((await raw.patch(path, 0, Buffer.from('x'), headers)).status).toBe(status)
    expect(await raw.offset(path)).toBe(0)
  })

  test("another's upload is not found, nor is what is no id", async () => {
    const owner = somebody()
    const path = await client(owner).create({ 'upload-length': '10' })
    const elsewhere = somebody()
    const moved = { ...owner, authorization: `Bearer ${owner.userId}.${elsewhere.workspaceId}` }
    const strangers = [
      somebody(),
      moved,
      { ...elsewhere, authorization: `Bearer ${elsewhere.userId}.${owner.workspaceId}` },
    ]
    for (const stranger of strangers) {
      const raw = client(stranger)
      expect((await raw.send('HEAD', path)).status).toBe(404)
      expectProblem(await raw.patch(path, 0, Buffer.from('x')), 404, 'uploads/not-found')
      expectProblem(await raw.send('DELETE', path), 404, 'uploads/not-found')
    }
    for (const id of [idOf(path).toUpperCase(), '-1', String(2n ** 63n), '%2e%2e%2fx', 'x'.repeat(90), '%00']) {
      expect([400, 404]).toContain((await client(owner).send('HEAD', `${UPLOADS}/${id}`)).status)
    }
    expect(await client(owner).offset(path)).toBe(0)
  })

  test('when the purpose fails nothing has happened, and the last chunk can be sent again', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '5', 'upload-metadata': metadata({ title: 'fail' }) })
    expect((await raw.patch(path, 0, Buffer.from('01234'))).status).toBe(500)
    expect(await raw.offset(path)).toBe(0)
    expect(await thing(path)).toMatchObject({ state: 'uploading' })
    await db.sql(`update public.things set title = 'works' where upload_id = $1`, [idOf(path)])
    expect((await raw.patch(path, 0, Buffer.from('01234'))).status).toBe(204)
    expect(await thing(path)).toMatchObject({ state: 'uploaded' })
  })

  test('bytes that were lost from the disk are gone, not made up', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    await raw.patch(path, 0, Buffer.from('01234'))
    await truncate((await server.storage.localFile(keyOf(path))).path, 2)
    expectProblem(await raw.patch(path, 5, Buffer.from('56789')), 410, 'uploads/gone')
    const other = await raw.create({ 'upload-length': '10' })
    await raw.patch(other, 0, Buffer.from('01234'))
    await server.storage.delete([keyOf(other)])
    expectProblem(await raw.patch(other, 5, Buffer.from('56789')), 410, 'uploads/gone')
  })

  test('a full disk answers 507, keeps the offset and carries on when there is room', async () => {
    await using full = await startUploadServer({
      database: db.database,
      folder: folder.path,
      reserveBytes: Number.MAX_SAFE_INTEGER,
      purposes: [thingPurpose('video', 64 * MIB)],
    })
    const person = somebody()
    const path = await client(person).create({ 'upload-length': '10' })
    expectProblem(await client(person, full).patch(path, 0, Buffer.from('01234')), 507, 'storage-full')
    expectProblem(await client(person, full).send('POST', UPLOADS, { 'upload-length': '10' }), 507, 'storage-full')
    expect(await client(person).offset(path)).toBe(0)
    expect((await client(person).patch(path, 0, Buffer.from('0123456789'))).status).toBe(204)
  })
})

test('each route makes the statements that it is known to make', async () => {
  const raw = client()
  server.statements.length = 0
  const path = await raw.create({ 'upload-length': '10' })
  await raw.send('HEAD', path)
  await raw.patch(path, 0, Buffer.from('01234'), { 'upload-checksum': checksum('sha1', Buffer.from('01234')) })
  await raw.patch(path, 5, Buffer.from('56789'))
  const other = await raw.create({ 'upload-length': '10' })
  await raw.send('DELETE', other)
  // The purpose of these tests makes one statement in each of its hooks.
  expect(server.statements).toEqual([
    { id: 'createUpload', count: 1 + 1 },
    { id: 'uploadOffset', count: 1 },
    { id: 'appendToUpload', count: 2 },
    { id: 'appendToUpload', count: 2 + 1 },
    { id: 'createUpload', count: 1 + 1 },
    { id: 'terminateUpload', count: 2 + 1 },
  ])
})
