import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import type { ClientRequest } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type TempDir, tempDir } from '../storage/temp.ts'
import { makeThings, thingPurpose } from './fixtures/purposes.ts'
import { RawClient, checksum, replyTo } from './fixtures/raw-client.ts'
import {
  type Person,
  type UploadServer,
  type UploadServerOptions,
  somebody,
  startUploadServer,
} from './fixtures/server.ts'

const MIB = 1024 * 1024

let db: TestDatabase
let folder: TempDir
const opened: (AsyncDisposable | Disposable)[] = []

beforeAll(async () => {
  db = await testDatabase()
  folder = await tempDir()
  await makeThings(db)
})
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) {
    if (Symbol.dispose in one) one[Symbol.dispose]()
    else await one[Symbol.asyncDispose]()
  }
})
afterAll(async () => {
  await db[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function serve(settings: UploadServerOptions['settings'] = {}): Promise<UploadServer> {
  const purposes = [thingPurpose('video', 64 * MIB)]
  const server = await startUploadServer({ database: db.database, folder: folder.path, purposes, settings })
  opened.push(server)
  return server
}

function connect(server: UploadServer, person: Person): RawClient {
  const raw = new RawClient(server.url, person)
  opened.push(raw)
  return raw
}

/** Begins a PATCH that announces all of `sizeBytes` and sends only `first`; its end is for the test to bring. */
function beginPatch(
  raw: RawClient,
  path: string,
  offset: number,
  sizeBytes: number,
  first: Buffer,
  headers: Record<string, string> = {},
): ClientRequest {
  const request = raw.open('PATCH', path, {
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
    'content-length': String(sizeBytes),
    ...headers,
  })
  request.on('error', () => undefined)
  request.write(first)
  return request
}

const leased = async (path: string): Promise<boolean> =>
  (await db.sql('select 1 from platform.uploads where id = $1 and lease_token is not null', [path.slice(-36)])).length >
  0

const bytesOnDisk = async (server: UploadServer, path: string): Promise<number> =>
  (await server.storage.head(`uploads/${path.slice(-36)}`))?.sizeBytes ?? 0

const openFiles = async (path: string): Promise<number> => {
  const { readlink } = await import('node:fs/promises')
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return links.filter((link) => link.includes(path.slice(-36))).length
}

test('a client that vanishes leaves what it sent, and neither lease nor open file', async () => {
  const server = await serve()
  const raw = connect(server, somebody())
  const path = await raw.create({ 'upload-length': String(4 * MIB) })
  const bytes = randomBytes(4 * MIB)
  const request = beginPatch(raw, path, 0, bytes.length, bytes.subarray(0, MIB))
  await vi.waitFor(async () => expect(await bytesOnDisk(server, path)).toBeGreaterThan(0), 10_000)
  request.destroy()
  await vi.waitFor(async () => expect(await raw.offset(path)).toBeGreaterThan(0), 10_000)
  const offset = await raw.offset(path)
  expect(await leased(path)).toBe(false)
  await vi.waitFor(async () => expect(await openFiles(path)).toBe(0), 10_000)
  expect((await raw.patch(path, offset, bytes.subarray(offset))).status).toBe(204)
  const { path: file } = await server.storage.localFile(`uploads/${path.slice(-36)}`)
  expect((await readFile(file)).equals(bytes)).toBe(true)
})

test('of a chunk with a checksum nothing is kept when its client vanishes', async () => {
  const server = await serve()
  const raw = connect(server, somebody())
  const path = await raw.create({ 'upload-length': String(4 * MIB) })
  const bytes = randomBytes(4 * MIB)
  const sum = { 'upload-checksum': checksum('sha1', bytes) }
  const request = beginPatch(raw, path, 0, bytes.length, bytes.subarray(0, MIB), sum)
  await vi.waitFor(async () => expect(await bytesOnDisk(server, path)).toBeGreaterThan(0), 10_000)
  request.destroy()
  await vi.waitFor(async () => expect(await leased(path)).toBe(false), 10_000)
  expect(await raw.offset(path)).toBe(0)
  expect((await raw.patch(path, 0, bytes, sum)).status).toBe(204)
})

test('a client that trickles is given up with 408, and what it sent is kept', async () => {
  const server = await serve({ progressWindowMs: 100, minProgressBytes: 1000 })
  const raw = connect(server, somebody())
  const path = await raw.create({ 'upload-length': '5000' })
  const request = beginPatch(raw, path, 0, 5000, Buffer.alloc(10))
  const trickle = setInterval(() => request.write('x'), 20)
  const reply = await replyTo(request)
  clearInterval(trickle)
  expect(reply.status).toBe(408)
  expect(reply.headers.connection).toBe('close')
  expect(await raw.offset(path)).toBeGreaterThanOrEqual(10)
  expect(await leased(path)).toBe(false)
})

test('a newer request takes over from an older one of the same person, and of nobody else', async () => {
  const server = await serve()
  const person = somebody()
  const [older, newer, stranger] = [connect(server, person), connect(server, person), connect(server, somebody())]
  const path = await older.create({ 'upload-length': String(2 * MIB) })
  const bytes = randomBytes(2 * MIB)
  const stopped = replyTo(beginPatch(older, path, 0, bytes.length, bytes.subarray(0, MIB)))
  await vi.waitFor(async () => expect(await bytesOnDisk(server, path)).toBeGreaterThan(0), 10_000)
  expect((await stranger.patch(path, 0, Buffer.from('x'))).status).toBe(404)
  expect(await leased(path)).toBe(true)
  const refused = await newer.patch(path, 0, bytes)
  expect(refused.status).toBe(409)
  expect((await stopped).status).toBe(423)
  const offset = Number(refused.headers['upload-offset'])
  expect(offset).toBeGreaterThan(0)
  expect((await newer.patch(path, offset, bytes.subarray(offset))).status).toBe(204)
})

test('a request to another process asks the writer to stop, and gets the upload', async () => {
  const [one, two] = [await serve({ heartbeatMs: 20 }), await serve({ heartbeatMs: 20 })]
  const person = somebody()
  const [older, newer] = [connect(one, person), connect(two, person)]
  const path = await older.create({ 'upload-length': String(2 * MIB) })
  const bytes = randomBytes(2 * MIB)
  const stopped = replyTo(beginPatch(older, path, 0, bytes.length, bytes.subarray(0, MIB)))
  await vi.waitFor(async () => expect(await newer.offset(path)).toBeGreaterThan(0), 10_000)
  const status = await vi.waitFor(async () => {
    const offset = await newer.offset(path)
    const reply = await newer.patch(path, offset, bytes.subarray(offset))
    expect([204, 409, 423]).toContain(reply.status)
    expect(reply.status).toBe(204)
    return reply.status
  }, 20_000)
  expect(status).toBe(204)
  expect((await stopped).status).toBe(423)
  const { path: file } = await one.storage.localFile(`uploads/${path.slice(-36)}`)
  expect((await readFile(file)).equals(bytes)).toBe(true)
})

test('a long request records what is on the disk as it goes', async () => {
  const server = await serve({ heartbeatMs: 20 })
  const raw = connect(server, somebody())
  const path = await raw.create({ 'upload-length': String(2 * MIB) })
  const bytes = randomBytes(2 * MIB)
  const request = beginPatch(raw, path, 0, bytes.length, bytes.subarray(0, MIB))
  await vi.waitFor(async () => expect(await raw.offset(path)).toBeGreaterThan(0), 10_000)
  expect(await leased(path)).toBe(true)
  request.end(bytes.subarray(MIB))
  expect((await replyTo(request)).status).toBe(204)
})

test('a writer that has lost its lease writes no more and moves nothing', async () => {
  const server = await serve({ heartbeatMs: 20 })
  const raw = connect(server, somebody())
  const path = await raw.create({ 'upload-length': String(2 * MIB) })
  const stopped = replyTo(beginPatch(raw, path, 0, 2 * MIB, Buffer.alloc(100)))
  await vi.waitFor(async () => expect(await leased(path)).toBe(true), 10_000)
  await db.sql('update platform.uploads set lease_token = gen_random_uuid() where id = $1', [path.slice(-36)])
  expect((await stopped).status).toBe(423)
  expect(await raw.offset(path)).toBe(0)
})

test('a server that goes down lets its writers keep what they have', async () => {
  const server = await serve()
  const raw = connect(server, somebody())
  const path = await raw.create({ 'upload-length': String(2 * MIB) })
  const stopped = replyTo(beginPatch(raw, path, 0, 2 * MIB, Buffer.alloc(MIB)))
  await vi.waitFor(async () => expect(await bytesOnDisk(server, path)).toBeGreaterThan(0), 10_000)
  await server.uploads[Symbol.asyncDispose]()
  const { status, headers } = await stopped
  expect([status, headers['retry-after']]).toEqual([503, '2'])
  expect(await raw.offset(path)).toBeGreaterThan(0)
})

test('DELETE ends a writer first', async () => {
  const server = await serve()
  const person = somebody()
  const raw = connect(server, person)
  const path = await raw.create({ 'upload-length': String(2 * MIB) })
  const request = beginPatch(raw, path, 0, 2 * MIB, Buffer.alloc(MIB))
  const answered = once(request, 'response')
  await vi.waitFor(async () => expect(await bytesOnDisk(server, path)).toBeGreaterThan(0), 10_000)
  expect((await raw.send('DELETE', path)).status).toBe(204)
  await answered
  expect(await bytesOnDisk(server, path)).toBe(0)
})
