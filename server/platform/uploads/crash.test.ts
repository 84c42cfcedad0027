import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type TempDir, tempDir } from '../storage/temp.ts'
import { makeThings } from './fixtures/purposes.ts'
import { RawClient, checksum } from './fixtures/raw-client.ts'
import { type Person, somebody } from './fixtures/server.ts'

const MIB = 1024 * 1024

let db: TestDatabase
let folder: TempDir
const children: ChildProcess[] = []

beforeAll(async () => {
  db = await testDatabase()
  folder = await tempDir()
  await makeThings(db)
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await db[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function startProcess(keptMs = 0): Promise<{ url: string; kill(): Promise<void> }> {
  const wanted = { app: db.connection('app'), system: db.connection('system'), folder: folder.path, keptMs }
  const script = join(import.meta.dirname, 'fixtures/serve.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(wanted)], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return {
    url,
    kill: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Sends a PATCH of which only `first` is ever sent, into a server that will be killed. */
function beginPatch(
  raw: RawClient,
  path: string,
  offset: number,
  sizeBytes: number,
  first: Buffer,
  sum?: string,
): void {
  const opened = raw.open('PATCH', path, {
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
    'content-length': String(sizeBytes),
    'upload-checksum': sum,
  })
  opened.on('error', () => undefined)
  opened.write(first)
}

const fileOf = (path: string): string => join(folder.path, 'files/uploads', path.slice(-36))

async function sizeOf(path: string): Promise<number> {
  await using file = await open(fileOf(path), 'r')
  return (await file.stat()).size
}

async function finish(url: string, person: Person, path: string, bytes: Buffer): Promise<void> {
  using raw = new RawClient(url, person)
  await vi.waitFor(async () => {
    const offset = await raw.offset(path)
    const rest = bytes.subarray(offset)
    const reply = await raw.patch(path, offset, rest, { 'upload-checksum': checksum('sha256', rest) })
    // Until the dead process's lease has run out.
    if (reply.status !== 204) throw new Error(`${reply.status} ${reply.text}`)
  }, 20_000)
}

test('what was acknowledged is on the disk after kill -9, and the upload ends as its source', async () => {
  const person = somebody()
  const bytes = randomBytes(8 * MIB)
  const first = await startProcess()
  using raw = new RawClient(first.url, person)
  const [plain, summed] = [
    await raw.create({ 'upload-length': String(bytes.length) }),
    await raw.create({ 'upload-length': String(bytes.length) }),
  ]
  for (const path of [plain, summed]) expect((await raw.patch(path, 0, bytes.subarray(0, MIB))).status).toBe(204)
  beginPatch(raw, plain, MIB, 7 * MIB, bytes.subarray(MIB, 4 * MIB))
  beginPatch(raw, summed, MIB, 7 * MIB, bytes.subarray(MIB, 4 * MIB), checksum('sha1', bytes.subarray(MIB)))
  await vi.waitFor(async () => {
    expect(await raw.offset(plain)).toBeGreaterThan(MIB)
    expect(await sizeOf(summed)).toBeGreaterThan(MIB)
  }, 20_000)
  await first.kill()

  const second = await startProcess()
  using after = new RawClient(second.url, person)
  const kept = await after.offset(plain)
  expect(kept).toBeGreaterThan(MIB)
  expect((await readFile(fileOf(plain))).subarray(0, kept).equals(bytes.subarray(0, kept))).toBe(true)
  expect(await after.offset(summed)).toBe(MIB)
  for (const path of [plain, summed]) {
    await finish(second.url, person, path, bytes)
    expect((await readFile(fileOf(path))).equals(bytes)).toBe(true)
    const things = await db.sql('select state from public.things where upload_id = $1', [path.slice(-36)])
    expect(things).toEqual([{ state: 'uploaded' }])
  }
  await second.kill()
})

test('killed between any two steps of a chunk, an upload stands at good bytes and behind all that was acknowledged', async () => {
  const KEPT_MS = 100
  const CHUNK_BYTES = 32 * 1024
  const person = somebody()
  const bytes = randomBytes(8 * MIB)
  let server = await startProcess(KEPT_MS)
  const creator = new RawClient(server.url, person)
  const path = await creator.create({ 'upload-length': String(bytes.length) })
  creator[Symbol.dispose]()
  let acknowledgedBytes = 0
  for (const chunksBefore of [2, 5, 9, 14]) {
    using raw = new RawClient(server.url, person)
    await vi.waitFor(async () => {
      const { status } = await raw.patch(path, acknowledgedBytes, Buffer.alloc(0))
      if (status !== 204) throw new Error(`${status}`)
    }, 20_000)
    const until = acknowledgedBytes + chunksBefore * CHUNK_BYTES
    // The kill falls on whatever step of a chunk is under way a moment after so many have been acknowledged.
    let killed: Promise<void> | null = null
    for (;;) {
      const chunk = bytes.subarray(acknowledgedBytes, acknowledgedBytes + CHUNK_BYTES)
      const sending = raw.patch(path, acknowledgedBytes, chunk, { 'upload-checksum': checksum('sha1', chunk) })
      if (acknowledgedBytes >= until) killed ??= server.kill()
      const reply = killed === null ? await sending : await sending.catch(() => null)
      if (reply === null) break
      expect(reply.status).toBe(204)
      acknowledgedBytes += CHUNK_BYTES
    }
    await killed
    server = await startProcess(KEPT_MS)
    using after = new RawClient(server.url, person)
    const told = await after.offset(path)
    expect([acknowledgedBytes, acknowledgedBytes + CHUNK_BYTES]).toContain(told)
    expect((await readFile(fileOf(path))).subarray(0, told).equals(bytes.subarray(0, told))).toBe(true)
    acknowledgedBytes = told
  }
  await finish(server.url, person, path, bytes)
  expect((await readFile(fileOf(path))).equals(bytes)).toBe(true)
  await server.kill()
})
