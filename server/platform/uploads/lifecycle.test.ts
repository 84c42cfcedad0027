import { createHash, randomBytes } from 'node:crypto'
import { readFile, utimes } from 'node:fs/promises'
import fc from 'fast-check'
import { Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { collectGarbage } from '../storage/garbage.ts'
import { type TempDir, tempDir } from '../storage/temp.ts'
import { makeThings, thingPurpose } from './fixtures/purposes.ts'
import { RawClient, checksum, metadata } from './fixtures/raw-client.ts'
import { type UploadServer, somebody, startUploadServer } from './fixtures/server.ts'
import { uploadsDb } from './queries.ts'
import { releaseUpload, resumeAssemblies, sweepExpiredUploads, uploadStorageOwner } from './sweep.ts'

const MIB = 1024 * 1024
const UPLOADS = '/api/v1/uploads'
const HOURS_AGO_25 = new Date(Date.now() - 25 * 3_600_000)

let db: TestDatabase
let folder: TempDir
let server: UploadServer
let person = somebody()
const clients: RawClient[] = []
const client = (): RawClient => {
  const made = new RawClient(server.url, person)
  clients.push(made)
  return made
}

beforeAll(async () => {
  db = await testDatabase()
  folder = await tempDir()
  await makeThings(db)
  const purposes = [thingPurpose('video', 64 * MIB)]
  server = await startUploadServer({ database: db.database, folder: folder.path, purposes })
})
afterEach(() => {
  for (const one of clients.splice(0)) one[Symbol.dispose]()
  person = somebody()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const idOf = (path: string): string => path.slice(-36)
const keyOf = (path: string): string => `uploads/${idOf(path)}`
const pathOnDisk = async (path: string): Promise<string> => (await server.storage.localFile(keyOf(path))).path
const thingsOf = (path: string) => db.sql('select state from public.things where upload_id = $1', [idOf(path)])
const expire = (path: string) =>
  db.sql(`update platform.uploads set expires_at = now() - interval '1 second' where id = $1`, [idOf(path)])

describe('termination', () => {
  test('DELETE removes bytes, row and what the purpose made', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    await raw.patch(path, 0, Buffer.from('01234'))
    expect((await raw.send('DELETE', path)).status).toBe(204)
    expect(await server.storage.head(keyOf(path))).toBeNull()
    expect(await thingsOf(path)).toEqual([])
    expect((await raw.send('HEAD', path)).status).toBe(404)
    expect((await raw.send('DELETE', path)).status).toBe(404)
  })

  test('a complete upload belongs to what it was for', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '0' })
    expect((await raw.send('DELETE', path)).status).toBe(409)
    expect(await server.storage.head(keyOf(path))).toEqual({ sizeBytes: 0 })
  })
})

describe('concatenation', () => {
  const part = async (raw: RawClient, bytes: Buffer): Promise<string> => {
    const path = await raw.create({ 'upload-concat': 'partial', 'upload-length': String(bytes.length) })
    await raw.patch(path, 0, bytes)
    return path
  }

  test('parts that were written at the same time become one file, and are gone', async () => {
    const raw = client()
    const pieces = [randomBytes(3 * MIB), randomBytes(1), Buffer.alloc(0), randomBytes(2 * MIB)]
    const paths = await Promise.all(pieces.map((bytes) => part(raw, bytes)))
    expect((await raw.send('HEAD', paths[0] ?? '')).headers).toMatchObject({ 'upload-concat': 'partial' })
    expect(await thingsOf(paths[0] ?? '')).toEqual([])
    const urls = [paths[0], `${server.url}${paths[1]}`, `https://else.where/behind${paths[2]}`, paths[3]]
    const reply = await raw.send('POST', UPLOADS, {
      'upload-concat': `final;${urls.join(' ')}`,
      'upload-metadata': metadata({ title: 'Whole' }),
    })
    expect(reply.status).toBe(201)
    expect(reply.headers['airdate-video-id']).toBeDefined()
    const path = reply.headers.location ?? ''
    expect((await readFile(await pathOnDisk(path))).equals(Buffer.concat(pieces))).toBe(true)
    expect(await thingsOf(path)).toEqual([{ state: 'uploaded' }])
    expect((await raw.send('HEAD', path)).headers).toMatchObject({
      'upload-offset': String(5 * MIB + 1),
      'upload-length': String(5 * MIB + 1),
      'upload-concat': `final;${paths.join(' ')}`,
    })
    expect((await raw.patch(path, 5 * MIB + 1, Buffer.from('x'))).status).toBe(403)
    for (const gone of paths) {
      expect((await raw.send('HEAD', gone)).status).toBe(404)
      expect(await server.storage.head(keyOf(gone))).toBeNull()
    }
  })

  test('what cannot be put together is refused and changes nothing', async () => {
    const raw = client()
    const [done, whole] = [await part(raw, Buffer.from('done')), await raw.create({ 'upload-length': '0' })]
    const undone = await raw.create({ 'upload-concat': 'partial', 'upload-length': '5' })
    const foreign = await part(new RawClient(server.url, somebody()), Buffer.from('foreign'))
    const final = (paths: string[], headers = {}) =>
      raw.send('POST', UPLOADS, { 'upload-concat': `final;${paths.join(' ')}`, ...headers })
    expect((await final([done, undone])).status).toBe(400)
    expect((await final([done, whole])).status).toBe(400)
    expect((await final([done, done])).status).toBe(400)
    expect((await final([done, foreign])).status).toBe(404)
    expect((await final([done, `${UPLOADS}/../x`])).status).toBe(400)
    expect((await final([])).status).toBe(400)
    expect((await final([done], { 'upload-length': '4' })).status).toBe(400)
    expect((await raw.send('POST', UPLOADS, { 'upload-concat': 'half', 'upload-length': '4' })).status).toBe(400)
    expect((await final([done], { 'upload-metadata': metadata({ purpose: 'none' }) })).status).toBe(400)
    expect((await final([done])).status).toBe(201)
    expect((await final([done])).status).toBe(404)
  })

  test('an assembly that a crash cut short is carried on', async () => {
    const raw = client()
    const pieces = [randomBytes(MIB), randomBytes(MIB)]
    const paths = [await part(raw, pieces[0] ?? Buffer.alloc(0)), await part(raw, pieces[1] ?? Buffer.alloc(0))]
    const reply = await raw.send('POST', UPLOADS, { 'upload-concat': `final;${paths.join(' ')}` })
    const path = reply.headers.location ?? ''
    // As the crash would have left it: parts still there, half of the file written, the lease run out.
    for (const [index, bytes] of pieces.entries()) await server.storage.put(keyOf(paths[index] ?? ''), bytes)
    await server.storage.put(keyOf(path), randomBytes(MIB + 500))
    await db.sql(
      `update platform.uploads set state = 'assembling', completed_at = null, offset_bytes = 0,
         lease_token = gen_random_uuid(), lease_expires_at = now() - interval '1 second' where id = $1`,
      [idOf(path)],
    )
    await db.sql(`update public.things set state = 'uploading' where upload_id = $1`, [idOf(path)])
    expect((await raw.send('HEAD', path)).headers['upload-offset']).toBeUndefined()
    expect((await raw.patch(path, 0, Buffer.from('x'))).status).toBe(403)
    expect(await resumeAssemblies(server.system, server.uploads)).toBe(1)
    expect((await readFile(await pathOnDisk(path))).equals(Buffer.concat(pieces))).toBe(true)
    expect(await thingsOf(path)).toEqual([{ state: 'uploaded' }])
    expect(await resumeAssemblies(server.system, server.uploads)).toBe(0)
  })
})

describe('expiration', () => {
  test('an unfinished upload is gone after its time, with its bytes and what its purpose made', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    await raw.patch(path, 0, Buffer.from('01234'))
    await expire(path)
    expect((await raw.send('HEAD', path)).status).toBe(410)
    expect((await raw.patch(path, 5, Buffer.from('56789'))).status).toBe(410)
    expect(await sweepExpiredUploads(server.system, server.uploads)).toBe(1)
    expect((await raw.send('HEAD', path)).status).toBe(404)
    expect(await thingsOf(path)).toEqual([])
    expect(await server.storage.head(keyOf(path))).toBeNull()
  })

  test('complete uploads, living ones and those being written stay; parts that nobody put together go', async () => {
    const raw = client()
    const complete = await raw.create({ 'upload-length': '0' })
    const living = await raw.create({ 'upload-length': '10' })
    const written = await raw.create({ 'upload-length': '10' })
    const loose = await raw.create({ 'upload-length': '0', 'upload-concat': 'partial' })
    for (const path of [complete, written, loose]) await expire(path)
    await db.sql(
      `update platform.uploads set lease_token = id, lease_expires_at = now() + interval '1 minute' where id = $1`,
      [idOf(written)],
    )
    expect(await sweepExpiredUploads(server.system, server.uploads)).toBe(1)
    expect((await raw.send('HEAD', complete)).status).toBe(200)
    expect((await raw.send('HEAD', living)).status).toBe(200)
    expect((await raw.send('HEAD', written)).status).toBe(410)
    expect((await raw.send('HEAD', loose)).status).toBe(404)
  })

  test('bytes lengthen the life of an upload', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '10' })
    await db.sql(`update platform.uploads set expires_at = now() + interval '1 minute' where id = $1`, [idOf(path)])
    const reply = await raw.patch(path, 0, Buffer.from('01234'))
    expect(Date.parse(reply.headers['upload-expires'] as string)).toBeGreaterThan(Date.now() + 3_600_000)
  })
})

describe('garbage', () => {
  test('only what no row names, no owner wants and nobody has touched for a day is collected', async () => {
    const raw = client()
    const live = await raw.create({ 'upload-length': '10' })
    await raw.patch(live, 0, Buffer.from('01234'))
    const complete = await raw.create({ 'upload-length': '1' })
    await raw.patch(complete, 0, Buffer.from('x'))
    const lost = `uploads/${idOf(live).slice(0, -4)}dead`
    const fresh = `uploads/${idOf(live).slice(0, -4)}beef`
    for (const key of [lost, fresh, 'elsewhere/x']) await server.storage.put(key, Buffer.of(1))
    for (const key of [lost, keyOf(live), keyOf(complete), 'elsewhere/x']) {
      await utimes((await server.storage.localFile(key)).path, HOURS_AGO_25, HOURS_AGO_25)
    }
    const owners = [uploadStorageOwner]
    expect(await collectGarbage(server.system, { owners: [] })).toEqual([])
    expect(await collectGarbage(server.system, { owners, minAgeMs: 0, dryRun: true })).toEqual([lost])
    expect(await server.storage.head(lost)).not.toBeNull()
    expect(await collectGarbage(server.system, { owners })).toEqual([lost])
    expect(await server.storage.head(lost)).toBeNull()
    for (const key of [fresh, keyOf(live), keyOf(complete), 'elsewhere/x']) {
      expect(await server.storage.head(key)).not.toBeNull()
    }
  })

  test('a finished upload goes when who took it releases it', async () => {
    const raw = client()
    const path = await raw.create({ 'upload-length': '1' })
    await raw.patch(path, 0, Buffer.from('x'))
    const { workspaceId } = person
    const scope = { role: 'app' as const, workspaceId, userId: null }
    const keys = await uploadsDb.write({ database: db.database, scope }, (tx) => releaseUpload(tx, idOf(path)))
    expect(keys).toEqual([keyOf(path)])
    expect((await raw.send('HEAD', path)).status).toBe(404)
  })
})

describe('tus-js-client', () => {
  const upload = (bytes: Buffer, options: Partial<UploadOptions>): Promise<Upload> => {
    const done = Promise.withResolvers<Upload>()
    const made: Upload = new Upload(bytes, {
      endpoint: server.url + UPLOADS,
      headers: { authorization: person.authorization },
      metadata: { filename: 'ünïcode 🎬.mp4', filetype: 'video/mp4', title: 'T' },
      retryDelays: [0, 10, 50, 100],
      onSuccess: () => done.resolve(made),
      onError: (error) => done.reject(error),
      ...options,
    })
    made.start()
    return done.promise
  }
  const stored = async (made: Upload): Promise<Buffer> => readFile(await pathOnDisk(made.url ?? ''))

  test.each([
    ['in one request', {}],
    ['in chunks', { chunkSize: MIB }],
    ['with the creation', { chunkSize: MIB, uploadDataDuringCreation: true }],
    ['without a length', { chunkSize: MIB, uploadLengthDeferred: true }],
    ['in three parallel parts', { parallelUploads: 3, metadataForPartialUploads: {} }],
  ])('uploads %s', async (_, options) => {
    const bytes = randomBytes(3 * MIB + 77)
    const made = await upload(bytes, options)
    expect((await stored(made)).equals(bytes)).toBe(true)
    expect(await thingsOf(made.url ?? '')).toEqual([{ state: 'uploaded' }])
  })

  test('carries on where it was aborted', async () => {
    const bytes = randomBytes(4 * MIB)
    const aborted = Promise.withResolvers<string>()
    const first: Upload = new Upload(bytes, {
      endpoint: server.url + UPLOADS,
      headers: { authorization: person.authorization },
      chunkSize: MIB,
      onChunkComplete: (_size, accepted) => {
        if (accepted >= 2 * MIB) void first.abort().then(() => aborted.resolve(first.url ?? ''))
      },
    })
    first.start()
    const uploadUrl = await aborted.promise
    const made = await upload(bytes, { uploadUrl, chunkSize: MIB })
    expect((await stored(made)).equals(bytes)).toBe(true)
  })

  test('terminates what it aborts', async () => {
    const gone = Promise.withResolvers<string>()
    const first: Upload = new Upload(randomBytes(4 * MIB), {
      endpoint: server.url + UPLOADS,
      headers: { authorization: person.authorization },
      chunkSize: MIB,
      onChunkComplete: () => void first.abort(true).then(() => gone.resolve(first.url ?? '')),
    })
    first.start()
    const url = await gone.promise
    expect((await client().send('HEAD', url.slice(server.url.length))).status).toBe(404)
  })
})

test('whatever chunks come in whatever order, the offset is the model’s and the file is the source', async () => {
  const LENGTH = 5000
  const chunk = fc.record({
    offset: fc.oneof(
      { weight: 4, arbitrary: fc.constant('right' as const) },
      { weight: 1, arbitrary: fc.nat({ max: LENGTH + 5 }) },
    ),
    sizeBytes: fc.nat({ max: 1800 }),
    sum: fc.constantFrom('none' as const, 'sha1' as const, 'sha256' as const, 'wrong' as const),
  })
  const source = randomBytes(LENGTH + 2000)
  const raw = client()
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (chunks) => {
      const path = await raw.create({ 'upload-length': String(LENGTH) })
      let model = 0
      for (const { offset: wanted, sizeBytes, sum } of chunks) {
        const offset = wanted === 'right' ? model : wanted
        const bytes = source.subarray(offset, offset + sizeBytes)
        const headers =
          sum === 'none'
            ? {}
            : {
                'upload-checksum': sum === 'wrong' ? checksum('sha1', Buffer.from('w')) : checksum(sum, bytes),
              }
        const { status } = await raw.patch(path, offset, bytes, headers)
        const expected = expectedStatus({ model, offset, sizeBytes: bytes.length, sum })
        expect(status).toBe(expected)
        if (expected === 204) model += bytes.length
        expect(await raw.offset(path)).toBe(model)
      }
      if (model < LENGTH) expect((await raw.patch(path, model, source.subarray(model, LENGTH))).status).toBe(204)
      const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
      expect(sha256(await readFile(await pathOnDisk(path)))).toBe(sha256(source.subarray(0, LENGTH)))
    }),
    { numRuns: 25 },
  )

  function expectedStatus(request: { model: number; offset: number; sizeBytes: number; sum: string }): number {
    if (request.offset !== request.model || request.model === LENGTH) return 409
    if (request.model + request.sizeBytes > LENGTH) return 413
    return request.sum === 'wrong' && request.sizeBytes > 0 ? 460 : 204
  }
})
