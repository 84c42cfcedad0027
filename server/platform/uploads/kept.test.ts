import { randomBytes } from 'node:crypto'
import { readdirSync, readlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type TempDir, tempDir } from '../storage/temp.ts'
import { makeThings, thingPurpose } from './fixtures/purposes.ts'
import { RawClient } from './fixtures/raw-client.ts'
import { type UploadServer, somebody, startUploadServer } from './fixtures/server.ts'
import type { UploadSettings } from './uploads.ts'

let db: TestDatabase
let folder: TempDir

beforeAll(async () => {
  db = await testDatabase()
  folder = await tempDir()
  await makeThings(db)
})
afterAll(async () => {
  await db[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const serve = (settings: Partial<UploadSettings> = { keptMs: 60_000 }): Promise<UploadServer> =>
  startUploadServer({
    database: db.database,
    folder: folder.path,
    purposes: [thingPurpose('video', 2 ** 20)],
    settings,
  })

async function begun(server: UploadServer, lengthBytes = 300) {
  const raw = new RawClient(server.url, somebody())
  const created = await raw.send('POST', '/api/v1/uploads', {
    'upload-length': String(lengthBytes),
    'upload-metadata': `purpose ${Buffer.from('video').toString('base64')}`,
  })
  const path = String(created.headers.location)
  const patch = async (offset: number, bytes: Buffer): Promise<number> => {
    const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }
    return (await raw.send('PATCH', path, headers, bytes)).status
  }
  const id = path.slice(-36)
  return { raw, path, id, patch, [Symbol.dispose]: () => raw[Symbol.dispose]() }
}

const leased = async (id: string): Promise<boolean> =>
  (await db.sql('select 1 from platform.uploads where id = $1 and lease_token is not null', [id])).length > 0

function isOpen(id: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes(id)
    } catch {
      return false // it was closed meanwhile
    }
  })
}

test('the next chunk of an upload needs no claim, and its bytes are the source', async () => {
  await using server = await serve()
  using upload = await begun(server)
  const source = randomBytes(300)
  for (const at of [0, 100, 200]) expect(await upload.patch(at, source.subarray(at, at + 100))).toBe(204)
  const counts = server.statements.filter(({ id }) => id === 'appendToUpload').map(({ count }) => count)
  const [first = 0, second = 0] = counts
  expect(second).toBe(first - 1)
  const stored = await server.storage.read(`uploads/${upload.id}`)
  expect(Buffer.concat(await stored.toArray())).toEqual(source)
  expect(await leased(upload.id)).toBe(false)
  expect(isOpen(upload.id)).toBe(false)
})

test('an upload that stays idle is given back, and goes on later', async () => {
  await using server = await serve({ keptMs: 1 })
  using upload = await begun(server)
  expect(await upload.patch(0, randomBytes(100))).toBe(204)
  await expect.poll(() => leased(upload.id)).toBe(false)
  await expect.poll(() => isOpen(upload.id)).toBe(false)
  expect(await upload.patch(100, randomBytes(200))).toBe(204)
})

test('a wrong offset is told as ever, and the right one is taken after it', async () => {
  await using server = await serve()
  using upload = await begun(server)
  expect(await upload.patch(0, randomBytes(100))).toBe(204)
  expect(await upload.patch(50, randomBytes(10))).toBe(409)
  expect(await upload.patch(100, randomBytes(10))).toBe(204)
})

test('two that send the next chunk at once: one is taken, the other sees where it stands', async () => {
  await using server = await serve()
  using upload = await begun(server)
  expect(await upload.patch(0, randomBytes(100))).toBe(204)
  const both = await Promise.all([upload.patch(100, randomBytes(100)), upload.patch(100, randomBytes(100))])
  expect(both).toContain(204)
  expect(both.filter((status) => status !== 204)).toSatisfy((rest: number[]) =>
    rest.every((status) => [408, 409, 423].includes(status)),
  )
})

test('an upload can be ended right after a chunk', async () => {
  await using server = await serve()
  using upload = await begun(server)
  expect(await upload.patch(0, randomBytes(100))).toBe(204)
  expect((await upload.raw.send('DELETE', upload.path)).status).toBe(204)
  expect(isOpen(upload.id)).toBe(false)
  expect((await upload.raw.send('HEAD', upload.path)).status).toBe(404)
})

test('a file that was lost between two chunks is not written on', async () => {
  await using server = await serve()
  using upload = await begun(server)
  expect(await upload.patch(0, randomBytes(100))).toBe(204)
  await rm(join(folder.path, 'files/uploads', upload.id))
  expect(await upload.patch(100, randomBytes(100))).toBe(410)
  expect(await leased(upload.id)).toBe(false)
})

test('a server that ends leaves nothing taken', async () => {
  const server = await serve()
  using upload = await begun(server)
  expect(await upload.patch(0, randomBytes(100))).toBe(204)
  expect(await leased(upload.id)).toBe(true)
  await server[Symbol.asyncDispose]()
  expect(await leased(upload.id)).toBe(false)
  expect(isOpen(upload.id)).toBe(false)
})
